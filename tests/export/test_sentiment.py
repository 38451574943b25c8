"""The exported classifier against the Keras model that it was made from."""

import subprocess
import sys

import numpy as np
import pytest
import sentencepiece
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.small_sentiment import READING, sentences, small_classifier, small_model
from zoo.export import sentiment_prefixes
from zoo.tokens import PAD

FRESH = """
import sys
import tensorflow as tf, tensorflow_text
model = tf.saved_model.load(sys.argv[1])
answer = model.signatures["serving_default"](text=tf.constant(["the film was dull"]))
assert not any(name.split(".")[0] == "zoo" for name in sys.modules)
print(answer["label"].numpy()[0].decode(), float(answer["positive"][0]))
"""
TEXTS = ["the film was good", "dull", *sentences(6, seed=2), "😀 정말 좋다!"]
HOSTILE = ["", "   ", b"\xff\xfe", "a\x00b", "שלום \u202e", "😀" * 9, "\t\n", b"\xc3"]


def ids(text):
    """What the artefact must read of a text, by sentencepiece's own package."""
    whole = sentencepiece.SentencePieceProcessor(model_proto=small_model()).encode(text)
    return READING.cut(whole)


def probability(model, tokens):
    """The model's probability that a text is positive, the text read alone."""
    logits = np.asarray(model(np.array([tokens or [PAD]])), np.float64)[0]
    odds = np.exp(logits - logits.max())
    return odds[1] / odds.sum()


def ask(exported, signature, texts):
    batch = tf.constant(texts, tf.string, shape=[len(texts)])
    answer = exported.signatures[signature](text=batch)
    return {key: value.numpy() for key, value in answer.items()}


def test_every_input_is_one_value_a_row_and_named(exported_sentiment):
    for name in ("serving_default", "explain"):
        signature = exported_sentiment.signatures[name]
        (spec,) = signature.structured_input_signature[1].values()
        assert (spec.name, spec.shape.as_list()) == ("text", [None])


def test_a_verdict_is_the_models_own_and_differs_from_text_to_text(exported_sentiment):
    answer = ask(exported_sentiment, "serving_default", TEXTS)
    wanted = [probability(exported_sentiment.model, ids(text)) for text in TEXTS]
    np.testing.assert_allclose(answer["positive"], wanted, rtol=1e-4, atol=1e-6)
    assert np.ptp(wanted) > 0.02  # far above what rounding does
    labels = [b"positive" if share > 0.5 else b"negative" for share in wanted]
    assert answer["label"].tolist() == labels


def test_each_prefix_is_judged_as_if_the_text_ended_there(exported_sentiment):
    texts = TEXTS[:4]  # one by one is slow
    answer = ask(exported_sentiment, "explain", texts)
    longest = max(len(ids(text)) for text in texts)
    assert answer["prefix_positive"].shape == (len(texts), longest)
    for row, text in enumerate(texts):
        read = ids(text)
        wanted = [
            probability(exported_sentiment.model, read[: end + 1])
            for end in range(len(read))
        ]
        got = answer["prefix_positive"][row]
        np.testing.assert_allclose(got[: len(read)], wanted, rtol=1e-4, atol=1e-6)
        assert not got[len(read) :].any()


def test_the_last_prefix_is_the_verdict(exported_sentiment):
    verdicts = ask(exported_sentiment, "serving_default", TEXTS)["positive"]
    moved = ask(exported_sentiment, "explain", TEXTS)["prefix_positive"]
    for row, text in enumerate(TEXTS):
        last = moved[row, len(ids(text)) - 1]
        np.testing.assert_allclose(last, verdicts[row], rtol=1e-5, atol=1e-6)


def test_the_tokens_joined_are_the_text(exported_sentiment):
    short = [text for text in TEXTS if len(ids(text)) < READING.head + READING.tail]
    assert len(short) >= 3
    tokens = ask(exported_sentiment, "explain", short)["tokens"]
    assert [b"".join(row).decode() for row in tokens] == short


def test_hidden_and_attention_are_the_models_own(exported_sentiment):
    answer = ask(exported_sentiment, "explain", TEXTS)
    transformer = "transformer" in exported_sentiment.name
    assert ("attention" in answer) == transformer
    for row, text in enumerate(TEXTS):
        read = np.array([ids(text)])
        memory, attention = exported_sentiment.model.look(read)
        length = read.shape[1]
        hidden = answer["hidden"][row]
        np.testing.assert_allclose(hidden[:length], memory.states[0], atol=1e-4)
        assert not hidden[length:].any()
        if transformer:
            maps = answer["attention"][row]  # [L, H, S, S]
            got = maps[:, :, :length, :length]
            np.testing.assert_allclose(got, attention[0], atol=1e-4)
            np.testing.assert_allclose(got.sum(-1), 1, rtol=1e-4)
            assert not maps[:, :, length:].any() and not maps[..., length:].any()


