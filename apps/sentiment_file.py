"""A file of texts: upload a CSV, download it with the models' verdicts added."""

import io

import pandas as pd
import streamlit as st

from apps import files
from zoo import gallery

MEGABYTES = 5
MOST_ROWS = 5000  # some minutes with five models, on two cores
SHOWN = 100  # rows


def show(classifiers: dict[str, gallery.Sentiment]) -> None:
    """Show the upload, the column picker, and the way back with columns added."""
    sent = files.upload(
        f"A CSV file in UTF-8 with a header, of at most {MEGABYTES} MB and "
        f"{MOST_ROWS:,} rows",
        ["csv"],
        MEGABYTES,
        "Choose a file, and every model judges all its texts here.",
        read,
    )
    if sent is None:
        return
    digest, table = sent
    columns = list(table.columns)
    guess = columns.index("text") if "text" in columns else 0
    column = st.selectbox("Column with the texts", columns, index=guess, key="column")
    judged = files.once(
        f"Judge {len(table):,} texts",
        (digest, column, *classifiers),
        lambda: judge(classifiers, table, column),
        "A model cannot judge these texts.",
    )
    if judged is None:
        return
    st.download_button(
        "Download with the verdicts",
        judged.to_csv(index=False).encode("utf-8-sig"),  # as spreadsheets expect it
        "verdicts.csv",
        "text/csv",
        key="download",
    )
    st.dataframe(judged.head(SHOWN), hide_index=True)


def read(content: bytes) -> pd.DataFrame:
    """Return a CSV file's rows, every value as it is written.

    Args:
        content: the file.

    Raises:
        ValueError: no UTF-8, no CSV, no rows or too many; the message says which.
    """
    try:
        table = pd.read_csv(
            io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
    except UnicodeDecodeError as error:
        raise ValueError(f"It must be UTF-8: {error}") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"It must be CSV: {error}") from None
    if not isinstance(table.index, pd.RangeIndex):
        raise ValueError("A row has more columns than the header.")
    if not 1 <= len(table) <= MOST_ROWS:
        raise ValueError(
            f"It must have from 1 to {MOST_ROWS:,} rows below its header, "
            f"this one has {len(table):,}."
        )
    return table


def judge(
    classifiers: dict[str, gallery.Sentiment], table: pd.DataFrame, column: str
) -> pd.DataFrame:
    """Return the table with two columns a model added: its label and probability."""
    judged = table.copy()
    every = files.in_steps(table[column].tolist(), list(classifiers.values()))
    for name, verdicts in zip(classifiers, every, strict=True):
        judged[f"{name} label"] = [verdict.label for verdict in verdicts]
        judged[f"{name} positive"] = [round(v.positive, 4) for v in verdicts]
    return judged
