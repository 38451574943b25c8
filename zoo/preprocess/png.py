"""PNG: its header, and its pixels over white.

Reference: W3C, Portable Network Graphics (PNG) Specification, sections 5.3 and 11.2.
"""

import tensorflow as tf

from zoo.preprocess import headers

SIGNATURE = b"\x89PNG\r\n\x1a\n"
FIRST_CHUNK = b"\x00\x00\x00\x0dIHDR"
PIXELS, CLEAR_COLOURS = b"IDAT", b"tRNS"
DEPTH_AT = 24
# Colour types; ALPHA is a bit of them.
GREY, ALPHA = 0, 4
LAST_CHUNK = b"\x00\x00\x00\x00IEND"


def inspect(encoded: tf.Tensor) -> headers.Header:
    """Reads the size of a PNG, and whether its last chunk is there.

    Args:
        encoded: The file, string, [].

    Returns:
        What is known before the pixels are unpacked.
    """
    size_at = len(SIGNATURE) + len(FIRST_CHUNK)
    size = headers.numbers(encoded, size_at, 8)
    width, height = headers.big_endian(size[:4]), headers.big_endian(size[4:])
    around_end = tf.strings.split(encoded, LAST_CHUNK, maxsplit=1)
    problem = headers.first_problem(
        headers.when(
            headers.length(encoded) < size_at + 8,
            "the PNG file ends inside its header",
        ),
        headers.when(
            ~headers.has(encoded, len(SIGNATURE), FIRST_CHUNK),
            "the PNG file does not begin with its header",
        ),
        headers.wrong_size(height, width),
        headers.when(
            tf.size(around_end) < 2, "the PNG file is cut short: its end is missing"
        ),
    )
    return headers.upright(problem, encoded, [0, 0, height, width])


def unpack(header: headers.Header) -> tf.Tensor:
    """Unpacks a PNG of any kind; 16-bit samples keep their upper 8 bits.

    Args:
        header: From `inspect`, without a problem.

    Returns:
        The pixels, see-through ones over white, uint8, [H, W, 3].
    """
    depth, kind = tf.unstack(headers.numbers(header.encoded, DEPTH_AT, 2))
    before_pixels = tf.strings.split(header.encoded, PIXELS, maxsplit=1)[0]
    around = tf.strings.split(before_pixels, CLEAR_COLOURS, maxsplit=1)
    # The decoder's alpha is 2 ** depth - 1, almost white, where the file has none.
    return tf.cond(
        tf.equal(kind & ALPHA, ALPHA) | (tf.size(around) > 1),
        lambda: _over_white(tf.io.decode_png(header.encoded, channels=4)),
        lambda: _stretch(tf.io.decode_png(header.encoded, channels=3), depth, kind),
    )


def _stretch(pixels: tf.Tensor, depth: tf.Tensor, kind: tf.Tensor) -> tf.Tensor:
    """Stretches grey of 1, 2 or 4 bits, which the decoder leaves as it is.

    Args:
        pixels: Opaque pixels, uint8, [H, W, 3].
        depth: Bits a sample, int64, [].
        kind: Colour type as the header has it, int64, [].

    Returns:
        The pixels from 0 to 255, uint8, [H, W, 3].
    """
    highest = tf.bitwise.left_shift(tf.constant(1, tf.int64), depth % 8) - 1
    highest = tf.maximum(tf.cast(highest, tf.uint8), 1)

    def stretched():
        # A decoder that one day stretches them itself gives values above `highest`.
        as_stored = tf.reduce_max(pixels) <= highest
        return pixels * tf.where(as_stored, 255 // highest, 1)

    small = (depth < 8) & tf.equal(kind, GREY)
    return tf.cond(small, stretched, lambda: pixels)


def _over_white(pixels: tf.Tensor) -> tf.Tensor:
    """Lays RGBA over white; uint8, [H, W, 4] -> [H, W, 3]."""
    # 255 * 255 + 127 fits 16 bits, which halves the memory of a large picture.
    ink = tf.cast(255 - pixels[..., :3], tf.uint16)
    ink = (ink * tf.cast(pixels[..., 3:], tf.uint16) + 127) // 255
    return 255 - tf.cast(ink, tf.uint8)
