"""The Transformer decoder against Keras's layers, and the contract of every decoder."""

import math

import keras
import numpy as np
import pytest

from zoo.layers import Memory, TransformerDecoder
from zoo.layers.transformer_decoder import sinusoidal_positions

B, S, T, D, H, L, F = 3, 4, 5, 8, 2, 2, 12
MEMORY_MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0]], bool)


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


def make(dtype="float64", **options):
    decoder = TransformerDecoder(L, D, H, F, dtype=dtype, **options)
    decoder.build((None, None, D))
    decoder.set_weights(
        [0.5 * normal(i, *w.shape) for i, w in enumerate(decoder.weights)]
    )
    return decoder


def remember(decoder):
    """A memory, projected."""
    states = keras.ops.array(normal(40, B, S, D))
    mask = keras.ops.array(MEMORY_MASK)
    return decoder.project(Memory(states, mask, keras.ops.mean(states, axis=1)))


def read(decoder, inputs, length=T):
    return decoder(inputs, remember(decoder), decoder.initial_state(B, length))


def rows_of(structure, rows):
    """The chosen rows of every leaf."""
    return keras.tree.map_structure(
        lambda leaf: keras.ops.take(leaf, rows, axis=0), structure
    )


def close(one, other, tolerance=1e-10):
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def stock(layer, like, *shapes):
    """Builds a stock layer with the weights of one of ours."""
    layer.build(*shapes)
    pairs = zip(like.get_weights(), layer.weights, strict=True)
    layer.set_weights([weight.reshape(own.shape) for weight, own in pairs])
    return layer


