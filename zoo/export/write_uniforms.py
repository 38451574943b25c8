"""The random numbers of a text: a function of its seed and a character's place."""

import tensorflow as tf

BLOCK = 256  # numbers drawn at once


def uniforms(seed, position, length):
    """Gives each row its own sequence of numbers, from a place of it on.

    A number depends on the row's seed and its place alone. So to write a text at once
    is to write it in parts, if each part begins at its own place.

    Args:
        seed: `[B]` int64.
        position: `[B]` int64, at least 0: the place of each row's first number.
        length: Scalar int32 tensor T.

    Returns:
        `[B, T]` float32 in [0, 1).
    """
    blocks = tf.cast(length, tf.int64) // BLOCK + 2
    which = (position // BLOCK)[:, None] + tf.range(blocks)  # [B, N]
    seeds = tf.broadcast_to(seed[:, None], tf.shape(which))
    pairs = tf.reshape(tf.stack([seeds, which], axis=-1), [-1, 2])  # [B * N, 2]
    drawn = tf.map_fn(
        # Named, so that the numbers are the same ones on every device.
        lambda pair: tf.random.stateless_uniform([BLOCK], pair, alg="philox"),
        pairs,
        fn_output_signature=tf.TensorSpec([BLOCK], tf.float32),
    )
    drawn = tf.reshape(drawn, [-1, blocks * BLOCK])  # [B, N * 256]
    places = tf.cast(position % BLOCK, tf.int32)[:, None] + tf.range(length)
    return tf.gather(drawn, places, batch_dims=1)
