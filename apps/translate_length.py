"""What becomes of long sentences: BLEU by the length of the source, from the cards."""

import altair as alt
import pandas as pd
import streamlit as st

from apps import models
from zoo import gallery
from zoo.gallery.translate import spans

COLUMNS = ["Model", "Architecture", "Attention", "Words", "Sentences", "BLEU"]
STROKES = {"symbolType": "stroke", "symbolSize": 300, "symbolStrokeWidth": 2}
ATTENTION = " with attention"  # how a title ends where the architecture's does not tell


def show(translators: dict[str, gallery.Translator]) -> None:
    """Show a line a model, and say what makes them part."""
    table = rows(translators)
    if table.empty:
        st.info("The cards of these models do not tell: python -m zoo evaluate RECIPE")
        return
    st.altair_chart(chart(table), width="stretch")
    st.caption(
        "BLEU of the test split's sentences by the number of words in the source, "
        "beam 5, case aside, measured on the very files that answer here. Few "
        "sentences are long, so the last points are less sure."
    )
    st.write(
        "An encoder without attention hands over one vector, whatever the sentence's "
        "length: what does not fit is lost, and the longer the sentence, the more. "
        "Attention reads the states of all words again for each word it writes."
    )


def rows(translators: dict[str, gallery.Translator]) -> pd.DataFrame:
    """Return a row a model and bucket, with the columns `COLUMNS`."""
    found = []
    for translator in translators.values():
        buckets = translator.card.get("test", {}).get("by_length", [])
        found += [
            {
                "Model": models.title(translator),
                "Architecture": models.title(translator).removesuffix(ATTENTION),
                "Attention": "with" if translator.attends else "without",
                "Words": span,
                "Sentences": bucket["sentences"],
                "BLEU": bucket["bleu_lc"],
            }
            for span, bucket in zip(spans(buckets), buckets, strict=True)
        ]
    return pd.DataFrame(found, columns=COLUMNS)


def chart(table: pd.DataFrame) -> alt.Chart:
    """Draw BLEU over the length, a line a model, dashed where it has no attention."""
    points = alt.Chart(table).encode(
        x=alt.X(
            "Words:O",
            sort=list(table["Words"].unique()),
            title="Words",
            axis=alt.Axis(labelAngle=0),
        ),
        y=alt.Y("BLEU:Q", scale=alt.Scale(zero=False)),
        color=alt.Color(
            "Architecture:N",
            sort=list(table["Architecture"].unique()),
            scale=alt.Scale(scheme="tableau10"),  # no pair of one hue
            legend=alt.Legend(**STROKES),
        ),
        detail="Model:N",
        tooltip=["Model", "Words", "Sentences", "BLEU"],
    )
    dashes = alt.StrokeDash(
        "Attention:N", sort=["with", "without"], legend=alt.Legend(**STROKES)
    )
    return points.mark_line().encode(strokeDash=dashes) + points.mark_circle(
        size=40, opacity=1
    )
