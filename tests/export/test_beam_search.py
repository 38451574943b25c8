"""Beam search with a limit for each row, against every answer that there is."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tests.small_captioners import spread
from tests.small_translators import PARTS
from zoo.export.beam_search import BeamSearch, best_of
from zoo.models.translator import build_translator
from zoo.tokens import END, PAD, START

SOURCE = np.array([[4, 5, 6], [6, 4, PAD], [5, PAD, PAD]], np.int32)
LIMITS = [1, 3, 2]
WORDS = (4, 5, 6)
ALL = 1 + 3 + 9  # answers of at most three pieces, END the last


@pytest.fixture(scope="module", params=list(PARTS))
def model(request):
    encoder, decoder = PARTS[request.param]
    options = {"encoder": encoder, "decoder": decoder, "width": 8}
    made = build_translator(options, 7)
    spread(made, seed=3)
    return made


def every_answer(model, source, limit, penalty):
    """All answers of at most `limit` pieces with their scores, best first."""
    found = []
    for count in range(limit):
        for words in itertools.product(WORDS, repeat=count):
            target = [*words, END]
            inputs = {
                "source": source[None],
                "tokens": np.array([[START, *words]], np.int32),
            }
            logs = np.array(ops.log_softmax(model(inputs)))[0]
            total = sum(logs[place, token] for place, token in enumerate(target))
            found.append((total / ((5 + len(target)) / 6) ** penalty, target))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_a_beam_wide_enough_finds_every_answer_within_each_rows_limit(model, penalty):
    tokens, scores = BeamSearch(model, 8)(
        tf.constant(SOURCE),
        tf.fill([3], ALL),
        tf.fill([3], penalty),
        tf.constant(LIMITS),
    )
    for row, limit in enumerate(LIMITS):
        expected = every_answer(model, SOURCE[row], limit, penalty)
        found = [
            (score, [token for token in answer if token != PAD])
            for score, answer in zip(
                scores.numpy()[row].tolist(), tokens.numpy()[row].tolist(), strict=True
            )
            if score > -1e8
        ]
        assert [answer for _, answer in found] == [answer for _, answer in expected]
        np.testing.assert_allclose(
            [score for score, _ in found],
            [score for score, _ in expected],
            rtol=1e-4,
        )


def test_without_limits_an_answer_may_end_without_an_end(model):
    tokens, _ = BeamSearch(model, 3)(
        tf.constant(SOURCE), tf.fill([3], 40), tf.fill([3], 0.0)
    )
    lengths = (tokens.numpy() != PAD).sum(axis=-1)
    ended = (tokens.numpy() == END).any(axis=-1)
    assert (~ended & (lengths == 3)).any() and tokens.shape[-1] == 3


def test_of_equal_searches_the_narrowest_is_chosen():
    table = [
        {"width": width, "length_penalty": penalty, "bleu": bleu}
        for width, penalty, bleu in [
            (8, 0.5, 40.0),
            (5, 0.0, 39.0),
            (5, 1.0, 39.5),
            (3, 1.5, 40.0),
        ]
    ]
    assert best_of(table, "bleu") == {
        "width": 3,
        "length_penalty": 1.5,
        "length_penalty_beam5": 1.0,
        "table": table,
    }


def test_a_graph_that_knows_its_rows_finds_the_same(model):
    search = BeamSearch(model, 8)
    asked = [
        tf.constant(SOURCE),
        tf.fill([3], 4),
        tf.fill([3], 1.0),
        tf.constant(LIMITS),
    ]
    tokens, scores = search(*asked)
    traced = tf.function(lambda *given: search(*given))(*asked)  # its shapes are known
    np.testing.assert_array_equal(traced[0], tokens)
    np.testing.assert_allclose(traced[1], scores, rtol=1e-5)
