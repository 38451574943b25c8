"""Beam search against brute force, a search by hand, and greedy decoding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from keras import ops

from tests.decode.fake_models import (
    ENDS,
    Remembering,
    Speller,
    all_hypotheses,
    beam_by_hand,
    read,
    unpad,
)
from zoo import decode
from zoo.tokens import END, PAD

PENALTIES = [0.0, 0.6, 1.0, 2.5, -0.5]


def search(model, width, penalty, max_width=None, rows=None):
    """Beam search of a `Remembering` model over some of its rows, as numpy arrays."""
    rows = np.arange(len(model.table)) if rows is None else np.array(rows, "int32")
    tokens, scores = decode.beam(
        model.step,
        model.state(rows),
        len(rows),
        **ENDS,
        width=np.broadcast_to(np.array(width, "int32"), len(rows)),
        length_penalty=np.broadcast_to(np.array(penalty, "float32"), len(rows)),
        max_width=int(np.max(width)) if max_width is None else max_width,
        max_length=model.length,
    )
    return np.array(tokens), np.array(scores)


def check(model, tokens, scores, expected):
    """Compares one row's answer with (score, tokens) pairs; the rest must be spare.

    The order is that of the scores: a Markov model's rearranged hypotheses tie.
    """
    found = len(expected)
    score_of = {tuple(model.padded(tokens)): score for score, tokens in expected}
    hypotheses = [tuple(hypothesis) for hypothesis in tokens[:found].tolist()]
    assert set(hypotheses) == set(score_of)
    own = [score_of[hypothesis] for hypothesis in hypotheses]
    np.testing.assert_allclose(scores[:found], own, rtol=1e-5)
    assert (np.diff(scores) <= 0).all()
    assert (tokens[found:] == PAD).all()
    assert (scores[found:] == -1e9).all()


@pytest.mark.parametrize("markov", [True, False])
@pytest.mark.parametrize(("vocabulary", "length"), [(4, 4), (5, 3), (4, 1)])
@pytest.mark.parametrize("seed", range(3))
def test_a_beam_as_wide_as_the_tree_equals_brute_force(
    seed, vocabulary, length, markov
):
    rows = len(PENALTIES)
    model = Remembering(rows, vocabulary, length, seed, markov)
    tokens, scores = search(model, vocabulary**length, PENALTIES)
    for row, penalty in enumerate(PENALTIES):
        expected = all_hypotheses(model, row, penalty)
        check(model, tokens[row], scores[row], expected)


@pytest.mark.parametrize("width", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("seed", range(3))
def test_a_narrow_beam_equals_a_search_by_hand(seed, width):
    model = Remembering(len(PENALTIES), vocabulary=5, length=4, seed=seed)
    tokens, scores = search(model, width, PENALTIES)
    for row, penalty in enumerate(PENALTIES):
        expected = beam_by_hand(model, row, width, penalty)
        check(model, tokens[row], scores[row], expected)


@pytest.mark.parametrize("max_width", [1, 4])
@pytest.mark.parametrize("seed", range(5))
def test_width_one_equals_greedy_token_for_token(seed, max_width):
    model = Remembering(rows=8, vocabulary=5, length=4, seed=seed)
    tokens, scores = search(model, 1, 0.0, max_width)
    best, total = decode.greedy(model.step, model.state(), 8, **ENDS, max_length=4)
    np.testing.assert_array_equal(tokens[:, 0], best)
    np.testing.assert_array_equal(scores[:, 0], total)


def test_width_one_settles_ties_as_greedy_does():
    def step(tokens, state):
        return ops.log(ops.full(ops.shape(tokens) + (8,), 0.125)), state

    options = {"width": [1, 1], "length_penalty": [0.0, 0.6], "max_width": 3}
    tokens, _ = decode.beam(step, (), 2, **ENDS, **options, max_length=3)
    best, _ = decode.greedy(step, (), 2, **ENDS, max_length=3)
    np.testing.assert_array_equal(tokens[:, 0], best)


def test_rows_of_different_widths_and_penalties_equal_each_row_alone():
    model = Remembering(rows=6, vocabulary=5, length=4, seed=7)
    widths, penalties = [3, 1, 7, 2, 5, 4], [0.0, 0.6, 1.0, 2.0, 0.3, -1.0]
    tokens, scores = search(model, widths, penalties)
    assert tokens.shape == (6, 7, 4)
    for row, width in enumerate(widths):
        alone, alone_scores = search(model, width, penalties[row], rows=[row])
        np.testing.assert_array_equal(tokens[row, :width], alone[0])
        np.testing.assert_allclose(scores[row, :width], alone_scores[0], rtol=1e-6)
        assert (tokens[row, width:] == PAD).all()
        assert (scores[row, width:] == -1e9).all()


@pytest.mark.parametrize("width", [2, 3, 6])
def test_the_state_stays_with_its_hypothesis(width):
    """The state is the whole past, so a swapped one would give another's score."""
    model = Remembering(rows=20, vocabulary=5, length=4, seed=width)
    tokens, scores = search(model, width, 0.6)
    rescored = [
        [model.score(row, unpad(t), 0.6) for t in tokens[row]] for row in range(20)
    ]
    np.testing.assert_allclose(scores, rescored, rtol=1e-5)


