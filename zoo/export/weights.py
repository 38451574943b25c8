"""Weights as they ship: float16 variables, cast once a call."""

import keras
import tensorflow as tf


class ShippedWeights(tf.Module):
    """The weights of a Keras layer, stored small, without tracking the layer.

    A SavedModel holds what the exported module tracks. This module tracks only its
    own variables; inside `scope` the layer computes with them, cast once, outside any
    loop that the computation holds.

    Args:
        layer: Keras layer or model, built.
        dtype: Floating type in which to ship, `"float16"` or `"float32"`.

    Raises:
        ValueError: A weight does not fit into the type.
    """

    def __init__(self, layer, dtype="float16"):
        super().__init__()
        owners = list(layer.weights)
        values = [tf.cast(owner.value, dtype) for owner in owners]
        for owner, value in zip(owners, values, strict=True):
            if not bool(tf.reduce_all(tf.math.is_finite(value))):
                raise ValueError(
                    f"`dtype` must hold every weight. Received: dtype={dtype!r}, "
                    f"too narrow for {owner.path}"
                )
        self.stored = [tf.Variable(value, trainable=False) for value in values]
        self.owners = lambda: owners  # a function, lest the layer be tracked

    def scope(self):
        """Returns a context in which the layer computes with the shipped weights."""
        pairs = zip(self.owners(), self.stored, strict=True)
        return keras.StatelessScope(
            state_mapping=[(owner, tf.cast(v, owner.dtype)) for owner, v in pairs]
        )
