"""The translation page, widget by widget, on made-up models."""

from pathlib import Path

import keras
import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.apps.fake_client import FakeClient
from tests.apps.reading import said, tables, texts
from zoo import gallery
from zoo.gallery.translate import Alignment, Translation

PAGE = Path(__file__).parents[2] / "apps" / "translate.py"
NAMES = [f"translate-en-de-{name}" for name in ("gru", "transformer")]
HOSTILE = "![x](http://evil.test/x.png) <script>alert(1)</script>"
FIGURE = {"value": 40.0, "low": 39.0, "high": 41.0}


class FakeTranslator(FakeClient):
    """Answers as `zoo.gallery.Translator` does, and keeps what it was asked."""

    def __init__(self, name):
        super().__init__(name)
        self.attends = name.endswith("transformer")
        self.asked, self.explained, self.error = [], [], None
        scores = {"bleu": FIGURE, "bleu_lc": {**FIGURE, "value": 42.0}, "chrf": 60.0}
        buckets = [{"words": 7, "sentences": 3, "bleu_lc": 50.0}]
        self.card = {
            "title": f"The {name}",
            "corpus": {"name": "multi30k-en-de", "pairs": {"train": 29000}},
            "dev": {"width": 4, "length_penalty": 0.5, "length_penalty_beam5": 1.0},
            "parameters": {"total": 3_700_000, "decoder": 1_000_000},
            "test": {
                "default": {**scores, "bleu_lc": {**FIGURE, "value": 43.0}},
                "beam5": scores,
                "by_length": buckets,
            },
        }

    def __call__(self, sentences):
        return [Translation(text.upper(), -1.0, False) for text in sentences]

    def beam(self, sentences, width, length_penalty):
        if self.error is not None:
            raise self.error
        self.asked.append((sentences[0], width, length_penalty))
        best = Translation(f"{sentences[0]}!", -1.0, len(sentences[0]) > 500)
        return [[best, Translation(HOSTILE, -2.0, False)][:width]]

    def explain(self, sentences, translations):
        self.explained.append((sentences[0], translations[0]))
        source = [f" {word}" for word in sentences[0].split()]
        target = [" own", "</s>"] if translations[0] else [" Ein", " Hund", "</s>"]
        sizes = {"S": len(source), "T": len(target)}

        def looks(down, across):
            if not self.attends:
                return None
            return np.full((2, 3, sizes[down], sizes[across]), 1 / sizes[across])

        found = Alignment(
            translation=translations[0] or "Ein Hund",
            source=source,
            target=target,
            log_probabilities=[-0.5] * len(target),
            cross=looks("T", "S"),
            encoder=looks("S", "S"),
            decoder=looks("T", "T"),
            truncated=False,
        )
        return [found]


@pytest.fixture
def translators(monkeypatch, tmp_path):
    """Two made-up models in place of the artefacts, by name."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path))
    monkeypatch.setattr(keras.backend, "clear_session", lambda: None)  # put back
    models = {name: FakeTranslator(name) for name in NAMES}
    monkeypatch.setattr(gallery, "expected", lambda task: list(models))
    monkeypatch.setattr(gallery, "names", lambda task: list(models))
    monkeypatch.setattr(gallery, "load", lambda name, version=None: models[name])
    yield models
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def page():
    """The page, as Streamlit would run it."""
    return AppTest.from_file(PAGE, default_timeout=60)


def translate(page, sentence):
    """Asks for a sentence of one's own."""
    page.run()
    page.selectbox(key="sample-en").set_value("My own").run()
    page.text_area(key="text").set_value(sentence).run()
    assert not page.exception


def test_every_model_translates_with_its_own_search(translators, page):
    translate(page, "a dog")
    for fake in translators.values():
        assert fake.asked[-1] == ("a dog", 4, 0.5)
    assert [code.value for code in page.code].count("a dog!") == 2
    assert any("29,000 pairs of" in shown.value for shown in page.markdown)
    assert "43.0 (39.0–41.0)" in texts(page)  # of this very search
    considered = [t.value for t in page.dataframe if "Translation" in t.value.columns]
    assert considered[0]["Translation"].tolist() == ["a dog!", HOSTILE]


def test_a_search_of_one_s_own_has_its_own_figures(translators, page):
    translate(page, "a dog")
    page.toggle(key="own").set_value(False).run()
    assert translators[NAMES[0]].asked[-1][1] == 5
    assert "42.0 (39.0–41.0)" in texts(page)
    page.slider(key="width").set_value(7).run()
    assert "BLEU, case aside –" in texts(page)  # at this width it is not known
    assert not page.exception


def test_a_translation_of_one_s_own_is_scored_and_explained(translators, page):
    translate(page, "a dog")
    page.text_area(key="translation").set_value("mein Hund").run()
    assert not page.exception
    table = next(t.value for t in page.dataframe if "Yours, nats" in t.value.columns)
    assert table["Yours, nats"].tolist() == [-1.0, -1.0]
    assert table["Its own, nats"].tolist() == [-1.5, -1.5]
    assert "Of your translation: mein Hund" in texts(page)


def test_only_a_model_with_attention_shows_where_it_looked(translators, page):
    translate(page, "a dog")
    transformer = NAMES[1]
    assert page.selectbox(key="looking").options == [f"The {transformer}"]
    assert not translators[NAMES[0]].explained
    kinds = page.selectbox(key=f"kind-{transformer}").options
    assert kinds == ["Decoder to source", "Source to source", "Translation to itself"]
    for kind in ("encoder", "decoder"):
        page.selectbox(key=f"kind-{transformer}").set_value(kind).run()
        page.selectbox(key=f"head-{transformer}").set_value("3").run()
        page.radio(key="unit").set_value("pieces").run()
        assert not page.exception


def test_long_sentences_and_scores_come_from_the_cards(translators, page):
    page.run()
    table = tables(page)["Model"]
    assert table["BLEU, beam 5"].tolist() == ["40.0 (39.0–41.0)"] * 2
    assert table["case aside"].tolist() == ["42.0 (39.0–41.0)"] * 2


def test_a_model_that_fails_is_named_and_the_other_answers(translators, page):
    translators[NAMES[0]].error = ValueError("no such thing")
    translate(page, "a dog")
    assert "One model cannot translate this sentence." in said(page)
    assert [code.value for code in page.code].count("a dog!") == 1


@pytest.mark.parametrize("sentence", ["", "  \n ", HOSTILE, "😀 " * 300, "שלום"])
def test_odd_sentences_break_nothing(translators, page, sentence):
    translate(page, sentence)
    for kind in ("markdown", "html"):
        assert not any("evil" in str(shown.value) for shown in page.get(kind))
    if not sentence.strip():
        assert "Write a sentence" in said(page)
