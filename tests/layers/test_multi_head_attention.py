"""Multi-head attention against its equation and Keras's layer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers.multi_head_attention import MultiHeadAttention

B, T, S, D, H, K, V = 3, 4, 5, 8, 2, 4, 3
# A whole row, a padded one, and one where nothing is real.
MEMORY_MASK = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0], [0, 0, 0, 0, 0]], bool)
SHAPES = {
    "plain": {},
    "narrow values": {"value_dim": V},
    "wide values": {"value_dim": 7},
    "no bias": {"use_bias": False},
    "other outputs": {"output_shape": 5, "value_dim": V},
}
every_shape = pytest.mark.parametrize("options", SHAPES.values(), ids=SHAPES)


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def make(dtype="float64", **options):
    layer = MultiHeadAttention(H, K, dtype=dtype, **options)
    layer.build((B, T, D))
    layer.set_weights([normal(i, *w.shape) for i, w in enumerate(layer.weights)])
    return layer


def copy_to_keras(layer, memory_width=D, **options):
    """Keras's multi-head attention with the layer's weights."""
    theirs = keras.layers.MultiHeadAttention(H, K, dtype="float64", **options)
    theirs.build((B, T, D), (B, S, memory_width))
    pairs = zip(layer.get_weights(), theirs.weights, strict=True)
    theirs.set_weights([weight.reshape(own.shape) for weight, own in pairs])
    return theirs


def attend(layer, query, memory, mask=None, **options):
    """Calls the layer with a mask `[B, S]` of the memory."""
    mask = None if mask is None else mask[:, None]
    projected = layer.project_memory(memory)
    return layer.attend(query, *projected, attention_mask=mask, **options)


def close(one, other, tolerance=1e-10):
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@every_shape
@pytest.mark.parametrize("masked", [False, True])
def test_it_is_that_of_keras(options, masked):
    layer, query, memory = make(**options), normal(7, B, T, D), normal(8, B, S, D)
    mask = normal(9, B, T, S) > 0
    mask[..., 0] = True
    mask = mask if masked else None
    theirs = copy_to_keras(layer, **options)
    expected = theirs(query, memory, attention_mask=mask, return_attention_scores=True)
    results = layer(query, memory, attention_mask=mask, return_attention_scores=True)
    for one, other in zip(results, expected, strict=True):
        close(one, other)
    close(layer(query, memory, memory, attention_mask=mask), expected[0])
    parts = layer.attend(query, *layer.project_memory(memory), attention_mask=mask)
    for one, other in zip(parts, expected, strict=True):
        close(one, other)


@every_shape
def test_its_gradients_are_those_of_keras(options):
    layer = make(**options)
    theirs = copy_to_keras(layer, **options)
    query, memory = tf.constant(normal(7, B, T, D)), tf.constant(normal(8, B, S, D))
    mask = MEMORY_MASK[:, None] | (np.arange(S) == 0)

    def gradients(call, variables):
        with tf.GradientTape() as tape:
            tape.watch([query, memory])
            outputs = call()
            loss = tf.reduce_sum(outputs * normal(9, *outputs.shape))
        return tape.gradient(loss, [query, memory, *[v.value for v in variables]])

    ours = gradients(
        lambda: layer(query, memory, attention_mask=mask),
        layer.trainable_variables,
    )
    expected = gradients(
        lambda: theirs(query, memory, attention_mask=mask), theirs.trainable_variables
    )
    for one, other in zip(ours, expected, strict=True):
        close(np.reshape(one, other.shape), other)


@pytest.mark.parametrize("causal", [False, True])
def test_self_attention_is_the_same_call_as_keras_s(causal):
    layer, vectors = make(value_dim=V), normal(7, B, T, D)
    theirs = copy_to_keras(layer, value_dim=V)
    given = (vectors, vectors, vectors)
    expected = theirs(*given, use_causal_mask=causal)
    close(layer(*given, use_causal_mask=causal), expected)
    close(layer(vectors, vectors, use_causal_mask=causal), expected)


def test_keys_may_be_other_vectors_than_values_as_in_keras():
    layer = MultiHeadAttention(H, K, V, dtype="float64")
    query, value, key = normal(7, B, T, D), normal(8, B, S, 3), normal(9, B, S, 5)
    layer(query, value, key)
    theirs = keras.layers.MultiHeadAttention(H, K, V, dtype="float64")
    theirs.build((B, T, D), (B, S, 3), (B, S, 5))
    pairs = zip(layer.get_weights(), theirs.weights, strict=True)
    theirs.set_weights([weight.reshape(own.shape) for weight, own in pairs])
    close(layer(query, value, key), theirs(query, value, key))


def test_the_masks_of_embeddings_are_heeded_as_in_keras():
    layer = make("float32")
    theirs = keras.layers.MultiHeadAttention(H, K)
    theirs.build((B, T, D), (B, S, D))
    pairs = zip(layer.get_weights(), theirs.weights, strict=True)
    theirs.set_weights([weight.reshape(own.shape) for weight, own in pairs])
    embedding = keras.layers.Embedding(9, D, "normal", mask_zero=True)
    query = np.array([[3, 4, 0, 0], [1, 2, 3, 4]])
    value = np.array([[3, 4, 7, 0, 0], [1, 0, 0, 0, 0]])
    key = np.array([[3, 4, 0, 2, 0], [1, 2, 3, 4, 5]])
    real = query > 0

    def answer(of, tokens):
        vectors = map(embedding, tokens)  # anew, for Keras takes the masks off
        return of(*vectors, return_attention_scores=True)

    for tokens in [(query, query), (query, value), (query, value, key)]:
        (outputs, weights), expected = answer(layer, tokens), answer(theirs, tokens)
        close(outputs[real], expected[0][real], 1e-5)
        weights, shown = (np.moveaxis(w, 1, 2) for w in (weights, expected[1]))
        close(weights[real], shown[real], 1e-5)


@pytest.mark.parametrize("value_dim", [K, V])
def test_it_is_the_paper_s_equation(value_dim):
    layer = make(value_dim=value_dim)
    query, memory = normal(7, B, T, D), normal(8, B, S, D)
    numbers = layer.get_weights()
    of_query, of_key, of_value, of_output = zip(
        numbers[::2], numbers[1::2], strict=True
    )
    heads = []
    for head in range(H):
        own = slice(head * K, (head + 1) * K)
        of_head = slice(head * value_dim, (head + 1) * value_dim)
        queries = (query @ of_query[0] + of_query[1])[..., own]
        keys = (memory @ of_key[0] + of_key[1])[..., own]
        values = (memory @ of_value[0] + of_value[1])[..., of_head]
        scores = np.einsum("btd,bsd->bts", queries, keys) / np.sqrt(K)
        heads.append(softmax(scores) @ values)
    expected = np.concatenate(heads, axis=-1) @ of_output[0] + of_output[1]
    outputs, _ = attend(layer, query, memory)
    close(outputs, expected)


def test_masking_is_zeroing_the_weights_and_renormalising_them():
    layer, query, memory = make(), normal(7, B, T, D), normal(8, B, S, D)
    _, plain = attend(layer, query, memory)
    rows, mask = slice(0, 2), MEMORY_MASK[:2]
    kept = np.asarray(plain)[rows] * mask[:, None, None]
    expected = kept / kept.sum(axis=-1, keepdims=True)
    _, weights = attend(layer, query, memory, MEMORY_MASK)
    close(np.asarray(weights)[rows], expected)


def test_permuting_the_memory_changes_nothing_and_permuting_queries_permutes_outputs():
    layer, query, memory = make(), normal(7, B, T, D), normal(8, B, S, D)
    outputs, _ = attend(layer, query, memory)
    close(attend(layer, query, memory[:, [3, 1, 4, 0, 2]])[0], outputs)
    order = [2, 0, 3, 1]
    close(attend(layer, query[:, order], memory)[0], np.asarray(outputs)[:, order])


def test_a_memory_of_another_width_than_the_queries_is_that_of_keras():
    layer = MultiHeadAttention(H, K, V, dtype="float64")
    query, memory = normal(7, B, T, D), normal(8, B, S, 3)
    outputs = layer(query, memory)
    theirs = copy_to_keras(layer, memory_width=3, value_dim=V)
    close(outputs, theirs(query, memory))


def test_what_stands_at_a_masked_place_changes_nothing():
    layer, query, memory = make(), normal(7, B, T, D), normal(8, B, S, D)
    other = np.where(MEMORY_MASK[:, :, None], memory, 1e3)
    for one, two in zip(
        attend(layer, query, memory, MEMORY_MASK),
        attend(layer, query, other, MEMORY_MASK),
        strict=True,
    ):
        close(one[:2], two[:2], 1e-12)
        assert np.isfinite(two).all()


def test_a_query_with_nothing_to_see_gets_finite_numbers_and_no_gradient():
    layer, memory = make(), normal(8, B, S, D)
    query = tf.constant(normal(7, B, T, D))
    with tf.GradientTape() as tape:
        tape.watch(query)
        outputs, _ = attend(layer, query, memory, MEMORY_MASK)
        loss = tf.reduce_sum(outputs * normal(9, B, T, D))
    gradient = np.asarray(tape.gradient(loss, query))
    assert np.isfinite(outputs).all()
    assert (gradient[2] == 0).all() and np.abs(gradient[:2]).min() > 0


def by_complex_numbers(vectors, positions):
    """Turns pairs `(i, i + K / 2)` of `[.., K]` as complex numbers."""
    first, second = np.split(vectors, 2, axis=-1)
    rates = 10000.0 ** (-np.arange(K // 2) / (K // 2))
    turned = (first + 1j * second) * np.exp(1j * positions[..., None] * rates)
    return np.concatenate([turned.real, turned.imag], axis=-1)


def test_rotary_positions_turn_the_queries_and_keys_of_every_head_alike():
    layer, query, memory = make(rotary=True), normal(7, B, T, D), normal(8, B, S, D)
    at, places = np.array([[3, 4, 5, 6], [0, 1, 2, 3], [9, 9, 1, 0]]), np.arange(S)
    keys, values = layer.project_memory(memory)
    _, weights = layer.attend(query, keys, values, positions=at)
    numbers = layer.get_weights()
    for head in range(H):
        own = slice(head * K, (head + 1) * K)
        queries = by_complex_numbers((query @ numbers[0] + numbers[1])[..., own], at)
        keys = by_complex_numbers((memory @ numbers[2] + numbers[3])[..., own], places)
        scores = np.einsum("btd,bsd->bts", queries, keys) / np.sqrt(K)
        close(weights[:, head], softmax(scores))
    close(values, make().project_memory(memory)[1])  # values are not turned


def test_with_rotary_positions_only_distances_count():
    layer, vectors = make(rotary=True), normal(7, B, T, D)
    near = layer(vectors, vectors)
    close(near, layer(vectors, vectors, positions=np.arange(T) + 50))
    moved = attend(layer, vectors, vectors, positions=np.arange(T) + 50)[0]
    assert np.abs(np.asarray(moved) - np.asarray(near)).max() > 1e-3


def test_the_mask_of_the_queries_goes_to_the_outputs_and_never_to_the_memory():
    layer, memory = make("float32"), normal(8, 1, S, D)
    tokens = keras.layers.Embedding(9, D, mask_zero=True)(np.array([[3, 4, 0, 0]]))
    outputs, weights = layer(tokens, memory, return_attention_scores=True)
    assert outputs._keras_mask.numpy().tolist() == [[True, True, False, False]]
    plain = layer(np.asarray(tokens), memory)
    close(outputs[:, :2], plain[:, :2], 1e-5)
    assert getattr(weights, "_keras_mask", None) is None
