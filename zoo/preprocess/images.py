"""Encoded pictures to arrays, in graph ops that a SavedModel can hold.

A row is refused with INVALID_ARGUMENT and its number, before its pixels are unpacked,
where its header shows what is wrong. What only the unpacking finds, such as damaged
data in the middle of a file, is INVALID_ARGUMENT without the row.
"""

import tensorflow as tf

from zoo.preprocess import gif, headers, jpeg, png

FORMATS = {jpeg: [jpeg.SIGNATURE], png: [png.SIGNATURE], gif: gif.SIGNATURES}
# Pictures unpacked at a time: one of 64 megapixels takes 200 MB and more.
AT_ONCE = 4


# Nothing here is Python control flow over tensors; tracing is faster without autograph.
@tf.autograph.experimental.do_not_convert
def decode(image_bytes: tf.Tensor, size: int = 224) -> tf.Tensor:
    """Unpacks pictures, turns them upright and squashes each to a square.

    Colour: grey and CMYK become RGB; what is see-through lies over white; 16 bits
    become 8. Of an animation the first frame is taken. A JPEG is turned as its EXIF
    orientation says. A picture of size x size pixels is not resampled.

    Args:
        image_bytes: JPEG, PNG or GIF files of at most 64 megapixels, string, [B].
        size: Side of the square, pixels, at least 1.

    Returns:
        The pictures in RGB, uint8, [B, size, size, 3].

    Raises:
        ValueError: If `size` is below 1 or `image_bytes` is not of rank 1.
        tf.errors.InvalidArgumentError: When run on a file that is no such picture.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, received {size}")
    image_bytes = tf.convert_to_tensor(image_bytes, tf.string)
    if image_bytes.shape.rank != 1:
        raise ValueError(
            f"image_bytes must have shape [B], received {image_bytes.shape}"
        )
    return tf.map_fn(
        lambda row: _decode_row(*row, size),
        (tf.range(tf.size(image_bytes)), image_bytes),
        fn_output_signature=tf.TensorSpec((size, size, 3), tf.uint8),
        parallel_iterations=AT_ONCE,
    )


def _decode_row(row: tf.Tensor, encoded: tf.Tensor, size: int) -> tf.Tensor:
    """Unpacks one picture, the number of which stands in errors."""
    kind = _kind(encoded)
    inspectors = [lambda of=of: of.inspect(encoded) for of in FORMATS]
    header = tf.switch_case(kind, [*inspectors, lambda: _no_picture(encoded)])
    message = tf.strings.join(["row ", tf.strings.as_string(row), ": ", header.problem])
    checked = tf.debugging.Assert(tf.equal(header.problem, ""), [message])
    # Without this order the graph may unpack a picture while it is being refused.
    with tf.control_dependencies([] if checked is None else [checked]):
        header = tf.nest.map_structure(tf.identity, header)
        kind = tf.identity(kind)
    unpackers = [lambda of=of: of.unpack(header) for of in FORMATS]
    pixels = tf.switch_case(kind, unpackers)  # [H, W, 3]
    pixels.set_shape([None, None, 3])
    squashed = tf.image.resize(pixels, [size, size], antialias=True)
    squashed = tf.clip_by_value(tf.round(squashed), 0.0, 255.0)
    return _turn(tf.cast(squashed, tf.uint8), header.orientation)


def _kind(encoded: tf.Tensor) -> tf.Tensor:
    """Finds the place of a file's format in FORMATS, their number for none."""
    kind = tf.constant(len(FORMATS))
    for place, signatures in enumerate(FORMATS.values()):
        for signature in signatures:
            kind = tf.where(headers.has(encoded, 0, signature), place, kind)
    return kind


def _no_picture(encoded: tf.Tensor) -> headers.Header:
    """Says why a file of no known format is refused."""
    problem = headers.first_problem(
        headers.when(tf.equal(headers.length(encoded), 0), "the picture is empty"),
        tf.constant("the file is not a JPEG, PNG or GIF picture"),
    )
    return headers.upright(problem, encoded, [tf.constant(0, tf.int64)] * 4)


def _turn(picture: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Turns a square picture upright.

    After the squashing, where it costs least; resampling treats both axes alike, so
    that the order makes no difference.

    Args:
        picture: Pixels as stored, uint8, [S, S, 3].
        orientation: 1 to 8, int64, [].

    Returns:
        The picture upright, uint8, [S, S, 3].

    Reference: CIPA DC-008, Exif 2.3, section 4.6.4, tag Orientation.
    """
    swapped = orientation >= 5
    mirrored = tf.reduce_any(tf.equal(orientation, [2, 3, 6, 7]))
    upside_down = tf.reduce_any(tf.equal(orientation, [3, 4, 7, 8]))
    picture = tf.where(swapped, tf.transpose(picture, [1, 0, 2]), picture)
    picture = tf.where(mirrored, tf.reverse(picture, [1]), picture)
    return tf.where(upside_down, tf.reverse(picture, [0]), picture)
