"""The tagging page on made-up models: words, disagreements, files, hostile text."""

from pathlib import Path

import keras
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from apps import tag_file, tag_words
from tests.apps.fake_client import FakeClient
from tests.apps.reading import texts
from zoo import gallery
from zoo.corpora.sentences import UPOS, parse

PAGE = Path(__file__).parents[2] / "apps" / "tag.py"
NAMES = ["tag-en-lstm", "tag-en-bilstm", "tag-ko-lstm"]
HOSTILE = '<script>alert("x")</script> <img src=x onerror=y> **b** &amp; \'"> \u202e'
FILE = (
    "# sent_id = a\n1\tYes\t_\tINTJ" + "\t_" * 6 + "\n2\tno\t_\t_" + "\t_" * 6 + "\n\n"
)


class FakeTagger(FakeClient):
    """Answers as `zoo.gallery.Tagger` does: parts at blanks, tags by length."""

    def __init__(self, name):
        super().__init__(name)
        self.shift = NAMES.index(name)
        self.error = None
        figure = {"value": 95.125, "low": 94.5, "high": 95.7}
        self.card = {
            "title": f"The {name}",
            "summary": f"Sums up {name}.",
            "corpus": {"name": "bank", "sentences": {"train": 12_544, "test": 9}},
            "parameters": {"total": 1_300_000, "encoder": 400_000},
            "test": {
                "accuracy": figure,
                "unseen": figure,
                "confusions": [{"gold": "NOUN", "said": "PROPN", "words": 77}],
            },
            "splitting": {"f1": 99.06},
            "training": {"seconds": 300, "hardware": "two cores"},
            "latency_ms": {"default": {"1": 3.0}},
            "limits": ["Knows letters."],
        }

    def tag(self, word):
        extra = self.shift if word == "differ" else 0
        return UPOS[(len(word) + extra) % len(UPOS)]

    def __call__(self, sentences):
        if self.error:
            raise self.error
        found = []
        for sentence in sentences:
            place, words = 0, []
            for word in sentence.split():
                size = len(word.encode())
                span = (place, place + size)
                words.append(gallery.Word(word, self.tag(word), 0.9, *span))
                place += size + 1
            found.append(words)
        return found

    def tag_words(self, sentences):
        if self.error:
            raise self.error
        return [[(self.tag(word), 0.9) for word in words] for words in sentences]

    def explain(self, sentences):
        return [
            gallery.Analysis(
                words=[word.word for word in words],
                top_tags=[[word.tag, "X", "SYM"] for word in words],
                top_scores=[[0.9, 0.07, 0.03] for _ in words],
                hidden=None,
                attention=None,
            )
            for words in self(sentences)
        ]


