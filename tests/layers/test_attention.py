"""Additive and multi-head attention against their equations and Keras's layer."""

import keras
import numpy as np
import pytest

from zoo.layers import AdditiveAttention, MultiHeadAttention
from zoo.layers.attention import masked_softmax

B, T, S, D, A, H = 3, 4, 5, 8, 6, 2
# A whole row, a padded one, and one where nothing is real.
MEMORY_MASK = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0], [0, 0, 0, 0, 0]], bool)


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def additive(dtype="float64"):
    layer = AdditiveAttention(A, dtype=dtype)
    layer.build((B, T, D), (B, S, A), (B, S, D))
    layer.set_weights([normal(i, *w.shape) for i, w in enumerate(layer.weights)])
    return layer


def multi_head(dtype="float64", **options):
    layer = MultiHeadAttention(D, H, dtype=dtype, **options)
    layer.build((B, T, D))
    layer.set_weights([normal(i, *w.shape) for i, w in enumerate(layer.weights)])
    return layer


def bahdanau(layer, query, memory, mask):
    """The equations of the paper's appendix, place by place."""
    weights = {w.path.split("/", 1)[-1]: np.asarray(w) for w in layer.weights}
    of_query, of_memory = weights["query/kernel"], weights["key/kernel"]
    contexts, attention = np.zeros((B, T, D)), np.zeros((B, T, S))
    for row in range(B):
        for step in range(T):
            energies = [
                weights["scale"]
                @ np.tanh(
                    of_query.T @ query[row, step]
                    + of_memory.T @ memory[row, place]
                    + weights["key/bias"]
                )
                for place in range(S)
            ]
            real = [place for place in range(S) if mask[row, place]]
            attention[row, step, real] = softmax(np.array(energies)[real])
            for place in real:
                contexts[row, step] += attention[row, step, place] * memory[row, place]
    return contexts, attention


