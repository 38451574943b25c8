"""GIF: its first frame, cut out of the file before anything is unpacked.

TensorFlow's decoder unpacks every frame of an animation, though one is asked for, and
shows see-through pixels as black. A small file of many large frames would fill the
memory. So the first frame is found by walking the blocks, and written as a file of its
own, in which the see-through colour is white.

Reference: CompuServe, Graphics Interchange Format, Version 89a, sections 15 to 24.
"""

import tensorflow as tf

from zoo.preprocess import headers

SIGNATURES = (b"GIF87a", b"GIF89a")
SCREEN_AT, TABLE_AT = 6, 13
EXTENSION, FRAME, TRANSPARENCY = 0x21, 0x2C, 0xF9
# Data blocks of equal length, which encoders write, are passed this many at a time.
STRIDE = 64
# A 64-megapixel frame takes a few thousand steps; the limit stops crafted files.
MOST_STEPS = 20_000


def inspect(encoded: tf.Tensor) -> headers.Header:
    """Finds the first frame of a GIF and makes it a file of its own.

    Args:
        encoded: The file, string, [].

    Returns:
        What is known before the pixels are unpacked; `box` sets the frame in the
        screen, which may be larger.
    """
    screen = headers.numbers(encoded, SCREEN_AT, 7)
    end, frame, clear, done = _walk(encoded, TABLE_AT + _table_bytes(screen[4]))
    descriptor = headers.numbers(encoded, frame, 10) * tf.cast(frame > 0, tf.int64)
    sides = headers.little_endian(tf.reshape(descriptor[1:9], [4, 2]))
    left, top, width, height = tf.unstack(sides)
    # A frame that passes the edge of its screen widens it.
    screen_width = tf.maximum(headers.little_endian(screen[0:2]), left + width)
    screen_height = tf.maximum(headers.little_endian(screen[2:4]), top + height)
    alone, has_table = _alone(encoded, frame, descriptor, end, clear)
    in_file = end < headers.length(encoded)
    problem = headers.first_problem(
        headers.when(
            headers.length(encoded) < TABLE_AT, "the GIF file ends inside its header"
        ),
        headers.when(
            ~done & in_file,
            f"the first frame of the GIF file has over {MOST_STEPS} blocks",
        ),
        headers.when(~done, "the GIF file is cut short: its first frame has no end"),
        headers.when(frame < 0, "the GIF file holds no picture"),
        headers.wrong_size(screen_height, screen_width),
        headers.when(
            tf.minimum(height, width) < 1, "the first frame of the GIF file is empty"
        ),
        headers.when(~has_table, "the GIF file has no colour table"),
    )
    return headers.upright(problem, alone, [top, left, screen_height, screen_width])


def unpack(header: headers.Header) -> tf.Tensor:
    """Unpacks the one frame, set in its screen, which is white.

    Args:
        header: From `inspect`, without a problem.

    Returns:
        The pixels, uint8, [H, W, 3].
    """
    frame = tf.io.decode_gif(header.encoded)[0]  # [h, w, 3]
    top, left, screen_height, screen_width = tf.unstack(header.box)
    height, width = tf.unstack(tf.shape(frame, out_type=tf.int64)[:2])
    below, beside = screen_height - top - height, screen_width - left - width
    margins = [[top, below], [left, beside], [0, 0]]
    return tf.pad(frame, margins, constant_values=255)  # [H, W, 3]


def _table_bytes(flags: tf.Tensor) -> tf.Tensor:
    """Reads the length of the colour table, 0 where there is none, from its flags."""
    entries = tf.bitwise.left_shift(tf.constant(2, tf.int64), flags & 7)
    return tf.where(flags >= 128, 3 * entries, 0)


