"""One column a model: its verdict on a text, and how each word moved it."""

import html
import time
from dataclasses import dataclass

import altair as alt
import pandas as pd
import streamlit as st

from apps import models
from zoo import gallery

# Towards positive and towards negative: told apart with red-green blindness too.
BLUE, ORANGE = (37, 99, 235), (234, 120, 30)
FULL = 0.4  # a move of the verdict that is coloured as strongly as can be


@dataclass(frozen=True)
class Answer:
    """What a model said of one text.

    Args:
        verdict: label and probability.
        words: the text's words, each with the verdict after it.
        pieces: how many pieces of it were read.
        milliseconds: how long the verdict took.
    """

    verdict: gallery.Verdict
    words: list
    pieces: int
    milliseconds: float


def answers(classifiers: dict[str, gallery.Sentiment], text: str) -> dict[str, Answer]:
    """Ask every model about the text; say so on the page where one cannot answer."""
    return models.ask(
        classifiers,
        lambda name, classifier: _ask(classifier.edition(), text, classifier),
        "One model cannot judge this text.",
    )


@st.cache_data(max_entries=200, show_spinner="Reading …")
def _ask(edition: str, text: str, _classifier: gallery.Sentiment) -> Answer:
    """Ask one model once; kept, so that another widget asks nothing again."""
    start = time.perf_counter()
    verdict = _classifier([text])[0]
    milliseconds = 1000 * (time.perf_counter() - start)
    reading = _classifier.explain([text])[0]
    return Answer(verdict, reading.words(), len(reading.tokens), milliseconds)


def show(classifiers: dict[str, gallery.Sentiment], answers: dict[str, Answer]) -> None:
    """Show the verdicts, how they move along the text, and the coloured words."""
    with st.container(horizontal=True):
        for name, answer in answers.items():
            with st.container(width="stretch", key=f"column-{name}"):
                _column(classifiers[name], answer)
    st.subheader("How the verdict moves", divider="gray")
    titles = {name: models.title(classifiers[name]) for name in answers}
    st.altair_chart(chart(titles, answers), width="stretch")
    st.caption(
        "The verdict on the text up to each word, as if it ended there. Below, a word "
        "is blue where it moved the verdict towards positive, orange where towards "
        "negative; the stronger the colour, the further."
    )
    for name, answer in answers.items():
        st.text(titles[name])
        st.html(coloured(answer.words))


def _column(classifier: gallery.Sentiment, answer: Answer) -> None:
    """Show a model's verdict and, small, what it cost."""
    st.text(models.title(classifier))
    verdict = answer.verdict
    st.code(f"{verdict.label}\n{verdict.positive:.1%} positive", language=None)
    lines = [
        f"{answer.milliseconds:.0f} ms this call, {answer.pieces} pieces",
        f"{models.millions(classifier)} parameters",
        f"Accuracy, %: {models.figure(classifier, 'default', 'accuracy')}",
    ]
    read = classifier.card.get("corpus", {}).get("reading", {})
    if read and answer.pieces >= read["head"] + read["tail"]:
        lines.append(f"Reads the first {read['head']} and the last {read['tail']}")
    st.caption("  \n".join(lines))  # numbers only, so it may be markdown


def chart(titles: dict[str, str], answers: dict[str, Answer]) -> alt.LayerChart:
    """Draw the verdict over the words, a line a model.

    Args:
        titles: of the models, by name.
        answers: what they said, by name.
    """
    rows = [
        {
            "Model": titles[name],
            "Word": place,
            "Read": word.text.strip(),
            "Positive": word.positive,
        }
        for name, answer in answers.items()
        for place, word in enumerate(answer.words, start=1)
    ]
    table = pd.DataFrame(rows, columns=["Model", "Word", "Read", "Positive"])
    lines = (
        alt.Chart(table)
        .mark_line(point=len(table) <= 60 * len(answers))
        .encode(
            x=alt.X(
                "Word:Q",
                axis=alt.Axis(tickMinStep=1, format="d"),
                scale=alt.Scale(zero=False, nice=False),
            ),
            y=alt.Y("Positive:Q", scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("Model:N", sort=list(titles.values())),
            tooltip=["Model", "Word", "Read", alt.Tooltip("Positive", format=".1%")],
        )
    )
    half = pd.DataFrame({"Positive": [0.5]})
    middle = alt.Chart(half).mark_rule(strokeDash=[4, 4], opacity=0.5)
    return alt.layer(lines, middle.encode(y="Positive:Q"))


def coloured(words: list) -> str:
    """Return a text as HTML, each word on the colour of how far it moved the verdict.

    Args:
        words: with `text` and `moved`; the text is escaped, so it stays text.
    """
    spans = []
    for word in words:
        red, green, blue = BLUE if word.moved > 0 else ORANGE
        alpha = min(abs(word.moved) / FULL, 1) * 0.8
        spans.append(
            f'<bdi style="background: rgba({red}, {green}, {blue}, {alpha:.2f})" '
            f'title="{word.moved:+.1%}">{html.escape(word.text)}</bdi>'
        )
    return f'<div style="white-space: pre-wrap">{"".join(spans)}</div>'