@pytest.mark.parametrize("signature", ["serving_default", "explain"])
@pytest.mark.parametrize("texts", [[], [""], HOSTILE, ["the film " * 900_000]])
def test_any_batch_has_an_answer_a_row(exported_sentiment, signature, texts):
    answer = ask(exported_sentiment, signature, texts)
    for name, value in answer.items():
        assert value.shape[0] == len(texts)
        if value.dtype != object:
            assert np.isfinite(value).all()
        if name in ("tokens", "prefix_positive"):
            assert 1 <= value.shape[1] <= READING.head + READING.tail


def test_a_row_alone_is_judged_as_in_any_batch(exported_sentiment):
    together = ask(exported_sentiment, "serving_default", TEXTS + HOSTILE)["positive"]
    for row, text in enumerate(TEXTS + HOSTILE):
        alone = ask(exported_sentiment, "serving_default", [text])["positive"][0]
        np.testing.assert_allclose(alone, together[row], rtol=1e-4, atol=1e-6)


def test_nothing_to_read_is_judged_by_the_bias_alone(exported_sentiment):
    got = ask(exported_sentiment, "serving_default", ["", " \n "])["positive"]
    bias = np.asarray(exported_sentiment.model.output_layer.bias, np.float64)
    wanted = 1 / (1 + np.exp(bias[0] - bias[1]))
    np.testing.assert_allclose(got, wanted, rtol=1e-4)


@pytest.mark.parametrize("exported_sentiment", ["bilstm"], indirect=True)
def test_it_loads_where_zoo_was_never_imported(exported_sentiment):
    command = [sys.executable, "-c", FRESH, str(exported_sentiment.folder)]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    label, positive = process.stdout.split()
    answer = ask(exported_sentiment, "serving_default", ["the film was dull"])
    assert label == answer["label"][0].decode()
    assert float(positive) == pytest.approx(float(answer["positive"][0]), abs=1e-6)


def test_the_weights_ship_as_float16_and_once(exported_sentiment):
    loaded = tf.saved_model.load(str(exported_sentiment.folder))
    stored = loaded.weights.stored
    assert {variable.dtype for variable in stored} == {tf.float16}
    count = sum(int(tf.size(variable)) for variable in stored)
    assert count == exported_sentiment.model.count_params()


@settings(max_examples=12, deadline=None)
@given(texts=st.lists(st.binary(max_size=30), max_size=4))
def test_any_bytes_are_judged(exported_sentiment, texts):
    answer = ask(exported_sentiment, "explain", texts)
    assert answer["tokens"].shape == answer["prefix_positive"].shape
    assert answer["tokens"].shape[0] == len(texts)
    for token in answer["tokens"].ravel():
        token.decode("utf-8")
    assert ((answer["prefix_positive"] >= 0) & (answer["prefix_positive"] <= 1)).all()


@pytest.mark.parametrize("pooling", ["mean", "max", "mean_max", "last"])
def test_what_runs_along_is_what_reading_anew_gives(pooling):
    model = small_classifier("gru", pooling)
    tokens = tf.constant([[5, 9, 4, 8, 270, 33, 7], [6, 0, 0, 0, 0, 0, 0], [0] * 7])
    got = sentiment_prefixes.read_prefixes(model, tokens, model.encode(tokens))
    np.testing.assert_allclose(
        got, sentiment_prefixes.read_anew(model, tokens), rtol=1e-5, atol=1e-7
    )


def test_prefixes_come_whole_however_many_are_read_side_by_side(monkeypatch):
    model = small_classifier("bilstm")
    tokens = tf.constant([[5, 9, 4, 8, 270], [6, 7, 0, 0, 0], [8, 0, 0, 0, 0]])
    wanted = sentiment_prefixes.read_anew(model, tokens)
    for count in (1, 3, 8, 9):
        monkeypatch.setattr(sentiment_prefixes, "PREFIXES", count)
        got = sentiment_prefixes.read_anew(model, tokens)
        np.testing.assert_allclose(got, wanted, rtol=1e-5)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 9])
def test_running_means_and_maxima_are_numpys(length):
    states = np.random.default_rng(length).normal(size=(3, length, 4))
    largest = np.maximum.accumulate(states, axis=1)
    means = np.cumsum(states, axis=1) / np.arange(1, length + 1)[:, None]
    states = tf.constant(states)
    np.testing.assert_array_equal(sentiment_prefixes.running_max(states), largest)
    np.testing.assert_allclose(sentiment_prefixes.running_mean(states), means)
