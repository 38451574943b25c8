"""Picks and means of a row's real places, by hand, and in half precision."""

import numpy as np
import pytest
from keras import ops

from tests.layers.feed_forward import D, make, normal
from zoo.layers.convolution import ConvolutionEncoder
from zoo.layers.memory import Memory
from zoo.layers.places import last_real, mean_real, real_places
from zoo.models.classifier import pool_mean

MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0]], bool)
LONG = 5000  # more than half precision can count: 2048 + 1 is 2048 there
means = pytest.mark.parametrize(
    "mean",
    [mean_real, lambda states, mask: pool_mean(Memory(states, mask, None))],
    ids=["mean_real", "pool_mean"],
)


@means
def test_the_mean_is_that_of_the_real_states_whatever_stands_beside_them(mean):
    states = normal(1, 4, 4, D)
    expected = [
        row[mask].mean(axis=0) for row, mask in zip(states[:3], MASK[:3], strict=True)
    ]
    for beside in (0.0, 1e3, np.nan, np.inf):
        given = np.where(MASK[..., None], states, beside)
        got = np.asarray(mean(ops.array(given), ops.array(MASK)))
        np.testing.assert_allclose(got[:3], expected, rtol=1e-12)
        np.testing.assert_array_equal(got[3], np.zeros(D))


def test_the_last_real_state_is_picked_whatever_stands_beside_it():
    states = normal(1, 4, 4, D)
    given = np.where(MASK[..., None], states, np.nan)
    got = np.asarray(last_real(ops.array(given), ops.array(MASK)))
    expected = [states[0, 3], states[1, 1], states[2, 3], np.zeros(D)]
    np.testing.assert_array_equal(got, expected)


@means
def test_the_mean_of_many_states_is_exact_in_half_precision(mean):
    mask = np.arange(LONG) < np.array([[LONG], [LONG - 1500]])
    states = 1 + normal(1, 2, LONG, D).astype("float16")
    got = mean(ops.array(states), ops.array(mask))
    assert ops.dtype(got) == "float16"
    expected = [
        row[real].astype("float64").mean(0)
        for row, real in zip(states, mask, strict=True)
    ]
    np.testing.assert_allclose(got, expected, rtol=1e-3)
    ones = ops.ones((1, LONG, 1), "float16")
    np.testing.assert_array_equal(mean(ones, ops.array(mask[:1])), [[1.0]])


def test_an_encoder_of_half_precision_sums_up_a_long_row():
    kind = (ConvolutionEncoder, {"filters": 6, "num_layers": 1, "padding": "centred"})
    memory = make(kind, "mixed_float16")(normal(1, 1, LONG, D))
    expected = np.asarray(memory.states).astype("float64").mean(axis=1)
    np.testing.assert_allclose(memory.summary, expected, rtol=2e-3, atol=2e-3)


def test_all_places_are_real_where_no_mask_is_given():
    inputs = ops.zeros((2, 3, D))
    assert np.asarray(real_places(inputs, None)).tolist() == [[True] * 3] * 2
    numbers = np.array([[1, 1, 0], [1, 0, 0]])
    given = real_places(inputs, ops.array(numbers))
    assert ops.dtype(given) == "bool"
    assert np.asarray(given).tolist() == (numbers > 0).tolist()
