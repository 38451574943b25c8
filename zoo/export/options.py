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
    # The first bad row; one past the end, where a 0 was added, if there is none.
    row = tf.reduce_min(tf.concat([tf.where(bad)[:, 0], [tf.size(bad, tf.int64)]], 0))
    received = tf.gather(tf.concat([values, [0]], 0), row)
    rule = f"`{name}` must be from {low} to {high}. Received: {name}="
    message = tf.strings.format("row {}: " + rule + "{}", (row, received))
    with tf.control_dependencies([tf.debugging.Assert(~tf.reduce_any(bad), [message])]):
        return tf.identity(values)
