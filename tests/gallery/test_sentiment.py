"""The client of sentiment classifiers answers in plain Python."""

import numpy as np
import pytest

import zoo
from tests.small_sentiment import sentences
from zoo import artefact, gallery
from zoo.gallery import sentiment
from zoo.gallery.sentiment import Reading, Verdict


@pytest.fixture
def classifier(exported_sentiment, monkeypatch):
    monkeypatch.setenv("ZOO_MODELS", str(exported_sentiment.root))
    return zoo.load(exported_sentiment.name)


def test_a_model_is_opened_without_a_word_of_gradients(exported_sentiment, caplog):
    artefact.open_model(exported_sentiment.root / exported_sentiment.name / "1")
    assert "gradient" not in caplog.text


def test_a_classifier_answers_in_one_line(classifier):
    assert isinstance(classifier, gallery.Sentiment)
    (verdict,) = classifier(["the film was good"])
    assert verdict.label == ("positive" if verdict.positive > 0.5 else "negative")
    assert isinstance(verdict.label, str) and isinstance(verdict.positive, float)


def test_verdicts_come_in_the_order_of_the_texts_whatever_their_length(
    classifier, monkeypatch
):
    monkeypatch.setattr(sentiment, "BATCH", 3)
    texts = sentences(10, seed=4)
    assert sorted(texts, key=len) != texts
    alone = [classifier([text])[0] for text in texts]
    together = classifier(texts)
    assert [verdict.label for verdict in together] == [v.label for v in alone]
    np.testing.assert_allclose(
        [verdict.positive for verdict in together],
        [verdict.positive for verdict in alone],
        rtol=1e-4,
    )


def test_a_reading_shows_every_piece_and_ends_in_the_verdict(classifier, monkeypatch):
    monkeypatch.setattr(sentiment, "EXPLAINED", 2)
    texts = ["the Film was", "", "😀 dull"]
    readings = classifier.explain(texts)
    for text, verdict, reading in zip(texts, classifier(texts), readings, strict=True):
        length = len(reading.tokens)
        assert "".join(reading.tokens) == text
        assert len(reading.prefix_positive) == len(reading.hidden) == length
        if length:
            assert reading.prefix_positive[-1] == pytest.approx(verdict.positive, 1e-4)
        if reading.attention is not None:
            assert reading.attention.shape == (2, 2, length, length)
            np.testing.assert_allclose(reading.attention.sum(-1), 1, rtol=1e-4)


def test_no_texts_have_no_verdicts(classifier):
    assert classifier([]) == classifier.explain([]) == []


def test_bytes_and_lone_surrogates_are_judged_too(classifier):
    assert len(classifier([b"\xff\xfe", "\ud800", "a\x00b"])) == 3


def test_texts_may_come_one_by_one(classifier):
    texts = ["the film was good", "dull"]
    assert classifier(text for text in texts) == classifier(texts)


@pytest.mark.parametrize("texts", ["dull", b"dull", [3], [None], ["dull", ["dull"]]])
def test_what_is_no_list_of_strings_is_refused(classifier, texts):
    for ask in (classifier, classifier.explain):
        with pytest.raises(TypeError, match="`texts` must"):
            ask(texts)


def test_every_signature_is_warmed_up(classifier, monkeypatch):
    asked = []
    call = classifier.call

    def keep(signature, **inputs):
        asked.append(signature)
        return call(signature, **inputs)

    monkeypatch.setattr(classifier, "call", keep)
    classifier.warm_up()
    assert set(asked) == {"serving_default", "explain"}


def read(tokens, verdicts):
    return Reading(tokens, verdicts, np.zeros((len(tokens), 2)), None).words()


def test_pieces_between_blanks_are_a_word_and_move_the_verdict_together():
    words = read(["not", " ba", "d", "", "😀", "\nat"], [0.3, 0.2, 0.6, 0.7, 0.8, 0.9])
    assert [word.text for word in words] == ["not", " bad😀", "\nat"]
    assert [word.positive for word in words] == [0.3, 0.8, 0.9]
    np.testing.assert_allclose([word.moved for word in words], [-0.2, 0.5, 0.1])


def test_a_text_of_nothing_has_no_words():
    assert read([], []) == []


def test_a_verdict_is_a_value():
    assert Verdict("positive", 0.7) == Verdict("positive", 0.7)


def test_the_first_word_moves_the_verdict_from_that_on_an_empty_text():
    reading = Reading(["bad"], [0.2], np.zeros((1, 2)), None, empty=0.6)
    np.testing.assert_allclose([word.moved for word in reading.words()], [-0.4])