def stock_attention(like):
    layer = keras.layers.MultiHeadAttention(H, D // H, dtype="float64")
    return stock(layer, like, (B, T, D), (B, S, D))


def stock_norm(like):
    norm = keras.layers.LayerNormalization(epsilon=1e-6, dtype="float64")
    return stock(norm, like, (B, T, D))


def by_keras(decoder, inputs, memory):
    """The decoder composed of stock layers."""
    places = np.zeros((T, D))
    for step in range(T):
        for pair in range(D // 2):
            angle = step / 10000 ** (2 * pair / D)
            places[step, pair] = math.sin(angle)
            places[step, pair + D // 2] = math.cos(angle)
    hidden, attention = inputs * math.sqrt(D) + places, []
    for ours in decoder.stack:
        normed = stock_norm(ours.norms[0])(hidden)
        own = stock_attention(ours.self_attention)
        hidden = hidden + own(normed, normed, use_causal_mask=True)
        branch, weights = stock_attention(ours.cross_attention)(
            stock_norm(ours.norms[1])(hidden),
            memory.states,
            attention_mask=MEMORY_MASK[:, None],
            return_attention_scores=True,
        )
        hidden = hidden + branch
        attention.append(weights)
        first, first_bias = ours.widen.get_weights()
        second, second_bias = ours.narrow.get_weights()
        wide = np.maximum(stock_norm(ours.norms[2])(hidden) @ first + first_bias, 0)
        hidden = hidden + wide @ second + second_bias
    return stock_norm(decoder.norm)(hidden), np.stack(attention, axis=1)


def test_it_is_the_composition_of_stock_layers():
    decoder, inputs = make(), normal(1, B, T, D)
    hidden, _, attention = read(decoder, inputs)
    expected, weights = by_keras(decoder, inputs, remember(decoder))
    close(hidden, expected, 1e-5)  # our positions are float32
    close(attention, weights, 1e-5)


def test_step_by_step_with_the_cache_is_teacher_forcing():
    decoder, inputs = make(), normal(1, B, T, D)
    memory, state = remember(decoder), decoder.initial_state(B, T)
    whole, final, attention = decoder(inputs, memory, state)
    for step in range(T):
        hidden, state, weights = decoder(inputs[:, step : step + 1], memory, state)
        # Not closer: the sine of a float32 differs a little between one and many.
        close(hidden[:, 0], whole[:, step], 1e-6)
        close(weights[..., 0, :], attention[..., step, :], 1e-6)
    keras.tree.map_structure(lambda *pair: close(*pair, 1e-6), state, final)


def test_rows_may_stand_at_different_steps():
    decoder, inputs = make(), normal(1, B, T, D)
    memory, start = remember(decoder), decoder.initial_state(B, T)
    whole, _, _ = decoder(inputs, memory, start)
    _, ahead, _ = decoder(inputs[:, :3], memory, start)
    _, started, _ = decoder(inputs[:, :1], memory, start)
    mixed = keras.tree.map_structure(
        lambda *states: keras.ops.stack([s[row] for row, s in enumerate(states)]),
        ahead,
        started,
        start,
    )
    now = np.stack([inputs[0, 3:5], inputs[1, 1:3], inputs[2, :2]])
    hidden, state, _ = decoder(now, memory, mixed)
    close(hidden, np.stack([whole[0, 3:5], whole[1, 1:3], whole[2, :2]]), 1e-6)
    assert np.asarray(state["position"]).tolist() == [5, 3, 2]


def test_a_longer_cache_changes_nothing():
    decoder, inputs = make(), normal(1, B, T, D)
    close(read(decoder, inputs)[0], read(decoder, inputs, T + 4)[0])


def test_a_later_token_changes_no_earlier_output():
    decoder, inputs = make(), normal(1, B, T, D)
    changed = inputs.copy()
    changed[:, 3] += normal(2, D)
    before = np.asarray(read(decoder, inputs)[0])
    after = np.asarray(read(decoder, changed)[0])
    close(before[:, :3], after[:, :3])
    assert np.abs(before - after)[:, 3:].max() > 1e-3


def test_rows_do_not_know_of_one_another():
    decoder, inputs = make(), normal(1, B, T, D)
    memory, state = remember(decoder), decoder.initial_state(B, T)
    rows = [2, 0]
    some = decoder(inputs[rows], rows_of(memory, rows), rows_of(state, rows))
    whole = decoder(inputs, memory, state)
    keras.tree.map_structure(close, some, rows_of(whole, rows))


def test_every_leaf_of_the_state_and_of_the_memory_starts_with_the_batch():
    decoder = make()
    memory, state = remember(decoder), decoder.initial_state(B, T)
    after = decoder(normal(1, B, T, D), memory, state)[1]
    leaves = keras.tree.flatten([memory, state, after])
    assert all(leaf.shape[0] == B for leaf in leaves)


def test_attention_sums_to_one_and_leaves_masked_places_out():
    weights = np.asarray(read(make(), normal(1, B, T, D))[2])
    assert weights.shape == (B, L, H, T, S)
    close(weights.sum(axis=-1), 1.0)
    assert (weights[1, ..., 2:] == 0).all()


def test_the_mask_of_an_embedding_is_handed_on_and_changes_nothing():
    decoder = make("float32")
    inputs = keras.layers.Embedding(9, D, mask_zero=True)(np.array([[3, 4, 0]] * B))
    hidden, _, _ = read(decoder, inputs)
    assert hidden._keras_mask.numpy().tolist() == [[True, True, False]] * B
    close(hidden, read(decoder, np.asarray(inputs))[0], 1e-6)


def test_the_positions_are_sines_and_cosines_of_falling_frequencies():
    positions = np.asarray(sinusoidal_positions(np.array([[0, 7]]), 4))
    angles = [7.0, 7.0 / 100]
    expected = [*map(math.sin, angles), *map(math.cos, angles)]
    close(positions[0], [[0, 0, 1, 1], expected], 1e-6)


def test_the_config_gives_the_same_decoder_again():
    decoder = make(dropout=0.25)
    config = keras.saving.serialize_keras_object(decoder)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == decoder.get_config()
    assert again.built  # as the config says
    again.set_weights(decoder.get_weights())
    inputs = normal(1, B, T, D)
    close(read(again, inputs)[0], read(decoder, inputs)[0])


def test_mixed_precision_reaches_every_part():
    decoder, inputs = make("mixed_bfloat16"), normal(1, B, T, D)
    hidden, state, _ = read(decoder, inputs)
    kinds = {leaf.dtype.name for leaf in keras.tree.flatten([hidden, state["caches"]])}
    assert kinds == {"bfloat16"}
    assert np.isfinite(np.asarray(keras.ops.cast(hidden, "float32"))).all()


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"layers": 0}, "`layers` must be at least 1.*layers=0"),
        ({"width": 7, "heads": 7}, "`width` must be even.*width=7"),
        ({"heads": 3}, "`width` must be a positive multiple.*heads=3"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, sentence):
    good = {"layers": L, "width": D, "heads": H, "feed_forward": F}
    with pytest.raises(ValueError, match=sentence):
        TransformerDecoder(**{**good, **options})
