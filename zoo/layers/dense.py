"""Products with a matrix, all vectors as the rows of another."""

import keras
from keras import ops


def by_rows(function, inputs):
    """Applies a function of rows to the vectors of all places.

    Keras on TensorFlow multiplies `[B, T, D]` by a matrix with `tf.tensordot`, which
    works out the shapes by a dozen small operations: nothing in training, but much for
    a decoder that writes one token a step.

    Args:
        function: Maps `[N, D]` to `[N, U]`.
        inputs: `[..., D]`.

    Returns:
        `[..., U]`, the same numbers as `function(inputs)`.
    """
    leading = inputs.shape[:-1]
    if list(leading).count(None) > 1:
        leading = ops.shape(inputs)[:-1]
    leading = [-1 if size is None else size for size in leading]
    outputs = function(ops.reshape(inputs, (-1, inputs.shape[-1])))
    return ops.reshape(outputs, (*leading, outputs.shape[-1]))


@keras.saving.register_keras_serializable(package="zoo")
class Dense(keras.layers.Dense):
    """`keras.layers.Dense` with the vectors of all places as rows of one matrix.

    Call arguments:
        inputs: `[..., D]`.

    Returns:
        `[..., units]`.
    """

    def call(self, inputs, training=None):
        """Multiplies and adds."""
        return by_rows(lambda rows: super(Dense, self).call(rows, training), inputs)
