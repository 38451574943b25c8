"""JPEG: its size, its end and its orientation, found by walking its segments.

Reference: ITU-T T.81, annex B (segments); CIPA DC-008, Exif 2.3, section 4.5
(the TIFF structure in the APP1 segment, and tag 0x0112, Orientation).
"""

from typing import NamedTuple

import tensorflow as tf

from zoo.preprocess import headers

SIGNATURE = b"\xff\xd8\xff"
END = b"\xff\xd9"
SCAN = b"\xff\xda"
EXIF = b"Exif\0\0"
ORIENTATION, SHORT = 0x0112, 3
# Files have a few dozen segments and ten scans; the limits stop crafted ones, in
# which every scan of a few bytes costs a pass over the whole picture.
MOST_SEGMENTS = 4096
MOST_SCANS = 50


class Walk(NamedTuple):
    """Offsets found in a JPEG, -1 where there is none; int64, [].

    Attributes:
        at: Where the walk stands.
        frame: The start-of-frame segment, which holds the size.
        scan: The first start-of-scan segment, after which the coded pixels follow.
        exif: The EXIF segment.
        end: The end-of-image marker, where it comes before any scan.
    """

    at: tf.Tensor
    frame: tf.Tensor
    scan: tf.Tensor
    exif: tf.Tensor
    end: tf.Tensor


def inspect(encoded: tf.Tensor) -> headers.Header:
    """Reads the size and orientation of a JPEG and cuts off what follows its end.

    Cameras write previews and films after the end of the picture.

    Args:
        encoded: The file, string, [].

    Returns:
        What is known before the pixels are unpacked.
    """
    walk = _walk(encoded)
    size = headers.numbers(encoded, walk.frame + 5, 4)
    height, width = headers.big_endian(size[:2]), headers.big_endian(size[2:])
    scans = headers.part(encoded, walk.scan, headers.length(encoded))
    around_end = tf.strings.split(scans, END, maxsplit=1)
    coded = tf.gather(around_end, 0)
    picture = [headers.part(encoded, 0, walk.scan), coded, END]
    in_file = walk.at < headers.length(encoded)
    stopped = tf.maximum(walk.scan, walk.end) >= 0
    problem = headers.first_problem(
        headers.when(
            in_file & ~stopped, f"the JPEG file has over {MOST_SEGMENTS} segments"
        ),
        headers.when(
            ~stopped, "the JPEG file is cut short: it ends before its picture"
        ),
        headers.when(
            (walk.scan < 0) | (walk.frame < 0), "the JPEG file holds no picture"
        ),
        headers.wrong_size(height, width),
        headers.when(
            tf.size(around_end) < 2, "the JPEG file is cut short: its end is missing"
        ),
        headers.when(
            tf.size(tf.strings.split(coded, SCAN)) > MOST_SCANS + 1,
            f"the JPEG file has over {MOST_SCANS} scans",
        ),
    )
    return headers.Header(
        problem=problem,
        encoded=tf.strings.join(picture),
        box=tf.stack([0, 0, height, width]),
        orientation=_orientation(encoded, walk.exif),
    )


def unpack(header: headers.Header) -> tf.Tensor:
    """Unpacks a JPEG; grey and CMYK become RGB.

    Args:
        header: From `inspect`, without a problem.

    Returns:
        The pixels as stored, not yet turned upright, uint8, [H, W, 3].
    """
    return tf.io.decode_jpeg(header.encoded, channels=3, dct_method="INTEGER_ACCURATE")


def _walk(encoded: tf.Tensor) -> Walk:
    """Walks the segments of a JPEG to its first scan, skipping strays as libjpeg."""
    nowhere = tf.constant(-1, tf.int64)

    def goes_on(at, frame, scan, exif, end):
        return (at < headers.length(encoded)) & (scan < 0) & (end < 0)

    def step(at, frame, scan, exif, end):
        head = headers.numbers(encoded, at, 4)
        kind = head[1]
        marker = tf.equal(head[0], 0xFF) & (kind > 0) & (kind < 0xFF)
        bare = tf.equal(kind, 0x01) | ((kind >= 0xD0) & (kind <= 0xD9))
        # 0xC4, 0xC8 and 0xCC stand among the frames and are none.
        sizes = (kind >= 0xC0) & (kind <= 0xCF) & tf.not_equal(kind & 3, 0)
        sizes = marker & (sizes | tf.equal(kind, 0xC0))
        oriented = tf.equal(kind, 0xE1) & headers.has(encoded, at + 4, EXIF)
        segment = 2 + tf.maximum(headers.big_endian(head[2:]), 2)
        ahead = tf.where(~bare, segment, 2)
        return Walk(
            at=at + tf.where(marker, ahead, 1),
            frame=tf.where(sizes, at, frame),
            scan=tf.where(marker & tf.equal(kind, SCAN[1]), at, scan),
            exif=tf.where(marker & oriented & (exif < 0), at, exif),
            end=tf.where(marker & tf.equal(kind, END[1]), at, end),
        )

    return tf.while_loop(
        goes_on,
        step,
        Walk(tf.constant(0, tf.int64), *[nowhere] * 4),
        maximum_iterations=MOST_SEGMENTS,
    )


def _orientation(encoded: tf.Tensor, exif: tf.Tensor) -> tf.Tensor:
    """Reads the orientation from the first directory of an EXIF segment.

    Args:
        encoded: The file, string, [].
        exif: Where the segment starts, -1 where there is none, int64, [].

    Returns:
        1 to 8, and 1 for EXIF that is missing or malformed; int64, [].
    """
    segment = 2 + headers.big_endian(headers.numbers(encoded, exif + 2, 2))
    # A tag's offsets are counted from here.
    tiff = headers.part(encoded, exif + 4 + len(EXIF), segment - 4 - len(EXIF))
    little = headers.has(tiff, 0, b"II\x2a\0")
    sound = (exif >= 0) & (little | headers.has(tiff, 0, b"MM\0\x2a"))

    def number(digits):
        read = headers.little_endian(digits), headers.big_endian(digits)
        return tf.where(little, *read)

    directory = number(headers.numbers(tiff, 4, 4))
    count = number(headers.numbers(tiff, directory, 2))
    count = tf.minimum(count, (headers.length(tiff) - directory - 2) // 12)
    entries = headers.part(tiff, directory + 2, 12 * count)
    entries = tf.cast(tf.io.decode_raw(entries, tf.uint8), tf.int64)
    entries = tf.reshape(entries, [-1, 12])  # [N, 12]
    tags, kinds = number(entries[:, 0:2]), number(entries[:, 2:4])  # [N], [N]
    wanted = tf.equal(tags, ORIENTATION) & tf.equal(kinds, SHORT)  # [N]
    values = tf.boolean_mask(number(entries[:, 8:10]), wanted)  # [0 or more]
    value = tf.concat([values, [1]], axis=0)[0]
    return tf.where(sound & (value >= 1) & (value <= 8), value, 1)
