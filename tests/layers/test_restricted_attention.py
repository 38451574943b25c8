"""Restricted self-attention is full self-attention with a band as its mask."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers.multi_head_attention import MultiHeadAttention
from zoo.layers.restricted_attention import RestrictedSelfAttention

B, S, D, H, K = 3, 11, 8, 2, 4
# Whole, padded at the end, and with gaps.
MASK = np.arange(S) < np.array([[S], [6], [S]])
MASK[2, [0, 4, 5]] = False
# Windows that divide 11 or not, that reach beyond it, and one block or many.
windows = pytest.mark.parametrize("window", [1, 3, 11, 20])
both_ways = pytest.mark.parametrize("causal", [False, True])


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


def make(window, dtype="float64", **options):
    layer = RestrictedSelfAttention(
        window, num_heads=H, key_dim=K, dtype=dtype, **options
    )
    layer.build((B, S, D))
    layer.set_weights([normal(i, *w.shape) for i, w in enumerate(layer.weights)])
    return layer


def band(window, causal, length=S):
    distance = np.arange(length)[None] - np.arange(length)[:, None]
    return (distance >= -window) & (distance <= (0 if causal else window))


def by_full_attention(layer, inputs, mask=None, **options):
    """Full attention with the same weights and the band as a mask."""
    full = MultiHeadAttention(H, K, dtype="float64", **options)
    full.build((B, S, D))
    full.set_weights(layer.get_weights())
    allowed = band(layer.window, layer.causal, inputs.shape[1])[None]
    if mask is not None:
        allowed = allowed & mask[:, None]
    return full(inputs, inputs, attention_mask=allowed, return_attention_scores=True)


def close(one, other, tolerance=1e-10):
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@windows
@both_ways
@pytest.mark.parametrize("masked", [False, True])
def test_it_is_full_attention_with_a_band_mask(window, causal, masked):
    layer, inputs = make(window, causal=causal), normal(7, B, S, D)
    mask = MASK if masked else None
    outputs, weights = layer(inputs, mask=mask, return_attention_scores=True)
    close(layer(inputs, mask=mask), outputs)
    expected, whole = by_full_attention(layer, inputs, mask)
    real = MASK if masked else np.ones((B, S), bool)
    assert weights.shape == (B, H, S, window + 1 if causal else 2 * window + 1)
    close(np.asarray(outputs)[real], np.asarray(expected)[real])
    spread = np.moveaxis(np.asarray(layer.spread(weights)), 1, 2)  # [B, S, H, S]
    close(spread[real], np.moveaxis(np.asarray(whole), 1, 2)[real])


@both_ways
@pytest.mark.parametrize("options", [{"rotary": True}, {"value_dim": 3}])
def test_options_of_multi_head_attention_work_alike(causal, options):
    layer, inputs = make(2, causal=causal, **options), normal(7, B, S, D)
    close(layer(inputs), by_full_attention(layer, inputs, **options)[0])


@both_ways
def test_its_gradients_are_those_of_full_attention(causal):
    layer, inputs = make(3, causal=causal), tf.constant(normal(7, B, S, D))
    weighing = normal(8, B, S, D) * MASK[..., None]

    def gradient(call):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(call() * weighing)
        return tape.gradient(loss, inputs)

    close(
        gradient(lambda: layer(inputs, mask=MASK)),
        gradient(lambda: by_full_attention(layer, inputs, MASK)[0]),
    )


@both_ways
def test_a_place_is_changed_by_its_neighbourhood_and_nothing_else(causal):
    layer, inputs = make(2, causal=causal), normal(7, B, S, D)
    changed = inputs.copy()
    changed[:, 6] += normal(8, D)
    moved = np.abs(np.asarray(layer(inputs)) - np.asarray(layer(changed)))
    touched = moved.max(axis=(0, 2)) > 1e-6
    expected = [6, 7, 8] if causal else [4, 5, 6, 7, 8]
    assert np.flatnonzero(touched).tolist() == expected


def sizes_of(layer, length):
    """How many numbers the tensors of a layer's graph hold."""
    graph = tf.function(layer).get_concrete_function(
        tf.TensorSpec((1, length, D), "float64")
    )
    return [
        output.shape.num_elements() or 0
        for operation in graph.graph.get_operations()
        for output in operation.outputs
        if output.shape.rank is not None
    ]


def test_no_tensor_grows_faster_than_the_length():
    layer = make(4)
    layer(normal(7, 1, 64, D))  # so that the graph holds the call alone
    short, long = max(sizes_of(layer, 64)), max(sizes_of(layer, 256))
    assert long == 4 * short


def test_a_padded_row_is_the_row_alone():
    layer, inputs = make(2), normal(7, B, S, D)
    outputs, alone = layer(inputs, mask=MASK), layer(inputs[1:2, :6])
    close(outputs[1:2, :6], alone)


def test_what_stands_at_padding_is_not_read_not_even_nan():
    layer, inputs = make(2), normal(7, B, S, D)
    broken = np.where(MASK[..., None], inputs, np.nan)
    outputs, expected = layer(broken, mask=MASK), layer(inputs, mask=MASK)
    close(np.asarray(outputs)[MASK], np.asarray(expected)[MASK])


def test_a_fully_padded_row_is_finite_and_gets_no_gradient():
    layer, inputs = make(2), tf.constant(normal(7, B, S, D))
    mask = np.stack([np.ones(S, bool), np.zeros(S, bool), MASK[1]])
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, mask=mask)
        loss = tf.reduce_sum(outputs * mask[..., None])
    gradient = np.asarray(tape.gradient(loss, inputs))
    assert np.isfinite(outputs).all() and np.isfinite(gradient).all()
    assert (gradient[~mask] == 0).all()


def test_the_length_may_be_unknown_when_the_graph_is_made():
    layer, inputs = make(3), normal(7, B, S, D)
    call = tf.function(
        layer, input_signature=[tf.TensorSpec((None, None, D), "float64")]
    )
    for length in (S, 3, 1):
        close(call(inputs[:, :length]), layer(inputs[:, :length]))


def test_mixed_precision_is_near_full_precision():
    exact, rough = make(2, "float32"), make(2, "mixed_bfloat16")
    scaled = [0.3 * weight for weight in exact.get_weights()]
    exact.set_weights(scaled)
    rough.set_weights(scaled)
    inputs = normal(7, B, S, D)
    outputs, weights = rough(inputs, mask=MASK, return_attention_scores=True)
    assert outputs.dtype == weights.dtype == "bfloat16"
    expected = np.asarray(exact(inputs, mask=MASK))
    close(np.asarray(keras.ops.cast(outputs, "float32"))[MASK], expected[MASK], 0.05)


def test_it_is_saved_and_loaded_with_a_model(tmp_path):
    inputs = keras.Input((None, D))
    layer = RestrictedSelfAttention(3, causal=True, num_heads=H, key_dim=K)
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    given = normal(7, B, S, D).astype("float32")
    np.testing.assert_array_equal(again(given), model(given))
    assert again.layers[-1].get_config() == layer.get_config()
    assert layer.get_config().items() >= {"window": 3, "causal": True}.items()


@pytest.mark.parametrize("window", [0, -1, 2.5, None])
def test_a_window_that_is_no_positive_integer_is_refused(window):
    with pytest.raises(
        ValueError, match=f"`window` must be an integer.*window={window}"
    ):
        RestrictedSelfAttention(window)