def test_additive_attention_is_bahdanau_s_loop():
    layer, query, memory = additive(), normal(7, B, T, D), normal(8, B, S, D)
    keys = layer.project_keys(memory)
    mask = MEMORY_MASK.copy()
    mask[2, 1] = True
    results = layer(query, keys, memory, mask)
    for one, other in zip(results, bahdanau(layer, query, memory, mask), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


def copy_to_keras(layer):
    """Keras's multi-head attention with the layer's weights."""
    theirs = keras.layers.MultiHeadAttention(H, D // H, dtype="float64")
    theirs.build((B, T, D), (B, S, D))
    shapes = [w.shape for w in theirs.weights]
    weights = zip(layer.get_weights(), shapes, strict=True)
    theirs.set_weights([weight.reshape(shape) for weight, shape in weights])
    return theirs


@pytest.mark.parametrize("masked", [False, True])
def test_multi_head_attention_is_that_of_keras(masked):
    layer, query, memory = multi_head(), normal(7, B, T, D), normal(8, B, S, D)
    mask = normal(9, B, T, S) > 0
    mask[..., 0] = True
    mask = mask if masked else None
    theirs = copy_to_keras(layer)
    expected = theirs(query, memory, attention_mask=mask, return_attention_scores=True)
    results = layer(query, *layer.project_memory(memory), attention_mask=mask)
    for one, other in zip(results, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


def test_multi_head_attention_is_the_paper_s_equation():
    layer, query, memory = multi_head(), normal(7, B, T, D), normal(8, B, S, D)
    of_query, of_key, of_value, of_output = [
        (kernel, bias)
        for kernel, bias in zip(
            layer.get_weights()[::2], layer.get_weights()[1::2], strict=True
        )
    ]
    heads = []
    for head in range(H):
        columns = slice(head * D // H, (head + 1) * D // H)
        queries = (query @ of_query[0] + of_query[1])[..., columns]
        keys = (memory @ of_key[0] + of_key[1])[..., columns]
        values = (memory @ of_value[0] + of_value[1])[..., columns]
        scores = np.einsum("btd,bsd->bts", queries, keys) / np.sqrt(D / H)
        heads.append(softmax(scores) @ values)
    expected = np.concatenate(heads, axis=-1) @ of_output[0] + of_output[1]
    outputs, _ = layer(query, *layer.project_memory(memory))
    np.testing.assert_allclose(outputs, expected, rtol=1e-10, atol=1e-10)


def test_masking_before_the_softmax_is_zeroing_and_renormalising_after():
    scores, mask = normal(1, B, T, S), MEMORY_MASK[:2].repeat(2, 0)[:B, None]
    plain = np.asarray(masked_softmax(keras.ops.array(scores), None)) * mask
    expected = plain / plain.sum(axis=-1, keepdims=True)
    masked = masked_softmax(keras.ops.array(scores), mask)
    np.testing.assert_allclose(masked, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_a_row_where_nothing_is_real_is_finite_and_a_masked_place_weighs_nothing(dtype):
    scores = keras.ops.cast(10 * normal(1, B, 1, S), dtype)
    weights = masked_softmax(scores, MEMORY_MASK[:, None])
    weights = np.asarray(keras.ops.cast(weights, "float64"))
    np.testing.assert_allclose(weights[2], 1 / S, rtol=1e-2)
    assert (weights[1, :, ~MEMORY_MASK[1]] == 0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, rtol=1e-2)


def attend(layer, query, memory, mask):
    """Calls either kind of attention with a mask of the memory."""
    if isinstance(layer, AdditiveAttention):
        return layer(query, layer.project_keys(memory), memory, mask)
    mask = mask[:, None]
    return layer(query, *layer.project_memory(memory), attention_mask=mask)


both_kinds = pytest.mark.parametrize("make", [additive, multi_head])


@both_kinds
def test_what_stands_at_a_masked_place_changes_nothing(make):
    layer, query, memory = make(), normal(7, B, T, D), normal(8, B, S, D)
    other = np.where(MEMORY_MASK[:, :, None], memory, 1e3)
    for one, two in zip(
        attend(layer, query, memory, MEMORY_MASK),
        attend(layer, query, other, MEMORY_MASK),
        strict=True,
    ):
        np.testing.assert_allclose(one[:2], two[:2], rtol=1e-12)
        assert np.isfinite(two).all()


@both_kinds
def test_the_mask_of_the_queries_goes_to_the_outputs_and_never_to_the_memory(make):
    layer, memory = make("float32"), normal(8, 1, S, D)
    tokens = keras.layers.Embedding(9, D, mask_zero=True)(np.array([[3, 4, 0, 0]]))
    every = np.ones((1, S), bool)
    outputs, weights = attend(layer, tokens, memory, every)
    assert outputs._keras_mask.numpy().tolist() == [[True, True, False, False]]
    plain = attend(layer, np.asarray(tokens), memory, every)
    np.testing.assert_allclose(outputs, plain[0], rtol=1e-5)
    assert getattr(weights, "_keras_mask", None) is None


def test_dropout_acts_on_training_alone_and_not_on_the_weights_that_are_shown():
    layer, query, memory = (
        multi_head(dropout=0.5),
        normal(7, B, T, D),
        normal(8, B, S, D),
    )
    projected = layer.project_memory(memory)
    plain, weights = layer(query, *projected, training=False)
    dropped, shown = layer(query, *projected, training=True)
    np.testing.assert_allclose(shown, weights)
    np.testing.assert_allclose(plain, multi_head()(query, *projected)[0])
    assert np.abs(np.asarray(dropped) - np.asarray(plain)).max() > 1e-3


@both_kinds
def test_the_keys_may_be_projected_before_the_first_call(make):
    whole = make()
    layer = type(whole).from_config(whole.get_config())
    query, memory = normal(7, B, T, D), normal(8, B, S, D)
    attend(layer, query, memory, MEMORY_MASK)
    assert len(layer.weights) == len(whole.weights)


@both_kinds
def test_the_config_keeps_every_argument(make):
    layer = make()
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert {"units", "width"} & set(layer.get_config())
    assert multi_head(dropout=0.2).get_config()["dropout"] == 0.2


def test_units_that_are_not_positive_are_refused():
    with pytest.raises(ValueError, match="`units` must be at least 1.*units=0"):
        AdditiveAttention(0)


@pytest.mark.parametrize("width, heads", [(8, 3), (8, 0), (0, 2), (-8, 2)])
def test_a_width_that_is_no_multiple_of_the_heads_is_refused(width, heads):
    sentence = f"`width` must be a positive multiple.*width={width}, heads={heads}"
    with pytest.raises(ValueError, match=sentence):
        MultiHeadAttention(width, heads)
