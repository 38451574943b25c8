"""Rows of different lengths, side by side as a network reads them."""

import tensorflow as tf


def side_by_side(ragged, fill):
    """Pads rows to one length, at least 1: no network reads no steps.

    Args:
        ragged: `[B, (S)]`.
        fill: What stands after a row's end.

    Returns:
        `[B, S]`.
    """
    padded = ragged.to_tensor(fill)
    missing = tf.maximum(1 - tf.shape(padded)[1], 0)
    return tf.pad(padded, [[0, 0], [0, missing]], constant_values=fill)
