"""A file of texts: upload a CSV, download it with the models' verdicts added."""

import pandas as pd
import streamlit as st

from apps import files
from zoo import gallery
from zoo.corpora.csv_rows import read_rows

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
        ValueError: no UTF-8, no CSV (the message has the line's number), a header
            that does not tell the columns apart, no rows or too many.
    """
    rows = [row for _, row in read_rows(content, "the file")]
    columns, *values = rows or [[]]
    if len(set(columns)) < max(len(columns), 1):
        raise ValueError(
            f"The header must name every column once, got {','.join(columns)[:80]!r}."
        )
    if len(columns) == 1 and ";" in columns[0]:
        raise ValueError("Commas must part the columns, got semicolons.")
    table = pd.DataFrame(values, columns=columns, dtype=str)
    if not 1 <= len(table) <= MOST_ROWS:
        raise ValueError(
            f"It must have from 1 to {MOST_ROWS:,} rows below its header, "
            f"this one has {len(table):,}."
        )
    return table


def judge(
    classifiers: dict[str, gallery.Sentiment], table: pd.DataFrame, column: str
) -> pd.DataFrame:
    """Return the table with two columns a model added: its label and probability.

    Of a blank text there is no verdict: both are left empty.
    """
    judged = table.copy()
    written = table[column].str.strip() != ""
    every = files.in_steps(table[column][written].tolist(), list(classifiers.values()))
    for name, verdicts in zip(classifiers, every, strict=True):
        told = iter(verdicts)
        rows = [next(told) if some else None for some in written]
        judged[f"{name} label"] = [row.label if row else "" for row in rows]
        judged[f"{name} positive"] = [
            round(row.positive, 4) if row else None for row in rows
        ]
    return judged