def _walk(encoded: tf.Tensor, start: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Walks the blocks of a GIF to the end of its first frame.

    Args:
        encoded: The file, string, [].
        start: Where the first block begins, int64, [].

    Returns:
        Where the frame ends; where it starts (-1: not found); its see-through colour
        (-1: none); int64, []. Whether the walk reached an end, bool, [].
    """
    nowhere = tf.constant(-1, tf.int64)

    def step(at, frame, clear, in_data, done):
        head = headers.numbers(encoded, at, 10)
        starts_extension = ~in_data & tf.equal(head[0], EXTENSION)
        starts_frame = ~in_data & tf.equal(head[0], FRAME)
        ends_data = in_data & tf.equal(head[0], 0)
        ahead = tf.where(in_data, _equal_blocks(encoded, at), 0)
        ahead = tf.where(~starts_extension, ahead, 2)
        # Ten bytes of descriptor, and one of code size after the colour table.
        ahead = tf.where(starts_frame, 11 + _table_bytes(head[9]), ahead)
        control = starts_extension & tf.equal(head[1], TRANSPARENCY)
        clear_now = tf.where(tf.equal(head[3] & 1, 1), head[6], -1)
        clear = tf.where(control, clear_now, clear)
        frame = tf.where(starts_frame, at, frame)
        done = (ends_data & (frame >= 0)) | ~(in_data | starts_extension | starts_frame)
        in_data = (in_data & ~ends_data) | starts_extension | starts_frame
        return at + ahead, frame, clear, in_data, done

    end, frame, clear, _, done = tf.while_loop(
        lambda at, frame, clear, in_data, done: ~done & (at < headers.length(encoded)),
        step,
        (start, nowhere, nowhere, tf.constant(False), tf.constant(False)),
        maximum_iterations=MOST_STEPS,
    )
    return end, frame, clear, done


def _equal_blocks(encoded: tf.Tensor, at: tf.Tensor) -> tf.Tensor:
    """Counts the bytes of the data blocks from `at` that are as long as the first."""
    ahead = tf.io.decode_raw(headers.part(encoded, at, 256 * STRIDE), tf.uint8)
    block = 1 + tf.cast(ahead[0], tf.int64)
    lengths = tf.ensure_shape(ahead[::block], [None])
    differs = tf.not_equal(lengths, lengths[0])
    equal = tf.where(
        tf.reduce_any(differs),
        tf.argmax(differs, output_type=tf.int64),
        tf.size(lengths, out_type=tf.int64),
    )
    # The byte of length 0 that ends the data is one byte on, whatever follows it.
    return tf.where(block > 1, equal * block, 1)


def _alone(encoded, frame, descriptor, end, clear) -> tuple[tf.Tensor, tf.Tensor]:
    """Writes one frame as a file of its own, without extensions.

    Args:
        encoded: The file, string, [].
        frame: Where the frame starts, int64, [].
        descriptor: Its first ten bytes, int64, [10].
        end: Where its data ends, int64, [].
        clear: Its see-through colour, -1 for none, int64, [].

    Returns:
        The file, string, []; whether it has a colour table, bool, [].
    """
    flags_at = tf.where(descriptor[9] >= 128, frame + 9, SCREEN_AT + 4)
    table_at = tf.where(descriptor[9] >= 128, frame + 10, TABLE_AT)
    table_bytes = _table_bytes(headers.numbers(encoded, flags_at, 1)[0])
    table = headers.part(encoded, table_at, table_bytes)
    whitened = tf.strings.join(
        [
            headers.part(table, 0, 3 * clear),
            b"\xff\xff\xff",
            headers.part(table, 3 * clear + 3, table_bytes),
        ]
    )
    table = tf.where((clear >= 0) & (3 * clear < table_bytes), whitened, table)
    flags = headers.part(encoded, flags_at, 1)
    size = headers.part(encoded, frame + 5, 4)
    data_at = frame + 10 + _table_bytes(descriptor[9])
    data = headers.part(encoded, data_at, end - data_at)
    interlaced = tf.where(tf.equal(descriptor[9] & 64, 64), b"\x40", b"\0")
    screen = [SIGNATURES[1], size, flags, b"\0\0", table]
    picture = [b"\x2c\0\0\0\0", size, interlaced, data, b"\x3b"]
    return tf.strings.join(screen + picture), table_bytes > 0
