"""Checks of a request's options, in graph ops."""

import tensorflow as tf


def check_range(name, values, low, high):
    """Refuses options out of range, naming the first row.

    Args:
        name: The option's name, for the message.
        values: `[B]` numbers.
        low: Smallest allowed value.
        high: Largest allowed value.

    Returns:
        `values`; using them makes the check run.

    Raises:
        tf.errors.InvalidArgumentError: When run, for a value out of range or NaN.
    """
    bad = ~((values >= tf.cast(low, values.dtype)) & (values <= high))
    row = tf.argmax(bad) if values.shape.rank else 0
    row = tf.cond(tf.reduce_any(bad), lambda: row, lambda: tf.constant(0, tf.int64))
    message = tf.strings.format(
        "row {}: " + f"`{name}` must be from {low} to {high}. Received: {name}=" + "{}",
        (row, tf.gather(tf.concat([values, [0]], 0), row)),
    )
    with tf.control_dependencies([tf.debugging.Assert(~tf.reduce_any(bad), [message])]):
        return tf.identity(values)
