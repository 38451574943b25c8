"""Greedy decoding against known words and a search by hand."""

import numpy as np
import pytest
from keras import ops

from tests.decode.fake_models import (
    ENDS,
    Remembering,
    Speller,
    greedy_by_hand,
    read,
)
from zoo import decode


def test_each_row_spells_its_word_and_is_padded_after_its_end():
    words = ["zoo", "sequence", "", "a"]
    model = Speller(words, length=12)
    tokens, _ = decode.greedy(model.step, model.state(), 4, **ENDS, max_length=12)
    assert tokens.shape == (4, 12)
    assert ops.dtype(tokens) == "int32"
    assert [read(row) for row in np.array(tokens)] == [word + ">" for word in words]


def test_the_score_is_the_sum_of_log_probabilities_with_the_end():
    model = Speller(["zoo", ""], length=9, sure=0.5)
    _, scores = decode.greedy(model.step, model.state(), 2, **ENDS, max_length=9)
    np.testing.assert_allclose(scores, np.log(0.5) * np.array([4, 1]), rtol=1e-6)


def test_a_row_longer_than_the_longest_is_cut_without_an_end():
    model = Speller(["sequence"], length=12, sure=0.5)
    tokens, scores = decode.greedy(model.step, model.state(), 1, **ENDS, max_length=3)
    assert read(np.array(tokens)[0]) == "seq"
    np.testing.assert_allclose(scores, [3 * np.log(0.5)], rtol=1e-6)


def test_decoding_stops_when_every_row_has_ended():
    model = Speller(["ab", "abc"], length=50)
    decode.greedy(model.step, model.state(), 2, **ENDS, max_length=50)
    assert model.calls == 4


@pytest.mark.parametrize("seed", range(5))
def test_tokens_and_scores_equal_a_search_by_hand(seed):
    model = Remembering(rows=6, vocabulary=5, length=4, seed=seed)
    tokens, scores = decode.greedy(model.step, model.state(), 6, **ENDS, max_length=4)
    expected = [greedy_by_hand(model, row) for row in range(6)]
    assert np.array(tokens).tolist() == [model.padded(row) for row in expected]
    sums = [model.score(row, tokens, 0.0) for row, tokens in enumerate(expected)]
    np.testing.assert_allclose(scores, sums, rtol=1e-5)


def test_of_equal_probabilities_the_lowest_token_is_taken():
    def step(tokens, state):
        return ops.log(ops.full((2, 8), 0.125)), state

    tokens, _ = decode.greedy(step, (), 2, start=2, end=3, max_length=2)
    assert np.array(tokens).tolist() == [[0, 0], [0, 0]]


def test_half_precision_log_probabilities_give_float32_scores():
    model = Speller(["zoo"], length=9)

    def step(tokens, state):
        log_probs, state = model.step(tokens, state)
        return ops.cast(log_probs, "float16"), state

    tokens, scores = decode.greedy(step, model.state(), 1, **ENDS, max_length=9)
    assert read(np.array(tokens)[0]) == "zoo>"
    assert ops.dtype(scores) == "float32"


def test_an_empty_batch_gives_an_empty_answer():
    model = Remembering(rows=1, vocabulary=5, length=4, seed=0)
    empty = model.state(np.zeros(0, "int32"))
    tokens, scores = decode.greedy(model.step, empty, 0, **ENDS, max_length=4)
    assert tokens.shape == (0, 4)
    assert scores.shape == (0,)


def test_a_graph_of_unknown_batch_size_equals_eager():
    import tensorflow as tf

    model = Remembering(rows=6, vocabulary=5, length=4, seed=1)

    def run(rows, length):
        batch = ops.shape(rows)[0]
        state = model.state(rows)
        return decode.greedy(model.step, state, batch, **ENDS, max_length=length)

    rows = tf.TensorSpec([None], "int32")
    graph = tf.function(run, input_signature=[rows, tf.TensorSpec([], "int32")])
    for some in ([0, 1, 2, 3, 4, 5], [3], []):
        some = tf.constant(some, "int32")
        for ours, theirs in zip(graph(some, 4), run(some, 4), strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("length", [0, -1, 2.5, "3", None])
def test_an_impossible_length_is_refused_by_name_rule_and_value(length):
    with pytest.raises(ValueError, match=f"max_length must be .* >= 1, got {length!r}"):
        decode.greedy(lambda *_: None, (), 1, start=2, end=3, max_length=length)
