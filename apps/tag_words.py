"""One row a model: the sentence's words on the colours of their parts of speech."""

import html
import time
from dataclasses import dataclass

import streamlit as st

from apps import models
from zoo import gallery

# Pale, so that dark letters can be read on each; like tags have like colours.
COLOURS = {
    "NOUN": "#a8cdf0",
    "PROPN": "#c3b1e8",
    "PRON": "#bfe3f2",
    "VERB": "#f2a7a0",
    "AUX": "#f7cdc4",
    "ADJ": "#f7d488",
    "ADV": "#f5e9a3",
    "ADP": "#bfe0b4",
    "DET": "#d8ecc4",
    "NUM": "#a5dcd2",
    "CCONJ": "#e3c9a8",
    "SCONJ": "#d6bb95",
    "PART": "#e9c4e0",
    "INTJ": "#f3b4d3",
    "PUNCT": "#dddddd",
    "SYM": "#cccfd8",
    "X": "#eeeeee",
}
MEANINGS = {
    "NOUN": "noun",
    "PROPN": "proper noun",
    "PRON": "pronoun",
    "VERB": "verb",
    "AUX": "auxiliary",
    "ADJ": "adjective",
    "ADV": "adverb",
    "ADP": "adposition",
    "DET": "determiner",
    "NUM": "numeral",
    "CCONJ": "coordinating conjunction",
    "SCONJ": "subordinating conjunction",
    "PART": "particle",
    "INTJ": "interjection",
    "PUNCT": "punctuation",
    "SYM": "symbol",
    "X": "other",
}


@dataclass(frozen=True)
class Answer:
    """How a model tagged one sentence.

    Args:
        words: with their tags and places.
        likeliest: for each word, its three likeliest tags as "NOUN 97%, VERB 2%, ...".
        milliseconds: how long the tagging took.
    """

    words: list[gallery.Word]
    likeliest: list[str]
    milliseconds: float


def answers(taggers: dict[str, gallery.Tagger], sentence: str) -> dict[str, Answer]:
    """Ask every model about the sentence; say so where one cannot answer."""
    return models.ask(
        taggers,
        lambda name, tagger: _ask(tagger.edition(), sentence, tagger),
        "One model cannot tag this sentence.",
    )


@st.cache_data(max_entries=200, show_spinner="Tagging …")
def _ask(edition: str, sentence: str, _tagger: gallery.Tagger) -> Answer:
    """Ask one model once; kept, so that another widget asks nothing again."""
    start = time.perf_counter()
    words = _tagger([sentence])[0]
    milliseconds = 1000 * (time.perf_counter() - start)
    analysis = _tagger.explain([sentence])[0]
    likeliest = [
        ", ".join(
            f"{tag} {score:.0%}" for tag, score in zip(tags, scores, strict=False)
        )
        for tags, scores in zip(analysis.top_tags, analysis.top_scores, strict=True)
    ]
    return Answer(words, likeliest, milliseconds)


def show(taggers: dict[str, gallery.Tagger], answers: dict[str, Answer]) -> None:
    """Show a row of coloured words a model, and what the colours stand for."""
    doubtful = disputed(answers)
    for name, answer in answers.items():
        st.text(
            f"{models.title(taggers[name])} · {answer.milliseconds:.0f} ms · "
            f"{models.millions(taggers[name])} parameters · test accuracy "
            f"{models.figure(taggers[name], 'accuracy')} %"
        )
        st.html(coloured(answer, doubtful))
    if not any(answer.words for answer in answers.values()):
        st.info("There is no word in this sentence.")
    st.html(legend({word.tag for a in answers.values() for word in a.words}))
    st.caption(
        "Point at a word for its three likeliest tags. A red frame marks a word on "
        "which the models differ."
    )


def disputed(answers: dict[str, Answer]) -> set[tuple[int, int]]:
    """Return the places at which the models do not all give the same tag."""
    said = [
        {(word.start, word.end): word.tag for word in answer.words}
        for answer in answers.values()
    ]
    places = set().union(*said)
    return {place for place in places if len({tags.get(place) for tags in said}) > 1}


def coloured(answer: Answer, doubtful: set[tuple[int, int]]) -> str:
    """Return a model's words as HTML, each over its tag.

    Args:
        answer: its words are escaped, so they stay text.
        doubtful: places of the words to frame.
    """
    boxes = [
        _box(
            html.escape(word.word),
            html.escape(word.tag),
            html.escape(likeliest),
            COLOURS.get(word.tag, "#ffffff"),
            "#d00000" if (word.start, word.end) in doubtful else "transparent",
        )
        for word, likeliest in zip(answer.words, answer.likeliest, strict=True)
    ]
    return f"<div>{''.join(boxes)}</div>"


def legend(tags: set[str]) -> str:
    """Return the colours of some tags as HTML, with what they stand for."""
    boxes = [
        _box(MEANINGS[tag], tag, MEANINGS[tag], COLOURS[tag], "transparent")
        for tag in COLOURS
        if tag in tags
    ]
    return f"<div>{''.join(boxes)}</div>"


def _box(above: str, below: str, title: str, colour: str, frame: str) -> str:
    """Return two lines on a colour as HTML; all that is given is HTML already."""
    return (
        f'<span title="{title}" style="display: inline-block; margin: 2px; '
        f"padding: 1px 6px; border: 2px solid {frame}; border-radius: 6px; "
        f"background: {colour}; color: #111111; text-align: center; "
        f'max-width: 100%; overflow-wrap: anywhere"><bdi>{above}</bdi><br>'
        f'<small style="opacity: 0.75">{below}</small></span>'
    )
