"""The sentiment page, widget by widget, on made-up models."""

import io
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from apps import sentiment_file
from tests.apps.fake_client import FakeClient
from tests.apps.reading import said, tables, texts
from tests.apps.test_sentiment_reading import HOSTILE, Elements
from zoo import gallery
from zoo.gallery.sentiment import Reading, Verdict

PAGE = Path(__file__).parents[2] / "apps" / "sentiment.py"
NAMES = ["sentiment-en-lstm", "sentiment-en-gru", "sentiment-ko-lstm"]


class FakeSentiment(FakeClient):
    """Answers as `zoo.gallery.Sentiment` does, and keeps what it was asked."""

    def __init__(self, name):
        super().__init__(name)
        self.asked = []
        self.error = None
        self.card = {
            "title": f"The {name}",
            "summary": f"Sums up {name}.",
            "corpus": {
                "name": "imdb",
                "texts": {"train": 22500, "dev": 2500},
                "reading": {"head": 3, "tail": 40},
            },
            "dev": {"accuracy": 89.9},
            "parameters": {"total": 1_288_002, "encoder": 264_002},
            "test": {
                "default": {"accuracy": {"value": 88.6, "low": 88.2, "high": 89.0}}
            },
            "training": {"seconds": 540, "hardware": "two cores"},
            "latency_ms": {"default": {"1": 12.0}},
            "limits": ["Knows films."],
        }

    def __call__(self, texts):
        if self.error is not None:
            raise self.error
        self.asked += texts
        return [Verdict("positive", 0.75) for _ in texts]

    def explain(self, texts):
        readings = []
        for text in texts:
            first, *rest = text.split(" ")
            tokens = [first, *(f" {word}" for word in rest)]
            moved = np.linspace(0.2, 0.75, len(tokens)).tolist()
            readings.append(Reading(tokens, moved, np.zeros((len(tokens), 2)), None))
        return readings


