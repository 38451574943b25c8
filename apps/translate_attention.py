"""Where a model looked, as a heat map over the words of source and translation."""

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from apps import models, translate_text, word_maps
from zoo import gallery

KINDS = {
    "cross": "Decoder to source",
    "encoder": "Source to source",
    "decoder": "Translation to itself",
}
MEAN = "mean"
MOST_SHOWN = 50  # words or pieces: more are no longer told apart


@st.fragment
def show(
    translators: dict[str, gallery.Translator],
    sentence: str,
    answers: dict[str, translate_text.Answer],
    written: str,
) -> None:
    """Show one model's map, with pickers for the kind, the layer and the head."""
    looking = [name for name in answers if translators[name].attends]
    st.subheader("Where the model looked", divider="gray")
    if not looking:
        st.info("None of the models picked has attention.")
        return
    pickers = st.container(horizontal=True, vertical_alignment="bottom")
    name = pickers.selectbox(
        "Model with attention",
        looking,
        format_func=lambda name: models.title(translators[name]),
        key="looking",
    )
    found = models.ask(
        {name: translators[name]},
        lambda name, model: translate_text.explained(
            model.edition(), sentence, written, model
        ),
        "The model cannot explain this translation.",
    )
    if not found:
        return
    alignment = found[name]
    kinds = [kind for kind in KINDS if getattr(alignment, kind) is not None]
    kind = pickers.selectbox(
        "From where to where", kinds, format_func=KINDS.get, key=f"kind-{name}"
    )
    maps = getattr(alignment, kind)  # [L, H, from, to]
    with pickers:
        layer = _place("Layer", maps.shape[0], name)
        head = _place("Head", maps.shape[1], name)
    unit = pickers.radio("Of", ["words", "pieces"], horizontal=True, key="unit")
    if written:
        st.text(f"Of your translation: {written}")
    elif answers[name].beams[0].text != alignment.translation:
        st.text(f"Of its default translation: {alignment.translation}")
    weights = pick(pick(maps, layer), head)
    rows, columns = _sides(alignment, kind)
    if unit == "words":
        weights, rows, columns = word_maps.by_words(weights, rows, columns)
    if max(weights.shape) > MOST_SHOWN:
        st.text(f"The first {MOST_SHOWN} {unit} of either side.")
        weights = weights[:MOST_SHOWN, :MOST_SHOWN]
    st.altair_chart(
        chart(weights, rows[:MOST_SHOWN], columns[:MOST_SHOWN]), width="content"
    )


def _place(what: str, count: int, name: str) -> str:
    """Let the visitor pick a layer or head, or their mean; where there is a choice.

    Args:
        what: "Layer" or "Head".
        count: how many there are.
        name: the model's.
    """
    if count == 1:
        return "1"
    places = [MEAN, *(str(place) for place in range(1, count + 1))]
    return st.selectbox(what, places, key=f"{what.lower()}-{name}")


def pick(maps: np.ndarray, place: str) -> np.ndarray:
    """Return one of the maps along the first axis, or their mean."""
    return maps.mean(axis=0) if place == MEAN else maps[int(place) - 1]


def _sides(alignment: gallery.Alignment, kind: str) -> tuple[list[str], list[str]]:
    """Return the pieces that look, and those that are looked at."""
    target = alignment.target
    if kind == "encoder":
        return alignment.source, alignment.source
    if kind == "decoder":  # at the place of a piece the pieces before it are read
        return target, [" <s>", *target[:-1]]
    return target, alignment.source


def chart(weights: np.ndarray, rows: list[str], columns: list[str]) -> alt.Chart:
    """Draw a map: a row a word that looks, a column a word that is looked at.

    Args:
        weights: float [from, to].
        rows: what looks.
        columns: what is looked at.
    """
    table = pd.DataFrame(
        [
            {
                "looks": f"{down + 1:03} {looks}",
                "at": f"{across + 1:03} {at}",
                "from": looks,
                "to": at,
                "weight": float(weights[down, across]),
            }
            for down, looks in enumerate(rows)
            for across, at in enumerate(columns)
        ],
        columns=["looks", "at", "from", "to", "weight"],
    )
    label = {
        "labelExpr": "slice(datum.label, 4)",
        "title": None,
        "labelLimit": 160,
        "labelOverlap": False,
    }
    return (
        alt.Chart(table)
        .mark_rect()
        .encode(
            x=alt.X("at:O", axis=alt.Axis(**label, labelAngle=-45, orient="top")),
            y=alt.Y("looks:O", axis=alt.Axis(**label)),
            color=alt.Color(
                "weight:Q",
                scale=alt.Scale(scheme="blues", domainMin=0),
                legend=alt.Legend(title="weight"),
            ),
            tooltip=["from", "to", alt.Tooltip("weight", format=".1%")],
        )
        .properties(width=alt.Step(28), height=alt.Step(24))
    )
