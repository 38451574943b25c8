"""The Transformer decoder against Keras's layers, and the contract of every decoder."""

import math

import keras
import numpy as np
import pytest

from zoo.layers.memory import Memory
from zoo.layers.transformer_decoder import TransformerDecoder, TransformerDecoderLayer

B, S, T, D, H, L, F = 3, 4, 5, 8, 2, 2, 12
MEMORY_MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0]], bool)
KINDS = {
    "post-norm, sinusoidal": {},
    "pre-norm": {"normalize_first": True},
    "learned": {"positions": "learned", "sequence_length": 9},
    "rotary": {"positions": "rotary"},
    "restricted": {"window": 2},
    "language model": {"cross_attention": False, "positions": None},
    "language model, restricted, rotary": {
        "cross_attention": False,
        "positions": "rotary",
        "normalize_first": True,
        "window": 1,
    },
}
every_kind = pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
# Between them, every part and every option.
FEW = ["learned", "restricted", "language model, restricted, rotary"]
few_kinds = pytest.mark.parametrize("options", [KINDS[kind] for kind in FEW], ids=FEW)


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
    """A memory, projected; None for a language model."""
    if not decoder.cross_attention:
        return decoder.project(None)
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
    before = decoder.normalize_first

    def residual(norm, branch, hidden):
        norm = stock_norm(norm)
        return (
            hidden + branch(norm(hidden)) if before else norm(hidden + branch(hidden))
        )

    for ours in decoder.stack:
        own = stock_attention(ours.self_attention)
        other = stock_attention(ours.attend)
        first, first_bias = ours.widen.get_weights()
        second, second_bias = ours.narrow.get_weights()

        def look(query, own=own):
            behind = np.arange(T)[:, None] - np.arange(T)
            seen = (behind >= 0) & (behind <= (decoder.window or T))
            return own(query, query, attention_mask=seen[None])

        def remember_it(query, other=other):
            context, weights = other(
                query,
                memory.states,
                attention_mask=MEMORY_MASK[:, None],
                return_attention_scores=True,
            )
            attention.append(weights)
            return context

        def think(query, first=first, second=second, biases=(first_bias, second_bias)):
            return np.maximum(query @ first + biases[0], 0) @ second + biases[1]

        hidden = residual(ours.norms[0], look, hidden)
        hidden = residual(ours.norms[1], remember_it, hidden)
        hidden = residual(ours.norms[2], think, hidden)
    if before:
        hidden = stock_norm(decoder.norm)(hidden)
    return hidden, np.stack(attention, axis=1)


@pytest.mark.parametrize(
    "options",
    [{}, {"normalize_first": True}, {"window": 1}, {"window": 3}, {"window": T}],
)
def test_it_is_the_composition_of_stock_layers(options):
    decoder, inputs = make(**options), normal(1, B, T, D)
    expected, weights = by_keras(decoder, inputs, remember(decoder))
    for length in (T, None):  # with caches, and without
        hidden, _, attention = read(decoder, inputs, length)
        close(hidden, expected)
        close(attention, weights)


def test_a_layer_alone_sees_no_later_step():
    for window in (None, 2):
        layer = TransformerDecoderLayer(F, H, cross_attention=False, window=window)
        inputs = normal(1, B, T, D).astype("float32")
        whole, *rest = layer(inputs)
        assert rest == [None, None, None]
        close(layer(inputs[:, :3])[0], whole[:, :3], 1e-5)


def test_a_window_of_one_layer_hides_what_stands_before_it():
    decoder, inputs = make(window=1), normal(1, B, T, D)
    changed = inputs.copy()
    changed[:, 0] += normal(2, D)
    for length in (T, None):
        moved = read(decoder, inputs, length)[0] - read(decoder, changed, length)[0]
        touched = np.abs(np.asarray(moved)).max(axis=(0, 2)) > 1e-9
        assert touched.tolist() == [True, True, True, False, False]  # L = 2 layers far


@every_kind
def test_step_by_step_with_the_cache_is_teacher_forcing(options):
    decoder, inputs = make(**options), normal(1, B, T, D)
    memory, state = remember(decoder), decoder.initial_state(B, T)
    whole, final, attention = decoder(inputs, memory, state)
    for step in range(T):
        hidden, state, weights = decoder(inputs[:, step : step + 1], memory, state)
        close(hidden[:, 0], whole[:, step])
        if memory:
            close(weights[..., 0, :], attention[..., step, :])
    keras.tree.map_structure(close, state, final)


@every_kind
def test_a_text_read_whole_without_caches_is_the_same(options):
    decoder, inputs = make(**options), normal(1, B, T, D)
    memory = remember(decoder)
    cached, _, attention = decoder(inputs, memory, decoder.initial_state(B, T))
    whole, state, weights = decoder(inputs, memory, decoder.initial_state(B))
    close(whole, cached)
    if memory:
        close(weights, attention)
    with pytest.raises(ValueError, match="`state` must come from .*read whole"):
        decoder(inputs, memory, state)


@few_kinds
def test_rows_may_stand_at_different_steps(options):
    decoder, inputs = make(**options), normal(1, B, T, D)
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
    close(hidden, np.stack([whole[0, 3:5], whole[1, 1:3], whole[2, :2]]))
    assert np.asarray(state["position"]).tolist() == [5, 3, 2]


@few_kinds
def test_a_longer_cache_changes_nothing(options):
    decoder, inputs = make(**options), normal(1, B, T, D)
    close(read(decoder, inputs)[0], read(decoder, inputs, T + 4)[0])


@every_kind
def test_a_later_token_changes_no_earlier_output(options):
    decoder, inputs = make(**options), normal(1, B, T, D)
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


def test_the_config_gives_the_same_decoder_again():
    decoder = make(dropout=0.25)
    config = keras.saving.serialize_keras_object(decoder)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == decoder.get_config()
    assert again.built  # as the config says
    again.set_weights(decoder.get_weights())
    inputs = normal(1, B, T, D)
    close(read(again, inputs)[0], read(decoder, inputs)[0])


@few_kinds
def test_mixed_precision_reaches_every_part(options):
    decoder, exact = make("mixed_bfloat16", **options), make("float32", **options)
    scaled = [0.4 * weight for weight in exact.get_weights()]
    exact.set_weights(scaled)
    decoder.set_weights(scaled)
    inputs = normal(1, B, T, D)
    hidden, state, _ = read(decoder, inputs)
    kinds = {leaf.dtype.name for leaf in keras.tree.flatten([hidden, state["caches"]])}
    assert kinds == {"bfloat16"}
    hidden = np.asarray(keras.ops.cast(hidden, "float32"))
    assert np.isfinite(hidden).all()
    close(hidden, read(exact, inputs)[0], 0.1)
