"""Additive and dot-product attention against their equations and Keras's layer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers.attention import AdditiveAttention, DotAttention, masked_softmax

B, T, S, D, A = 3, 4, 5, 8, 6
# A whole row, a padded one, and one where nothing is real.
MEMORY_MASK = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0], [0, 0, 0, 0, 0]], bool)


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def randomise(layer):
    layer.set_weights([normal(i, *w.shape) for i, w in enumerate(layer.weights)])
    return layer


def additive(dtype="float64"):
    layer = AdditiveAttention(A, dtype=dtype)
    layer.build((B, T, D), (B, S, A), (B, S, D))
    return randomise(layer)


def dot(dtype="float64", score_mode="dot", **options):
    layer = DotAttention(score_mode, dtype=dtype, **options)
    layer.build((B, T, D), (B, S, D), (B, S, D))
    return randomise(layer)


def scaled_dot(dtype="float64"):
    return dot(dtype, "scaled_dot")


def general(dtype="float64"):
    return dot(dtype, "general", units=D, use_scale=True)


KINDS = [additive, dot, scaled_dot, general]
every_kind = pytest.mark.parametrize("make", KINDS)


def attend(layer, query, memory, mask):
    return layer(query, layer.project_keys(memory), memory, mask)


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


@pytest.mark.parametrize("score_mode", ["dot", "scaled_dot", "general"])
def test_dot_attention_is_luong_s_equation(score_mode):
    width = 3 if score_mode == "general" else D  # of the query
    units = width if score_mode == "general" else None
    layer = DotAttention(score_mode, units, dtype="float64")
    query, memory = normal(7, B, T, width), normal(8, B, S, D)
    keys = layer.project_keys(memory)
    context, weights = layer(query, keys, memory)
    for row in range(B):
        for step in range(T):
            if score_mode == "general":
                (matrix,) = layer.get_weights()
                scores = memory[row] @ matrix @ query[row, step]
            else:
                scores = memory[row] @ query[row, step]
            if score_mode == "scaled_dot":
                scores = scores / np.sqrt(D)
            expected = softmax(scores)
            np.testing.assert_allclose(weights[row, step], expected, rtol=1e-10)
            np.testing.assert_allclose(
                context[row, step], expected @ memory[row], rtol=1e-10
            )


@pytest.mark.parametrize("use_scale", [False, True])
def test_dot_attention_is_keras_s_own(use_scale):
    layer = dot(use_scale=use_scale)
    theirs = keras.layers.Attention(use_scale, dtype="float64")
    query, memory = normal(7, B, T, D), normal(8, B, S, D)
    mask = MEMORY_MASK.copy()
    mask[2, 1] = True
    theirs.build([query.shape, memory.shape])
    theirs.set_weights(layer.get_weights())
    expected = theirs(
        [query, memory],
        mask=[None, keras.ops.array(mask)],
        return_attention_scores=True,
    )
    results = attend(layer, query, memory, mask)
    for one, other in zip(results, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


def test_the_scale_keeps_scores_of_unit_vectors_at_unit_variance():
    query, keys = normal(1, 1, 300, 256), normal(2, 1, 300, 256)
    scores = query[0] @ keys[0].T
    assert scores.std() == pytest.approx(16, rel=0.02)
    _, weights = DotAttention("scaled_dot", dtype="float64")(query, keys, keys)
    logs = np.log(np.asarray(weights)[0])
    spread = (logs - logs.mean(axis=1, keepdims=True)).std()
    assert spread == pytest.approx(1, rel=0.02)


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


@every_kind
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


@every_kind
def test_no_gradient_goes_to_a_masked_place_nor_to_a_query_with_nothing_to_see(make):
    layer, query = make(), tf.constant(normal(7, B, T, D))
    memory = tf.constant(normal(8, B, S, D))
    with tf.GradientTape() as tape:
        tape.watch([query, memory])
        context, _ = attend(layer, query, memory, MEMORY_MASK)
        loss = tf.reduce_sum(context * normal(9, B, T, D))
    of_query, of_memory = (np.asarray(g) for g in tape.gradient(loss, [query, memory]))
    assert (of_query[2] == 0).all() and np.abs(of_query[:2]).min() > 0
    assert (of_memory[1, ~MEMORY_MASK[1]] == 0).all()
    assert np.isfinite(of_memory).all()


@every_kind
def test_the_mask_of_the_queries_goes_to_the_outputs_and_never_to_the_memory(make):
    layer, memory = make("float32"), normal(8, 1, S, D)
    tokens = keras.layers.Embedding(9, D, mask_zero=True)(np.array([[3, 4, 0, 0]]))
    every = np.ones((1, S), bool)
    outputs, weights = attend(layer, tokens, memory, every)
    assert outputs._keras_mask.numpy().tolist() == [[True, True, False, False]]
    plain = attend(layer, np.asarray(tokens), memory, every)
    np.testing.assert_allclose(outputs, plain[0], rtol=1e-4)
    assert getattr(weights, "_keras_mask", None) is None


def test_dropout_acts_on_training_alone_and_not_on_the_weights_that_are_shown():
    layer, query, memory = dot(dropout=0.5), normal(7, B, T, D), normal(8, B, S, D)
    plain, weights = layer(query, memory, memory, training=False)
    dropped, shown = layer(query, memory, memory, training=True)
    np.testing.assert_allclose(shown, weights)
    np.testing.assert_allclose(plain, dot()(query, memory, memory)[0])
    assert np.abs(np.asarray(dropped) - np.asarray(plain)).max() > 1e-3


@every_kind
def test_the_keys_may_be_projected_before_the_first_call(make):
    whole = make()
    layer = type(whole).from_config(whole.get_config())
    query, memory = normal(7, B, T, D), normal(8, B, S, D)
    attend(layer, query, memory, MEMORY_MASK)
    assert len(layer.weights) == len(whole.weights)


@every_kind
def test_mixed_precision_is_near_full_precision(make):
    layer, query, memory = make("float32"), normal(7, B, T, D), normal(8, B, S, D)
    half = type(layer).from_config({**layer.get_config(), "dtype": "mixed_bfloat16"})
    keys = half.project_keys(memory)
    half.build(query.shape, keys.shape, memory.shape)
    half.set_weights(layer.get_weights())
    context, weights = attend(half, query, memory, MEMORY_MASK)
    assert context.dtype == weights.dtype == "bfloat16"
    expected = attend(layer, query, memory, MEMORY_MASK)[0]
    np.testing.assert_allclose(
        keras.ops.cast(context, "float32"), expected, rtol=0.2, atol=0.25
    )


@every_kind
def test_the_config_keeps_every_argument(make):
    layer = make()
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    options = {"score_mode": "general", "units": 5, "use_scale": True, "dropout": 0.1}
    assert DotAttention(**options).get_config().items() >= options.items()
    assert AdditiveAttention(7).get_config()["units"] == 7


def test_units_that_are_not_positive_are_refused():
    with pytest.raises(ValueError, match="`units` must be an integer.*units=0"):
        AdditiveAttention(0)


def test_a_score_mode_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="`score_mode` must be one of.*'concat'"):
        DotAttention("concat")


@pytest.mark.parametrize(
    "score_mode, units", [("dot", 4), ("general", None), ("general", 0)]
)
def test_units_that_do_not_go_with_the_score_mode_are_refused(score_mode, units):
    with pytest.raises(ValueError, match=f"`units` must be .*units={units}"):
        DotAttention(score_mode, units)


def test_a_query_and_keys_of_different_widths_are_refused():
    sentence = "`query` must be as wide as the keys.*'general'.*width 3, .*width 8"
    with pytest.raises(ValueError, match=sentence):
        DotAttention()(normal(7, B, T, 3), normal(8, B, S, D), normal(8, B, S, D))
