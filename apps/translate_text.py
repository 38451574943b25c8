"""One column a model: its translation of a sentence, and what it also considered."""

import time
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from apps import models, page, search
from zoo import gallery


@dataclass(frozen=True)
class Answer:
    """What a model made of one sentence.

    Args:
        search: how it searched for it.
        beams: translations with their scores, best first.
        milliseconds: how long the search took.
    """

    search: search.Search
    beams: list[gallery.Translation]
    milliseconds: float


def answers(
    translators: dict[str, gallery.Translator],
    sentence: str,
    chosen: search.Search | None,
) -> dict[str, Answer]:
    """Ask every model to translate; say so on the page where one cannot answer."""
    return models.ask(
        translators,
        lambda name, translator: _ask(
            translator.edition(), sentence, search.of(translator, chosen), translator
        ),
        "One model cannot translate this sentence.",
    )


@st.cache_data(max_entries=200, show_spinner="Translating …")
def _ask(
    edition: str, sentence: str, how: search.Search, _translator: gallery.Translator
) -> Answer:
    """Ask one model once; kept, so that another widget asks nothing again."""
    start = time.perf_counter()
    beams = _translator.beam([sentence], how.width, how.length_penalty)[0]
    return Answer(how, beams, 1000 * (time.perf_counter() - start))


def show(
    translators: dict[str, gallery.Translator],
    answers: dict[str, Answer],
    chosen: search.Search | None,
) -> None:
    """Show a column a model, as many beside each other as there is room for."""
    decoding = search.decoding(chosen)
    with st.container(horizontal=True):
        for name, answer in answers.items():
            with st.container(width=300, key=f"column-{name}"):
                _column(translators[name], answer, decoding)
    if any(answer.beams and answer.beams[0].truncated for answer in answers.values()):
        st.info(
            "The sentence is longer than the models read: they translated its "
            "beginning, up to where a sentence or a word ends."
        )


def _column(
    translator: gallery.Translator, answer: Answer, decoding: str | None
) -> None:
    """Show a model's translation and, small, how it came about and what it cost.

    The BLEU is that of this very search, on the test split, where it was measured.
    """
    st.text(models.title(translator))
    best = answer.beams[0]
    st.code(best.text or "(no words)", language=None, wrap_lines=True)
    lines = [
        f"Score {best.score:.2f} (width {answer.search.width}, "
        f"penalty {answer.search.length_penalty:.1f})",
        f"{answer.milliseconds:.0f} ms this call",
        f"{models.millions(translator)} parameters",
        f"BLEU, case aside {models.figure(translator, decoding, 'bleu_lc')}",
    ]
    st.caption("  \n".join(lines))  # numbers only, so it may be markdown
    if len(answer.beams) > 1:
        with st.expander("Also considered"):
            table = pd.DataFrame(
                {
                    "Score": [f"{found.score:.2f}" for found in answer.beams],
                    "Translation": [found.text for found in answer.beams],
                }
            )
            st.dataframe(table, hide_index=True)


def own(translators: dict[str, gallery.Translator], sentence: str) -> str:
    """Let the visitor write a translation; show how probable each model finds it.

    Returns:
        The visitor's translation; "" where there is none.
    """
    st.subheader("Your own translation", divider="gray")
    written = page.text_area(
        "Write a translation, and every model scores it", 1000, key="translation"
    ).strip()
    if not written:
        return ""
    scored = models.ask(
        translators,
        lambda name, translator: [
            explained(translator.edition(), sentence, translation, translator)
            for translation in (written, "")
        ],
        "One model cannot score this translation.",
    )
    rows = []
    for name, alignments in scored.items():
        row = {"Model": models.title(translators[name])}
        for whose, found in zip(("Yours", "Its own"), alignments, strict=True):
            row[f"{whose}, nats"] = sum(found.log_probabilities)
            row[f"{whose}, nats a piece"] = _mean(found.log_probabilities)
        rows.append(row)
    table = pd.DataFrame(rows)
    number = st.column_config.NumberColumn(format="%.2f")
    numbers = dict.fromkeys(table.columns[1:], number)
    st.dataframe(table, hide_index=True, column_config=numbers)
    st.caption(
        "Log-probabilities of the whole translation, its end included: the nearer to "
        "0, the more probable the model finds it. Its own is that of its default "
        "search."
    )
    return written


@st.cache_data(max_entries=200, show_spinner="Scoring …")
def explained(
    edition: str, sentence: str, translation: str, _translator: gallery.Translator
) -> gallery.Alignment:
    """Ask one model once for a translation piece by piece; "" is its own."""
    return _translator.explain([sentence], [translation])[0]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
