"""One column a model: what it says of a picture, how sure it is, what it costs."""

import hashlib
import statistics
import time
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from apps import models, notices, search
from zoo import gallery

REPEATS = 10


@dataclass(frozen=True)
class Answer:
    """What a model said of one picture.

    Args:
        beams: captions with their scores, best first.
        explanation: confidence, and attention where there is any, word by word.
        milliseconds: how long the search took, reading the picture included.
    """

    beams: list[tuple[str, float]]
    explanation: gallery.Explanation
    milliseconds: float


def answers(
    captioners: dict[str, gallery.Captioner], image_bytes: bytes, search: Settings
) -> dict[str, Answer]:
    """Ask every model about the picture; say so on the page where one cannot answer."""
    digest = hashlib.sha256(image_bytes).hexdigest()
    found = {}
    for name, captioner in captioners.items():
        try:
            found[name] = _ask(name, digest, search, captioner, image_bytes)
        except models.BROKEN as error:
            notices.trouble("One model cannot caption this picture.", error)
    return found


@st.cache_data(max_entries=200, show_spinner="Captioning …")
def _ask(
    name: str,
    digest: str,
    search: Settings,
    _captioner: gallery.Captioner,
    _image_bytes: bytes,
) -> Answer:
    """Ask one model once; kept, so that moving a slider elsewhere asks nothing again.

    The cache's key is the name, the picture's digest and the settings.
    """
    start = time.perf_counter()
    beams = _captioner.beam([_image_bytes], search.width, search.length_penalty)[0]
    milliseconds = 1000 * (time.perf_counter() - start)
    return Answer(beams, _captioner.explain([_image_bytes])[0], milliseconds)


def medians(
    captioners: dict[str, gallery.Captioner], image_bytes: bytes, search: Settings
) -> dict[str, float]:
    """Time each model again when the button is pressed; keep what was measured."""
    key = (hashlib.sha256(image_bytes).hexdigest(), search)
    kept = st.session_state.setdefault("medians", {})
    if st.button(f"Time {REPEATS} calls of each", key="time"):
        with st.spinner("Timing …"):
            for name, captioner in captioners.items():
                kept[name, key] = _median(captioner, image_bytes, search)
    return {name: kept[name, key] for name in captioners if (name, key) in kept}


def _median(
    captioner: gallery.Captioner, image_bytes: bytes, search: Settings
) -> float:
    """Return the median milliseconds of some calls with one picture."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        captioner.beam([image_bytes], search.width, search.length_penalty)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def show(
    captioner: gallery.Captioner, answer: Answer, median: float | None, deep: bool
) -> None:
    """Fill a model's column.

    Args:
        captioner: the model.
        answer: what it said.
        median: milliseconds of repeated calls, if they were timed.
        deep: whether to show the five likeliest words of each place.
    """
    st.text(models.title(captioner))
    caption, score = answer.beams[0]
    st.code(caption or "(no words)", language=None, wrap_lines=True)
    timed = "" if median is None else f"\n{median:.0f} ms median of {REPEATS}"
    st.text(
        f"score {score:.2f}\n{answer.milliseconds:.0f} ms this call{timed}\n"
        f"{models.millions(captioner)} parameters\n"
        f"BLEU-4 {models.figure(captioner, 'bleu4')}\n"
        f"CIDEr {models.figure(captioner, 'cider')}"
    )
    others = [f"{score:.2f}  {caption}" for caption, score in answer.beams[1:]]
    if others:
        st.text("\n".join(["Also considered:", *others]))
    explained = " ".join(answer.explanation.words)
    if explained != caption:
        st.text(f"How sure it was, word by word, of its default caption: {explained}")
    _confidence(answer.explanation, deep)


def _confidence(explanation: gallery.Explanation, deep: bool) -> None:
    """Show how probable each word was, and what else was likely there."""
    sure = [100 * share for share in explanation.probabilities]
    table = pd.DataFrame({"Word": explanation.words, "Confidence": sure})
    bar = st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100)
    st.dataframe(
        table, hide_index=True, height="content", column_config={"Confidence": bar}
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
