"""One column a model: what it says of a picture, how sure it is, what it costs."""

import hashlib
import statistics
import time
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from apps import models, search
from zoo import gallery

REPEATS = 10
COLUMN = 224  # pixels: five columns stand side by side from 1,366 on


@dataclass(frozen=True)
class Answer:
    """What a model said of one picture.

    Args:
        search: how it searched for it.
        beams: captions with their scores, best first.
        explanation: confidence, and attention where there is any, word by word; of
            the caption that the model's own search finds.
        milliseconds: how long the search took, reading the picture included.
    """

    search: search.Search
    beams: list[tuple[str, float]]
    explanation: gallery.Explanation
    milliseconds: float

    def explains_another(self) -> bool:
        """Return whether the explanation is of another caption than the best here."""
        return " ".join(self.explanation.words) != self.beams[0][0]


def answers(
    captioners: dict[str, gallery.Captioner],
    image_bytes: bytes,
    chosen: search.Search | None,
) -> dict[str, Answer]:
    """Ask every model about the picture; say so on the page where one cannot answer."""
    digest = hashlib.sha256(image_bytes).hexdigest()

    def question(name: str, captioner: gallery.Captioner) -> Answer:
        how = search.of(captioner, chosen)
        return _ask(captioner.edition(), digest, how, captioner, image_bytes)

    return models.ask(captioners, question, "One model cannot caption this picture.")


@st.cache_data(max_entries=200, show_spinner="Captioning …")
def _ask(
    edition: str,
    digest: str,
    how: search.Search,
    _captioner: gallery.Captioner,
    _image_bytes: bytes,
) -> Answer:
    """Ask one model once; kept, so that moving a slider elsewhere asks nothing again.

    The cache's key is the edition, the picture's digest and the search.
    """
    start = time.perf_counter()
    beams = _captioner.beam([_image_bytes], how.width, how.length_penalty)[0]
    milliseconds = 1000 * (time.perf_counter() - start)
    return Answer(how, beams, _captioner.explain([_image_bytes])[0], milliseconds)


def medians(
    captioners: dict[str, gallery.Captioner],
    image_bytes: bytes,
    answers: dict[str, Answer],
) -> dict[str, float]:
    """Time each model again when the button is pressed; keep what was measured."""
    digest = hashlib.sha256(image_bytes).hexdigest()
    keys = {
        name: (captioners[name].edition(), digest, answer.search)
        for name, answer in answers.items()
    }
    kept = st.session_state.setdefault("medians", {})
    if st.button(f"Time {REPEATS} calls of each", key="time"):
        with st.spinner("Timing …"):
            for name, key in keys.items():
                kept[key] = _median(captioners[name], image_bytes, answers[name].search)
    return {name: kept[key] for name, key in keys.items() if key in kept}


def _median(
    captioner: gallery.Captioner, image_bytes: bytes, how: search.Search
) -> float:
    """Return the median milliseconds of some calls with one picture."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        captioner.beam([image_bytes], how.width, how.length_penalty)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def show(
    captioners: dict[str, gallery.Captioner],
    answers: dict[str, Answer],
    medians: dict[str, float],
    decoding: str | None,
    deep: bool,
) -> None:
    """Show a column a model, as many beside each other as there is room for.

    Args:
        captioners: the models, by name.
        answers: what they said, by name.
        medians: milliseconds of repeated calls, by name, where they were timed.
        decoding: which of the cards' test figures belong to the search, if any do.
        deep: whether to show the five likeliest words of each place.
    """
    width = COLUMN if len(answers) > 4 else "stretch"
    with st.container(horizontal=True):
        for name, answer in answers.items():
            with st.container(width=width, key=f"column-{name}"):
                _column(captioners[name], answer, medians.get(name), decoding)
                _confidence(answer, deep)
                _others(answer)


def _column(
    captioner: gallery.Captioner,
    answer: Answer,
    median: float | None,
    decoding: str | None,
) -> None:
    """Show a model's caption and, small, how it came about and what it cost."""
    st.text(models.title(captioner))
    caption, score = answer.beams[0]
    st.code(caption or "(no words)", language=None, wrap_lines=True)
    timed = "" if median is None else f", {median:.0f} ms median of {REPEATS}"
    lines = [
        f"Score {score:.2f} (width {answer.search.width}, "
        f"penalty {answer.search.length_penalty:.1f})",
        f"{answer.milliseconds:.0f} ms this call{timed}",
        f"{models.millions(captioner)} parameters",
        f"BLEU-4 {models.figure(captioner, decoding, 'bleu4')}",
        f"CIDEr {models.figure(captioner, decoding, 'cider')}",
    ]
    st.caption("  \n".join(lines))  # numbers only, so it may be markdown


def _confidence(answer: Answer, deep: bool) -> None:
    """Show how probable each word was, and what else was likely there."""
    explanation = answer.explanation
    if answer.explains_another():
        st.text(f"Of its default caption: {' '.join(explanation.words)}")
    sure = [100 * share for share in explanation.probabilities]
    table = pd.DataFrame({"Word": explanation.words, "Confidence": sure})
    bar = st.column_config.ProgressColumn(
        "Confidence, %", width=128, format="%.0f", min_value=0, max_value=100
    )
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={"Word": st.column_config.Column(width=90), "Confidence": bar},
    )
    if deep:
        places = zip(explanation.top_words, explanation.top_probabilities, strict=False)
        lines = [
            f"{place}. {_likeliest(words, shares)}"
            for place, (words, shares) in enumerate(places, start=1)
        ]
        st.text("\n".join(lines))


def _likeliest(words: list[str], shares: list[float]) -> str:
    """Return words with their probabilities, as "dog 61%, cat 12%"."""
    pairs = zip(words, shares, strict=False)
    return ", ".join(f"{word} {share:.0%}" for word, share in pairs)


def _others(answer: Answer) -> None:
    """Show the captions that came second and later, folded away."""
    others = [f"{score:.2f}  {caption}" for caption, score in answer.beams[1:]]
    if others:
        with st.expander("Also considered"):
            st.text("\n".join(others))