@pytest.fixture
def taggers(monkeypatch, tmp_path):
    """Made-up models in place of the artefacts, by name."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path))
    monkeypatch.setattr(keras.backend, "clear_session", lambda: None)  # put back
    models = {name: FakeTagger(name) for name in NAMES}

    def load(name, version=None):
        if name not in models:
            raise gallery.NotFound(f"{name} is not here. Make it: make train-{name}")
        return models[name]

    monkeypatch.setattr(gallery, "expected", lambda task="caption": list(NAMES))
    monkeypatch.setattr(gallery, "names", lambda task="caption": list(models))
    monkeypatch.setattr(gallery, "load", load)
    yield models
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def page(taggers):
    return AppTest.from_file(PAGE, default_timeout=60).run()


def html_of(page):
    """All HTML on the page, a block each."""
    return [block.proto.body for block in page.get("html")]


def write(page, sentence):
    page.selectbox(key="sample-en").set_value("My own").run()
    return page.text_area(key="own").set_value(sentence).run()


def test_the_page_opens_with_a_row_of_tags_from_every_model_of_the_language(page):
    assert not page.exception and not page.warning
    rows = [row for row in html_of(page) if "blicket" in row or "fish" in row]
    assert len(rows) == 2
    assert "95.1 (94.5–95.7)" in texts(page) and "The tag-ko-lstm" not in texts(page)


def test_the_other_language_has_its_own_models_and_sentences(page):
    page.radio(key="variant").set_value("ko").run()
    assert not page.exception
    assert sum("배는" in row for row in html_of(page)) == 1
    assert "The tag-ko-lstm" in texts(page)


def test_a_word_on_which_the_models_differ_is_framed_in_every_row(page):
    write(page, "they differ here")
    framed = [row.count("#d00000") for row in html_of(page)]
    assert framed == [1, 1, 0]  # the last block is the legend
    assert "INTJ 90%, X 7%, SYM 3%" in html_of(page)[0]


def test_what_a_version_said_is_kept_and_asked_anew_of_the_next(page, taggers):
    write(page, "they differ here")
    before = html_of(page)
    for tagger in taggers.values():
        tagger.tag = lambda word: "SYM"
    assert html_of(page.run()) == before
    for tagger in taggers.values():
        tagger.version = 2
    assert html_of(page.run()) != before
    assert "SYM 90%" in html_of(page)[0]


def test_a_blank_sentence_and_no_model_ask_for_one(page):
    write(page, "  ")
    assert "Write a sentence" in page.info[0].value
    page.multiselect(key="models-en").set_value([]).run()
    assert "Pick at least one" in page.info[0].value


def test_hostile_text_stays_text(page):
    write(page, HOSTILE)
    assert not page.exception
    for block in html_of(page):
        assert "<script" not in block and "<img" not in block and "<b>" not in block
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;" in html_of(page)[0]


def test_every_part_of_a_box_is_escaped():
    hostile = '"><script>'
    word = gallery.Word(hostile, hostile, 0.5, 0, 10)
    block = tag_words.coloured(tag_words.Answer([word], [hostile], 1.0), set())
    assert "<script>" not in block and block.count("&lt;script&gt;") == 3


def test_a_model_that_cannot_answer_is_named_and_the_others_answer(page, taggers):
    taggers["tag-en-lstm"].error = ValueError("too **odd**")
    write(page, "hello world")
    assert not page.exception
    assert "One model cannot tag" in page.warning[0].value
    assert "too **odd**" in texts(page)
    assert sum("hello" in row for row in html_of(page)) == 1


def test_a_model_that_is_not_here_is_a_sentence(taggers):
    del taggers["tag-en-lstm"]
    page = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not page.exception and "is not here" in page.warning[0].value


def upload(page, content):
    page.file_uploader[0].set_value(("mine.conllu", content, "text/plain")).run()
    return page


def test_a_file_comes_back_with_its_fourth_column_filled_in(page):
    upload(page, FILE.encode())
    assert "Tag 1 sentences" in [button.label for button in page.button]
    page.button(key="go").click().run()
    assert not page.exception
    (sentence,) = parse(page.code[-1].value)
    assert sentence.tags == [UPOS[3], UPOS[2]] and sentence.words == ["Yes", "no"]
    assert "Of the 1 tags that it had, 0.0% are the same." in texts(page)
    assert len(page.get("download_button")) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"1\tYes\n", "line 1: a line must have 10 columns"),
        (FILE.encode() + b"\xff", "line 5: it must be UTF-8"),
        (b"", "this one has 0"),
        (FILE.encode().replace(b"2\tno", b"7\tno"), "line 3: IDs must count"),
    ],
)
def test_a_bad_file_is_a_sentence_that_names_the_line(page, content, message):
    upload(page, content)
    assert not page.exception
    assert "cannot be read" in page.warning[0].value and message in texts(page)


def test_words_that_get_no_tag_keep_a_blank_one(taggers):
    class Tired(FakeTagger):
        def tag_words(self, sentences):
            return [[("", 0.0)] * len(words) for words in sentences]

    tagged = tag_file.tag(Tired(NAMES[0]), parse(FILE))
    assert tagged[0].tags == ["_", "_"]


def test_the_cards_are_laid_side_by_side(page):
    table = page.dataframe[-1].value
    assert table["Model"].tolist() == ["The tag-en-lstm", "The tag-en-bilstm"]
    assert table["Accuracy, %"].tolist()[0].startswith("95.12 (94.50")
    assert table["Splitting (dev), %"].tolist() == ["99.06", "99.06"]
    assert "NOUN tagged PROPN, 77 words" in texts(page)


def test_every_tag_has_a_colour_and_a_meaning():
    assert tag_words.COLOURS.keys() == tag_words.MEANINGS.keys() == set(UPOS)
    assert len(set(tag_words.COLOURS.values())) == len(UPOS)
