"""Weights as they ship."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.export.weights import ShippedWeights


def dense(values):
    layer = keras.layers.Dense(2, use_bias=False)
    layer.build((None, 2))
    layer.set_weights([np.array(values, np.float32)])
    return layer


def test_inside_the_scope_the_layer_computes_with_what_ships():
    layer = dense([[1.0, 0.1], [0.0, 1.0]])
    shipped = ShippedWeights(layer, "float16")
    layer.set_weights([np.zeros((2, 2), np.float32)])
    with shipped.scope():
        inside = layer(np.eye(2, dtype=np.float32))
    np.testing.assert_array_equal(
        inside, np.float16([[1.0, 0.1], [0.0, 1.0]]).astype(np.float32)
    )
    assert not np.any(layer(np.eye(2, dtype=np.float32)))


def test_only_the_small_copies_are_tracked():
    shipped = ShippedWeights(dense([[1.0, 2.0], [3.0, 4.0]]), "float16")
    assert [variable.dtype for variable in shipped.variables] == [tf.float16]


def test_a_weight_too_large_for_float16_is_refused_by_name():
    with pytest.raises(ValueError, match=r"too narrow for dense.*kernel"):
        ShippedWeights(dense([[1e6, 0.0], [0.0, 1.0]]), "float16")
