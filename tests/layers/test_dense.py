"""Our dense layer is Keras's, with fewer operations."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers.dense import Dense


def pair(**options):
    """Ours and Keras's with the same weights."""
    ours, theirs = Dense(5, **options), keras.layers.Dense(5, **options)
    for layer in (ours, theirs):
        layer.build((None, 3))
    drawn = np.random.default_rng(1)
    theirs.set_weights([drawn.normal(size=w.shape) for w in theirs.weights])
    ours.set_weights(theirs.get_weights())
    return ours, theirs


@pytest.mark.parametrize("shape", [(4, 3), (2, 4, 3), (2, 1, 4, 3), (0, 4, 3)])
@pytest.mark.parametrize("options", [{"activation": "relu"}, {"use_bias": False}])
def test_outputs_are_those_of_keras(shape, options):
    ours, theirs = pair(**options)
    inputs = np.random.default_rng(2).normal(size=shape).astype("float32")
    outputs = ours(inputs)
    assert outputs.shape == (*shape[:-1], 5)
    np.testing.assert_allclose(outputs, theirs(inputs), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("known", [(None, 1), (2, None), (None, None)])
def test_sizes_may_be_unknown_and_one_step_takes_few_operations(known):
    counts = []
    for layer in pair():
        signature = [tf.TensorSpec((*known, 3), "float32")]
        graph = tf.function(layer, input_signature=signature).get_concrete_function()
        shape = tuple(size or 4 for size in known)
        assert graph(tf.ones((*shape, 3)))[..., 0].shape == shape
        assert graph.output_shapes.as_list() == [*known, 5]
        counts.append(len(graph.graph.get_operations()))
    assert counts[0] < counts[1]


def test_it_survives_being_saved():
    ours, _ = pair(activation="tanh")
    again = keras.layers.deserialize(keras.layers.serialize(ours))
    assert type(again) is Dense and again.get_config() == ours.get_config()