def test_a_history_kept_in_the_state_is_the_returned_beginning():
    model = Remembering(rows=5, vocabulary=5, length=4, seed=3)
    seen = []

    def step(tokens, state):
        fed = ops.concatenate([state["fed"][:, 1:], tokens[:, None]], axis=1)
        log_probs, inner = model.step(tokens, state["inner"])
        # Without an end, so that every hypothesis is as long as the recording.
        log_probs = ops.where(ops.arange(5) == END, -1e9, log_probs)
        seen.append(np.array(fed))
        return log_probs, {"fed": fed, "inner": inner}

    state = {"fed": ops.zeros((5, 4), dtype="int32"), "inner": model.state()}
    options = {"width": [3] * 5, "length_penalty": [0.0] * 5, "max_width": 3}
    tokens, _ = decode.beam(step, state, 5, **ENDS, **options, max_length=4)
    recorded = seen[-1].reshape(5, 3, 4)[:, :, 1:].tolist()
    assert len(seen) == 4
    for row, hypotheses in enumerate(np.array(tokens)[:, :, :3].tolist()):
        assert all(beginning in recorded[row] for beginning in hypotheses)


def test_each_row_spells_its_word_and_stays_ended():
    words = ["zoo", "sequence", "", "a"]
    model = Speller(words, length=20)
    options = {"width": [3] * 4, "length_penalty": [0.6] * 4, "max_width": 3}
    tokens, _ = decode.beam(
        model.step, model.state(), 4, **ENDS, **options, max_length=20
    )
    assert [read(row[0]) for row in np.array(tokens)] == [word + ">" for word in words]
    for hypothesis in np.array(tokens).reshape(-1, 20).tolist():
        ended = hypothesis.index(END) if END in hypothesis else 20
        assert not any(hypothesis[ended + 1 :])


def test_decoding_stops_when_every_hypothesis_has_ended():
    model = Speller(["ab", "abc"], length=50)
    options = {"width": [1, 1], "length_penalty": [0.0, 0.0], "max_width": 4}
    decode.beam(model.step, model.state(), 2, **ENDS, **options, max_length=50)
    assert model.calls == 4


def test_forbidden_tokens_make_no_hypothesis():
    model = Remembering(rows=2, vocabulary=5, length=3, seed=0)
    allowed = np.array([False, False, False, True, True])

    def step(tokens, state):
        log_probs, state = model.step(tokens, state)
        forbidden = ops.where(state["row"] == 0, -1e9, -np.inf)[:, None]
        return ops.where(allowed, log_probs, forbidden), state

    options = {"width": [9, 9], "length_penalty": [3.0, 3.0], "max_width": 9}
    tokens, scores = decode.beam(
        step, model.state(), 2, **ENDS, **options, max_length=3
    )
    for row in np.array(tokens):
        found = {tuple(hypothesis) for hypothesis in row[:4].tolist()}
        assert found == {(3, 0, 0), (4, 3, 0), (4, 4, 3), (4, 4, 4)}
    assert (np.array(tokens)[:, 4:] == PAD).all()
    assert (np.array(scores)[:, 4:] == -1e9).all()


