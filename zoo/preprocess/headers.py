"""What the formats share: reading numbers out of a file held in a string tensor.

A picture's header is read before its pixels are unpacked, so that a file that would
fill the memory is refused while it is still small. Everything is 64-bit: the offsets
in a file come from strangers, and must not overflow.
"""

from typing import NamedTuple

import tensorflow as tf

from zoo.corpora.pictures import MAX_PIXELS


class Header(NamedTuple):
    """What is known of one picture before its pixels are unpacked.

    Attributes:
        problem: Why the picture is refused, "" where it is not; string, [].
        encoded: The part of the file that holds the picture; string, [].
        box: Top, left, height, width that the picture is set in; int64, [4].
        orientation: 1 to 8, as EXIF numbers them; int64, [].
    """

    problem: tf.Tensor
    encoded: tf.Tensor
    box: tf.Tensor
    orientation: tf.Tensor


def upright(problem: tf.Tensor, encoded: tf.Tensor, box: list) -> Header:
    """Makes the header of a picture whose format knows no orientation."""
    return Header(problem, encoded, tf.stack(box), tf.constant(1, tf.int64))


def length(encoded: tf.Tensor) -> tf.Tensor:
    """Counts the bytes of a string, int64, []."""
    return tf.cast(tf.strings.length(encoded), tf.int64)


def part(encoded: tf.Tensor, start, count) -> tf.Tensor:
    """Cuts out `count` bytes from `start`, fewer where the string ends; string, []."""
    start = tf.convert_to_tensor(start, tf.int64)
    count = tf.convert_to_tensor(count, tf.int64)
    start = tf.clip_by_value(start, tf.constant(0, tf.int64), length(encoded))
    return tf.ensure_shape(tf.strings.substr(encoded, start, tf.maximum(count, 0)), [])


def numbers(encoded: tf.Tensor, start, count: int) -> tf.Tensor:
    """Reads `count` bytes from `start`, zeros beyond the end; int64, [count]."""
    read = tf.io.decode_raw(part(encoded, start, count), tf.uint8, fixed_length=count)
    return tf.cast(tf.reshape(read, [count]), tf.int64)


def big_endian(digits: tf.Tensor) -> tf.Tensor:
    """Joins bytes to numbers, the first byte the most significant; [..., N] -> [...].

    Args:
        digits: Bytes, int64, [..., N], N at most 7.
    """
    places = [256**place for place in reversed(range(digits.shape[-1]))]
    return tf.reduce_sum(digits * tf.constant(places, tf.int64), axis=-1)


def little_endian(digits: tf.Tensor) -> tf.Tensor:
    """Joins bytes to numbers, the last byte the most significant; [..., N] -> [...].

    Args:
        digits: Bytes, int64, [..., N], N at most 7.
    """
    return big_endian(tf.reverse(digits, axis=[-1]))


def has(encoded: tf.Tensor, start, expected: bytes) -> tf.Tensor:
    """Tells whether the bytes at `start` are the expected ones; bool, []."""
    return tf.equal(part(encoded, start, len(expected)), expected)


def when(condition: tf.Tensor, problem) -> tf.Tensor:
    """Gives the problem (str or string, []) where the condition holds, else ""."""
    return tf.where(condition, problem, "")


def first_problem(*problems: tf.Tensor) -> tf.Tensor:
    """Picks the first text that is not "", or "" where all are; string, []."""
    chosen = problems[-1]
    for problem in reversed(problems[:-1]):
        chosen = tf.where(tf.equal(problem, ""), chosen, problem)
    return chosen


def wrong_size(height: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """Says what is wrong with a picture's size in pixels, "" where nothing is.

    Args:
        height: Pixels, int64, [], below 2 ** 32.
        width: Pixels, int64, [], below 2 ** 32.

    Returns:
        The text, string, [].
    """
    width_text, height_text = tf.strings.as_string(width), tf.strings.as_string(height)
    size = tf.strings.join(["the picture has ", width_text, " x ", height_text])
    limit = f" pixels, more than {MAX_PIXELS // 10**6} megapixels"
    # By division, since the product of two 32-bit sides can pass 2 ** 63.
    too_many = height > MAX_PIXELS // tf.maximum(width, 1)
    return first_problem(
        when(tf.minimum(height, width) < 1, tf.strings.join([size, " pixels"])),
        when(too_many, tf.strings.join([size, limit])),
    )
