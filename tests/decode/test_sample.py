"""Sampling against inverse-CDF draws written with numpy, one character at a time."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tests.decode.fake_models import ALPHABET, Speller, read
from zoo.decode import greedy, sample
from zoo.tokens import END, FIRST_WORD, PAD, START

V = 12
NEARLY_ONE = np.float32(1 - 2**-24)


class Chain:
    """What follows depends on the last token alone; the state counts the steps."""

    def __init__(self, seed, scale=1.5):
        logits = np.random.default_rng(seed).normal(0, scale, (V, V))
        self.log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        self.table = ops.convert_to_tensor(self.log_probs.astype("float32"))

    def step(self, tokens, state):
        return ops.take(self.table, tokens, axis=0), {"steps": state["steps"] + 1}


def state_of(rows):
    return {"steps": ops.zeros((rows,), "int32")}


def draw(chain, uniforms, lengths, temperature, top_k, last=START, **options):
    rows = len(uniforms)
    return np.array(
        sample(
            chain.step,
            state_of(rows),
            ops.full((rows,), last, "int32"),
            uniforms=np.asarray(uniforms, "float32"),
            lengths=np.broadcast_to(lengths, (rows,)),
            temperature=np.broadcast_to(np.float32(temperature), (rows,)),
            top_k=np.broadcast_to(top_k, (rows,)),
            **options,
        )
    )


def drawn_by_hand(log_probs, uniform, temperature, top_k):
    """One draw: the likeliest first, among the top k, from the sharpened odds."""
    order = [v for v in np.argsort(-log_probs, kind="stable") if v >= FIRST_WORD]
    order = order[: top_k or None]
    if temperature == 0:
        return order[0]
    odds = np.exp(log_probs[order] / temperature)
    shares = np.cumsum(odds / odds.sum())
    return order[int(np.searchsorted(shares, uniform))]


@pytest.mark.parametrize("temperature", [0.0, 0.3, 1.0, 2.0])
@pytest.mark.parametrize("top_k", [0, 1, 3, V])
def test_each_token_is_the_draw_that_numpy_makes(temperature, top_k):
    chain = Chain(seed=1)
    uniforms = np.random.default_rng(2).random((5, 20)).astype("float32")
    found = draw(chain, uniforms, 20, temperature, top_k)
    for row in range(5):
        last = START
        for time in range(20):
            logs = chain.log_probs[last]
            last = drawn_by_hand(logs, uniforms[row, time], temperature, top_k)
            assert found[row, time] == last


def test_many_draws_have_the_models_own_frequencies():
    chain = Chain(seed=3)
    uniforms = np.random.default_rng(4).random((20_000, 1))
    counts = np.bincount(draw(chain, uniforms, 1, 1.0, 0)[:, 0], minlength=V)
    shares = np.exp(chain.log_probs[START])
    shares[:FIRST_WORD] = 0
    expected = 20_000 * shares / shares.sum()
    assert (counts[:FIRST_WORD] == 0).all()
    real = slice(FIRST_WORD, None)
    # Chi-squared with V - 5 = 7 degrees of freedom: 24.3 is the 99.9th percentile.
    assert ((counts - expected)[real] ** 2 / expected[real]).sum() < 24.3


def test_temperature_zero_and_a_top_of_one_are_greedy():
    speller = Speller(["cab", "a"], 6)
    tokens, _ = greedy(
        speller.step, speller.state(), 2, start=START, end=END, max_length=6
    )
    uniforms = np.random.default_rng(5).random((2, 3)).astype("float32")
    for temperature, top_k in ((0.0, 0), (2.0, 1)):
        found = sample(
            speller.step,
            speller.state(),
            ops.full((2,), START, "int32"),
            uniforms=uniforms,
            lengths=np.array([3, 1]),
            temperature=np.full(2, temperature, "float32"),
            top_k=np.full(2, top_k),
        )
        assert [read(row) for row in np.array(found)] == ["cab", "a"]
        assert [read(row).rstrip(ALPHABET[END]) for row in np.array(tokens)] == [
            "cab",
            "a",
        ]


def test_a_row_alone_is_that_of_any_batch_and_rows_have_their_own_options():
    chain = Chain(seed=6)
    uniforms = np.random.default_rng(7).random((6, 15)).astype("float32")
    lengths = np.array([15, 0, 3, 7, 15, 1])
    temperature = np.float32([0, 1, 0.5, 2, 1.3, 1])
    top_k = np.array([0, 2, 0, 5, 1, V])
    together = draw(chain, uniforms, lengths, temperature, top_k)
    for row in range(6):
        own = slice(row, row + 1)
        alone = draw(chain, uniforms[own], lengths[own], temperature[own], top_k[own])
        np.testing.assert_array_equal(alone[0], together[row])
        assert (together[row, lengths[row] :] == PAD).all()
        assert (together[row, : lengths[row]] >= FIRST_WORD).all()


def test_a_text_in_parts_is_the_text_at_once():
    chain = Chain(seed=8)
    uniforms = np.random.default_rng(9).random((3, 20)).astype("float32")
    whole = draw(chain, uniforms, 20, 1.0, 0)
    first = draw(chain, uniforms[:, :8], 8, 1.0, 0)
    second = draw(chain, uniforms[:, 8:], 12, 1.0, 0, last=first[:, -1])
    np.testing.assert_array_equal(np.concatenate([first, second], axis=1), whole)


class Certain:
    """Gives the same log-probabilities at every step."""

    def __init__(self, log_probs):
        self.log_probs = np.float32(log_probs)

    def step(self, tokens, state):
        rows = ops.shape(tokens)[0]
        return ops.tile(self.log_probs[None], (rows, 1)), state


@pytest.mark.parametrize("uniform", [0.0, 0.5, NEARLY_ONE])
@pytest.mark.parametrize("temperature", [0.0, 1e-6, 1.0, 2.0])
def test_what_is_barred_or_impossible_is_never_drawn(uniform, temperature):
    # The reserved ids are all but certain, the others are not alike, two impossible.
    logs = [-1e-4, -9, -10, -11, -30, -np.inf, -25, -30.5, -np.inf]
    for top_k in (0, 1, 2, 4, 9):
        found = draw(Certain(logs), [[uniform]], 1, temperature, top_k)
        assert found[0, 0] in (4, 6, 7)
        if uniform == 0.0 or temperature < 1 or top_k == 1:
            assert found[0, 0] == 6


def test_the_ends_of_the_unit_interval_are_the_first_and_the_last_token():
    logs = np.log([0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.2])
    found = draw(Certain(logs), [[0.0], [NEARLY_ONE], [0.499], [0.501]], 1, 1.0, 0)
    assert found[:, 0].tolist() == [5, 4, 5, 6]


def test_other_ids_can_be_barred():
    logs = np.log([0.4, 0.3, 0.2, 0.1])
    found = draw(Certain(logs), [[0.0], [NEARLY_ONE]], 1, 1.0, 0, barred=(0, 3))
    assert found[:, 0].tolist() == [1, 2]


def test_no_rows_and_no_steps_write_nothing():
    chain = Chain(seed=1)
    assert draw(chain, np.zeros((0, 4)), 4, 1.0, 0).shape == (0, 4)
    assert draw(chain, np.zeros((2, 0)), 0, 1.0, 0).shape == (2, 0)


def test_it_is_one_loop_in_a_graph_whatever_the_length():
    chain = Chain(seed=1)

    @tf.function(input_signature=[tf.TensorSpec([None, None]), tf.TensorSpec([None])])
    def write(uniforms, temperature):
        rows = tf.shape(uniforms)[0]
        return sample(
            chain.step,
            {"steps": tf.zeros([rows], tf.int32)},
            tf.fill([rows], START),
            uniforms=uniforms,
            lengths=tf.fill([rows], tf.shape(uniforms)[1]),
            temperature=temperature,
            top_k=tf.zeros([rows], tf.int32),
        )

    uniforms = np.random.default_rng(2).random((3, 9)).astype("float32")
    found = write(uniforms, tf.ones([3]))
    np.testing.assert_array_equal(found, draw(chain, uniforms, 9, 1.0, 0))
    loops = [
        node.op
        for node in write.get_concrete_function().graph.as_graph_def().node
        if "While" in node.op
    ]
    assert len(loops) == 1