def test_an_empty_batch_gives_an_empty_answer():
    model = Remembering(rows=1, vocabulary=5, length=4, seed=0)
    tokens, scores = search(model, [], [], max_width=3, rows=[])
    assert tokens.shape == (0, 3, 4)
    assert scores.shape == (0, 3)


@pytest.mark.parametrize("batch", [None, 4])
@pytest.mark.parametrize("fixed", [None, 1, 3])
def test_a_graph_with_sizes_unknown_equals_eager(batch, fixed):
    import tensorflow as tf

    model = Remembering(rows=6, vocabulary=5, length=4, seed=1)

    def run(rows, width, penalty, places):
        options = {"width": width, "length_penalty": penalty, "max_length": 4}
        options |= {"max_width": places if fixed is None else fixed}
        size = ops.shape(rows)[0]
        return decode.beam(model.step, model.state(rows), size, **ENDS, **options)

    kinds = ["int32", "int32", "float32"]
    signature = [tf.TensorSpec([batch], kind) for kind in kinds]
    graph = tf.function(run, input_signature=[*signature, tf.TensorSpec([], "int32")])
    for rows in ([5, 0, 3, 1],) if batch else ([5, 0, 3, 1], [2], []):
        width = tf.constant([1, 3, 2, 3][: len(rows)], tf.int32)
        penalty = tf.constant([0.0, 0.6, 1.0, 2.0][: len(rows)])
        asked = (tf.constant(rows, tf.int32), width, penalty, tf.reduce_max(width))
        for ours, theirs in zip(graph(*asked), run(*asked), strict=True):
            assert ours.shape == theirs.shape
            np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@pytest.mark.parametrize("name", ["max_width", "max_length"])
@pytest.mark.parametrize("size", [0, -1, 2.5, "3", None])
def test_an_impossible_size_is_refused_by_name_rule_and_value(name, size):
    options = {"max_width": 2, "max_length": 2} | {name: size}
    with pytest.raises(ValueError, match=f"{name} must be .* >= 1, got {size!r}"):
        decode.beam(
            lambda *_: None, (), 1, **ENDS, width=[1], length_penalty=[0.0], **options
        )


ON_JAX = """
import json, sys
import jax
import numpy as np
from tests.decode import test_beam
from tests.decode.fake_models import ENDS, Remembering
from zoo import decode

model = Remembering(rows=5, vocabulary=5, length=4, seed=11)
tokens, scores = test_beam.search(model, [1, 2, 3, 4, 5], test_beam.PENALTIES)
greedy = decode.greedy(model.step, model.state(), 5, **ENDS, max_length=4)[0]
compiled = jax.jit(lambda state, width, penalty: decode.beam(
    model.step, state, 5, **ENDS, width=width, length_penalty=penalty,
    max_width=5, max_length=4))
again, _ = compiled(model.state(), np.arange(1, 6), np.array(test_beam.PENALTIES))
assert np.array_equal(again, tokens)
test_beam.test_an_empty_batch_gives_an_empty_answer()
wide, _ = test_beam.search(model, [1] * 5, 0.0, max_width=jax.numpy.array(2))
assert wide.shape == (5, 2, 4)
assert "tensorflow" not in sys.modules
print(json.dumps([tokens.tolist(), scores.tolist(), np.array(greedy).tolist()]))
"""


def test_jax_gives_the_same_answers_without_tensorflow():
    root = str(Path(__file__).parents[2])
    env = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    env |= {"PYTHONPATH": root}
    command = [sys.executable, "-c", ON_JAX]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    tokens, scores, best = json.loads(done.stdout.splitlines()[-1])
    model = Remembering(rows=5, vocabulary=5, length=4, seed=11)
    ours, our_scores = search(model, [1, 2, 3, 4, 5], PENALTIES)
    np.testing.assert_array_equal(tokens, ours)
    np.testing.assert_allclose(scores, our_scores, rtol=1e-5)
    greedy, _ = decode.greedy(model.step, model.state(), 5, **ENDS, max_length=4)
    np.testing.assert_array_equal(best, greedy)
