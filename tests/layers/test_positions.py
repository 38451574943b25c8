"""Sinusoidal, learned and rotary positions against their formulas."""

import math

import keras
import numpy as np
import pytest

from zoo.layers.positions import (
    PositionEmbedding,
    RotaryEmbedding,
    SinePositionEncoding,
    sinusoidal_positions,
)

B, T, D, H = 2, 5, 8, 3
PLACES = np.array([[0, 1, 2, 3, 4], [7, 90, 2, 2, 1000]])


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


def close(one, other, tolerance=1e-10):
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def by_formula(position, width, wavelength=10000):
    """Section 3.5 of the Transformer's paper, number by number."""
    numbers = []
    for i in range(width // 2):
        angle = position / wavelength ** (2 * i / width)
        numbers += [math.sin(angle), math.cos(angle)]
    return numbers


@pytest.mark.parametrize("wavelength", [10000, 50])
def test_sinusoidal_positions_are_the_paper_s_formula(wavelength):
    layer = SinePositionEncoding(wavelength, dtype="float64")
    expected = [[by_formula(place, D, wavelength) for place in row] for row in PLACES]
    close(layer(normal(1, B, T, D), positions=PLACES), expected)


def test_sines_first_are_the_paper_s_columns_in_another_order():
    halves = sinusoidal_positions(PLACES, D, interleaved=False, dtype="float64")
    paper = np.asarray(sinusoidal_positions(PLACES, D, dtype="float64"))
    close(halves, paper[..., [0, 2, 4, 6, 1, 3, 5, 7]])


def test_the_positions_are_sines_and_cosines_of_falling_frequencies():
    positions = np.asarray(sinusoidal_positions(np.array([[0, 7]]), 4))
    expected = [math.sin(7), math.cos(7), math.sin(0.07), math.cos(0.07)]
    close(positions[0], [[0, 1, 0, 1], expected], 1e-6)


def test_a_shift_of_sinusoidal_positions_is_one_rotation_wherever_it_begins():
    positions = np.asarray(sinusoidal_positions(np.arange(40), D, dtype="float64"))
    turn = np.linalg.lstsq(positions[:-7], positions[7:], rcond=None)[0]
    close(positions[:-7] @ turn, positions[7:], 1e-8)
    close(turn.T @ turn, np.eye(D), 1e-8)


@pytest.mark.parametrize(
    "layer", [SinePositionEncoding(), PositionEmbedding(T), RotaryEmbedding()]
)
def test_without_positions_they_are_counted_from_zero(layer):
    inputs = normal(1, B, T, D)
    close(layer(inputs), layer(inputs, positions=np.arange(T)), 0)
    both = keras.ops.broadcast_to(layer(inputs), (B, T, D))
    close(both, layer(inputs, positions=np.stack([np.arange(T)] * B)), 0)


def test_a_learned_position_is_a_row_of_the_table():
    layer = PositionEmbedding(9, "normal", dtype="float64")
    rows = np.array([[0, 1, 8, 8, 2], [3, 4, 5, 6, 7]])
    outputs = layer(normal(1, B, T, D), positions=rows)
    (table,) = layer.get_weights()
    assert table.shape == (9, D)
    close(outputs, table[rows], 0)


def test_rotary_positions_multiply_pairs_as_complex_numbers():
    inputs = normal(1, B, T, D)
    turned = np.asarray(RotaryEmbedding(dtype="float64")(inputs, positions=PLACES))
    first, second = inputs[..., : D // 2], inputs[..., D // 2 :]
    rates = 10000.0 ** (-2 * np.arange(D // 2) / D)
    expected = (first + 1j * second) * np.exp(1j * PLACES[..., None] * rates)
    close(turned[..., : D // 2], expected.real)
    close(turned[..., D // 2 :], expected.imag)


def test_rotary_positions_turn_all_heads_alike():
    layer, inputs = RotaryEmbedding(dtype="float64"), normal(1, B, T, H, D)
    together = layer(inputs, positions=PLACES)
    for head in range(H):
        close(together[:, :, head], layer(inputs[:, :, head], positions=PLACES))


def test_a_rotated_product_depends_on_the_distance_alone_and_keeps_lengths():
    layer = RotaryEmbedding(dtype="float64")
    query, key = normal(1, 1, 1, D), normal(2, 1, 1, D)

    def product(at, place):
        turned = layer(query, positions=np.array([at]))
        return np.sum(turned * layer(key, positions=np.array([place])))

    assert product(12, 5) == pytest.approx(product(7, 0), rel=1e-10)
    assert abs(product(12, 5) - product(12, 6)) > 1e-3
    turned = layer(query, positions=np.array([77]))
    assert np.linalg.norm(turned) == pytest.approx(np.linalg.norm(query), rel=1e-12)


@pytest.mark.parametrize("kind", [SinePositionEncoding, RotaryEmbedding])
def test_half_precision_tells_far_positions_apart(kind):
    inputs, places = np.ones((1, 2, D)), np.array([2000, 2001])
    exact = kind(dtype="float64")(inputs, positions=places)
    rough = kind(dtype="mixed_bfloat16")(inputs, positions=places)
    assert rough.dtype == "bfloat16"
    close(keras.ops.cast(rough, "float64"), exact, 0.02)


@pytest.mark.parametrize(
    "layer",
    [
        SinePositionEncoding(50, False),
        PositionEmbedding(7, "normal"),
        RotaryEmbedding(50),
    ],
)
def test_they_are_saved_and_loaded_with_a_model(layer, tmp_path):
    inputs = keras.Input((None, D))
    model = keras.Model(inputs, inputs + layer(inputs))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    given = normal(1, B, T, D).astype("float32")
    np.testing.assert_array_equal(again(given), model(given))
    config = again.layers[1].get_config()
    assert config == layer.get_config()
    assert {50, 7} & {config.get("max_wavelength"), config.get("sequence_length")}


def test_more_steps_than_the_table_has_rows_are_refused():
    sentence = "no more steps than the table.*5 steps, sequence_length=4"
    with pytest.raises(ValueError, match=sentence):
        PositionEmbedding(4)(normal(1, B, T, D))


@pytest.mark.parametrize("kind", [SinePositionEncoding, RotaryEmbedding])
def test_an_odd_width_and_a_wavelength_that_is_not_positive_are_refused(kind):
    with pytest.raises(ValueError, match="`width` must be even.*width=7"):
        kind()(normal(1, B, T, 7))
    with pytest.raises(ValueError, match="`max_wavelength` must be positive.*=0"):
        kind(max_wavelength=0)


@pytest.mark.parametrize("length", [0, None])
def test_a_table_without_rows_is_refused(length):
    with pytest.raises(ValueError, match=f"`sequence_length` must be.*={length}"):
        PositionEmbedding(length)