@pytest.fixture
def classifiers(monkeypatch, tmp_path):
    """Three made-up models in place of the artefacts, by name."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path))
    monkeypatch.setattr(keras.backend, "clear_session", lambda: None)  # put back
    models = {name: FakeSentiment(name) for name in NAMES}
    monkeypatch.setattr(gallery, "expected", lambda task: list(models))
    monkeypatch.setattr(gallery, "names", lambda task: list(models))
    monkeypatch.setattr(gallery, "load", lambda name, version=None: models[name])
    yield models
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def page():
    """The sentiment page, as Streamlit would run it."""
    return AppTest.from_file(PAGE, default_timeout=60)


def write(page, text):
    page.run()
    page.selectbox(key="sample-en").set_value("My own").run()
    return page.text_area(key="own").set_value(text).run()


def send(page, content):
    page.run()
    page.file_uploader(key="file").set_value(("my.csv", content, "text/csv")).run()
    return page


def coloured(page):
    return [element.proto.body for element in page.get("html")]


def test_the_page_opens_with_a_verdict_from_every_model_of_a_language(
    classifiers, page
):
    page.run()
    assert not page.exception
    verdicts = [block.value for block in page.code]
    assert verdicts.count("positive\n75.0% positive") == 2
    shown = texts(page)
    assert "1.29 M parameters" in shown and "Accuracy, %: 88.6 (88.2–89.0)" in shown
    assert "ms this call" in shown and "Runs on CPU" in shown


def test_another_language_has_its_own_models_and_samples(classifiers, page):
    page.run()
    page.radio(key="variant").set_value("ko").run()
    assert not page.exception
    assert [block.value for block in page.code] == ["positive\n75.0% positive"]
    page.radio(key="variant").set_value("en").run()
    assert not page.exception
    assert len(page.code) == 2


def test_every_sample_is_judged(classifiers, page):
    page.run()
    for sample in page.selectbox(key="sample-en").options:
        page.selectbox(key="sample-en").set_value(sample).run()
        assert not page.exception
    assert len(classifiers["sentiment-en-lstm"].asked) == 4


def test_ones_own_text_reaches_the_models_as_written(classifiers, page):
    write(page, "  Not\nbad 😀 ")
    assert classifiers["sentiment-en-gru"].asked[-1] == "  Not\nbad 😀 "


@pytest.mark.parametrize(("count", "cut"), [(42, 0), (43, 2)])
def test_a_text_that_is_cut_is_said_to_be(classifiers, page, count, cut):
    write(page, "dull " * (count - 1) + "end")
    assert texts(page).count("Reads the first 3 and the last 40") == cut
    assert texts(page).count(f"{count} pieces") == 2


@pytest.mark.parametrize("text", ["", "  \n "])
def test_without_a_text_the_page_asks_for_one(classifiers, page, text):
    write(page, text)
    assert "Write a text" in said(page) and not page.exception


def test_of_a_text_too_long_the_beginning_is_judged_and_the_page_says_so(
    classifiers, page
):
    write(page, "x" * 10_000 + "the rest")
    assert "This text has 10,008 characters. The first 10,000 are read." in said(page)
    assert classifiers["sentiment-en-gru"].asked[-1] == "x" * 10_000


def test_only_the_picked_models_answer(classifiers, page):
    page.run()
    page.multiselect(key="models-en").set_value(["sentiment-en-gru"]).run()
    assert len(page.code) == 1
    page.multiselect(key="models-en").set_value([]).run()
    assert "Pick at least one model" in said(page)


def test_a_model_that_fails_leaves_the_others_standing(classifiers, page):
    classifiers["sentiment-en-gru"].error = ValueError("row 1: broken")
    page.run()
    assert not page.exception and len(page.code) == 1
    assert "One model cannot judge this text." in said(page)


def test_user_and_model_text_is_shown_verbatim_and_never_as_markup(classifiers, page):
    for name, fake in classifiers.items():
        title = f"{HOSTILE} {name}"
        fake.card |= {"title": title, "summary": HOSTILE, "limits": [HOSTILE]}
    write(page, HOSTILE)
    assert not page.exception
    assert f"{HOSTILE} sentiment-en-gru" in texts(page).split("\n")
    for kind in ("markdown", "caption", "title", "subheader", "info", "warning"):
        assert not any("evil" in str(element.value) for element in page.get(kind))
    assert len(coloured(page)) == 2
    for shown in coloured(page):
        assert Elements(shown).text == HOSTILE


def test_a_file_comes_back_with_columns_added(classifiers, page):
    rows = "id,review\n" + "".join(f'{n},"text, {n}"\n' for n in range(130))
    send(page, rows.encode())
    page.selectbox(key="column").set_value("review").run()
    page.button(key="go").click().run()
    assert not page.exception
    judged = next(t.value for t in page.dataframe if "review" in t.value.columns)
    assert list(judged.columns) == ["id", "review"] + [
        f"sentiment-en-{name} {part}"
        for name in ("lstm", "gru")
        for part in ("label", "positive")
    ]
    asked = classifiers["sentiment-en-gru"].asked
    assert asked[-130:] == [f"text, {number}" for number in range(130)]
    kept = page.session_state["gone"][1]
    assert len(kept) == 130
    assert pd.read_csv(io.StringIO(kept.to_csv(index=False))).shape == (130, 6)


def test_what_was_judged_is_kept_until_the_column_changes(classifiers, page):
    send(page, b"text,other\nfine,dull\n")
    page.button(key="go").click().run()
    asked = len(classifiers["sentiment-en-gru"].asked)
    page.run()
    assert len(classifiers["sentiment-en-gru"].asked) == asked
    assert any("other" in table.value.columns for table in page.dataframe)
    page.selectbox(key="column").set_value("other").run()
    assert not any("other" in table.value.columns for table in page.dataframe)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "must name every column once"),
        (b"text,text\nfine,dull\n", "must name every column once"),
        (b"text;label\nfine;1\n", "got semicolons"),
        (b"text\n", "from 1 to 5,000 rows"),
        (b"text\n" + b"fine\n" * 5001, "this one has 5,001"),
        (b"text\nfine\n\xff\xfe\n", "line 3 of the file must be UTF-8"),
        (b'text,a\n1,2\n1,2,3\n"', "line 3 of the file must have 2 columns"),
        (b'text,a\n1,2\n"1,2\n', "line 3 of the file must be CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    classifiers, page, content, why
):
    send(page, content)
    assert not page.exception
    assert "This file cannot be read." in said(page) and why in texts(page)


def test_values_are_read_as_they_are_written():
    table = sentiment_file.read("text,n\nNA,007\n,1e5\n".encode("utf-8-sig"))
    assert table.to_numpy().tolist() == [["NA", "007"], ["", "1e5"]]


def test_of_a_blank_text_there_is_no_verdict(classifiers, page):
    send(page, b'text,n\nfine,1\n"  ",2\n"",3\ndull,4\n')
    page.button(key="go").click().run()
    judged = page.session_state["gone"][1]
    for name in NAMES[:2]:  # those that read English
        assert classifiers[name].asked[-2:] == ["fine", "dull"]
        labels = judged[f"{name} label"].tolist()
        assert labels[0] and labels[3] and labels[1:3] == ["", ""]
        assert judged[f"{name} positive"].isna().tolist() == [False, True, True, False]


def test_the_scores_are_those_of_the_cards(classifiers, page):
    page.run()
    table = tables(page)["Model"]
    assert list(table["Model"]) == ["The sentiment-en-lstm", "The sentiment-en-gru"]
    row = table.iloc[0]
    assert row["Accuracy, %"] == "88.6 (88.2–89.0)" and row["Training"] == "9 min"
    assert row["of them encoder"] == "0.26 M" and row["A text"] == "12 ms"
    assert "22,500 texts to learn from" in texts(page)


def test_without_models_the_page_says_how_to_make_them(monkeypatch, page):
    monkeypatch.setattr(gallery, "names", lambda task: [])
    page.run()
    assert not page.exception
    assert "There is no trained model here." in said(page)
    assert "train-sentiment" in texts(page)


def test_a_comma_too_many_does_not_shift_the_columns():
    with pytest.raises(ValueError, match="line 2 of the file must have 2"):
        sentiment_file.read(b"text,label\ngood film,1,\nbad film,0,\n")
