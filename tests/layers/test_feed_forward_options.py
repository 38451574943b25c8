"""Window and convolution: gradients, configs, saving, precision, refusals."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tests.layers.feed_forward import (
    DECODERS,
    B,
    D,
    T,
    close,
    make,
    make_reader,
    normal,
    remember,
)
from tests.layers.test_feed_forward import Reader, every_decoder, every_layer


def run(layer, inputs):
    """All numbers a decoder or an encoder gives."""
    if hasattr(layer, "causal"):
        memory = layer(inputs)
        return [memory.states, memory.summary]
    memory = remember(layer) if layer.summary_enters else None
    outputs, state, _ = layer(inputs, memory, layer.initial_state(len(inputs)))
    return [outputs, *keras.tree.flatten(state)]


@every_layer
def test_every_weight_gets_a_gradient_that_a_small_step_confirms(kind):
    layer, inputs = make_reader(kind), normal(1, B, T, D)

    def loss():
        return sum(tf.reduce_sum(tf.sin(result)) for result in run(layer, inputs))

    with tf.GradientTape() as tape:
        value = loss()
    variables = layer.trainable_variables
    gradients = tape.gradient(value, [variable.value for variable in variables])
    for index, (variable, gradient) in enumerate(
        zip(variables, gradients, strict=True)
    ):
        kept, way = variable.numpy(), normal(70 + index, *variable.shape)
        around = []
        for side in (1e-6, -1e-6):
            variable.assign(kept + side * way)
            around.append(float(loss()))
        variable.assign(kept)
        slope = (around[0] - around[1]) / 2e-6
        np.testing.assert_allclose(np.sum(gradient * way), slope, rtol=1e-5, atol=1e-6)
        assert np.abs(slope) > 1e-6


@every_layer
def test_the_config_gives_the_same_layer_again(kind):
    layer = make_reader(kind, dropout=0.25)
    config = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == layer.get_config()
    assert {**kind[1], "dropout": 0.25}.items() <= layer.get_config().items()
    again.set_weights(layer.get_weights())
    results = (run(x, normal(1, B, T, D)) for x in (layer, again))
    for one, other in zip(*results, strict=True):
        close(one, other)


@every_layer
def test_a_model_that_is_saved_and_loaded_gives_the_same(kind, tmp_path):
    model = Reader(make(kind, "float32"))
    inputs = normal(1, B, T, D).astype("float32")
    expected = model(inputs)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(inputs), expected)


@every_layer
def test_mixed_precision_reaches_every_part(kind):
    layer, exact = make_reader(kind, "mixed_bfloat16"), make_reader(kind)
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    inputs = normal(1, B, T, D)
    with tf.GradientTape() as tape:
        results = run(layer, inputs)
        loss = sum(tf.reduce_sum(tf.cast(result, "float32")) for result in results)
    for near, wanted in zip(results, run(exact, inputs), strict=True):
        assert near.dtype.name == "bfloat16"
        near = np.asarray(ops.cast(near, "float64"))
        np.testing.assert_allclose(near, wanted, rtol=0.1, atol=0.3)
    values = [variable.value for variable in layer.trainable_variables]
    gradients = tape.gradient(loss, values)
    assert all(np.isfinite(gradient).all() for gradient in gradients)


@every_layer
def test_dropout_acts_on_training_alone(kind):
    layer, inputs = make(kind, dropout=0.5), normal(1, B, T, D)
    arguments = [inputs]
    if kind in DECODERS.values():
        arguments += [None, layer.initial_state(B)]
    plain = make(kind)(*arguments)[0]
    close(layer(*arguments, training=False)[0], plain)
    dropped = layer(*arguments, training=True)[0]
    assert np.abs(np.asarray(dropped) - np.asarray(plain)).max() > 1e-3


@every_layer
@pytest.mark.parametrize("size", [0, -1, 2.5, None])
def test_a_size_that_is_no_positive_integer_is_refused(kind, size):
    sizes = {"width"} | kind[1].keys() - {"padding", "weight_norm"}
    for name in sizes:
        with pytest.raises(ValueError, match=f"`{name}` must be .*{name}={size}"):
            kind[0](**{"width": D, **kind[1], name: size})


@every_layer
@pytest.mark.parametrize("rate", [1.0, -0.1])
def test_a_dropout_out_of_its_range_is_refused(kind, rate):
    with pytest.raises(ValueError, match=f"`dropout` must be .*dropout={rate}"):
        kind[0](**{"width": D, **kind[1], "dropout": rate})


@every_decoder
def test_a_summary_that_enters_in_no_known_way_is_refused(kind):
    with pytest.raises(ValueError, match="`summary_enters` must be .*'first'"):
        make(kind, summary_enters="first")
