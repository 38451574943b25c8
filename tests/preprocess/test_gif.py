"""GIF: the first frame, its see-through colour and its place; Pillow is the oracle."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

SIZE = 16


def first_frame(file):
    """Pillow's pixels of the first frame, laid over white, uint8, [H, W, 3]."""
    picture = Image.open(io.BytesIO(file)).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("RGB"))


def frame_at(file):
    """Where the first frame's descriptor starts; the sizes are those of the screen."""
    return file.index(b"\x2c\0\0\0\0" + file[6:10])


def blocks(data, sizes):
    """Cuts data into blocks whose sizes take turns."""
    cut, place = b"", 0
    while place < len(data):
        size = sizes[len(cut) % len(sizes)]
        piece = data[place : place + size]
        cut += bytes([len(piece)]) + piece
        place += size
    return cut + b"\0"


@pytest.mark.parametrize("interlace", [0, 1])
@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_a_still_picture_is_read(mode, interlace, noise, make, decode):
    picture = Image.fromarray(noise).convert(mode)
    file = make.encode(picture, "GIF", interlace=interlace)
    np.testing.assert_array_equal(decode([file])[0], first_frame(file))


def test_see_through_pixels_are_white(noise, make, decode):
    picture = Image.fromarray(noise).quantize(200)
    clear = int(np.asarray(picture)[3, 4])
    file = make.encode(picture, "GIF", transparency=clear)
    (pixels,) = decode([file])
    assert (pixels[3, 4] == 255).all()
    np.testing.assert_array_equal(pixels, first_frame(file))


def test_an_animation_gives_its_first_frame(noise, make, decode):
    frames = [Image.fromarray(np.roll(noise, turn, axis=0)) for turn in range(5)]
    file = make.encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert Image.open(io.BytesIO(file)).n_frames == 5
    np.testing.assert_array_equal(decode([file])[0], first_frame(file))


def test_later_frames_are_not_unpacked(noise, make, decode):
    file = make.encode(noise, "GIF")
    # A frame of 65,535 x 65,535 pixels, over and over, and no end.
    huge = b"\x2c\0\0\0\0\xff\xff\xff\xff\0\x08\x02\x4c\x01\0"
    (pixels,) = decode([file[:-1] + huge * 5000])
    np.testing.assert_array_equal(pixels, first_frame(file))


@pytest.mark.parametrize("sizes", [[255], [254], [1], [1, 2, 3], [255, 7]])
def test_blocks_of_every_length_are_walked(sizes, make, decode):
    # Large enough for more blocks than are passed at a time.
    picture = np.random.default_rng(5).integers(0, 256, (150, 150)).astype(np.uint8)
    file = make.encode(picture, "GIF")
    start = frame_at(file) + 11
    data, place = b"", start
    while file[place]:
        data += file[place + 1 : place + 1 + file[place]]
        place += 1 + file[place]
    cut = file[:start] + blocks(data, sizes) + b"\x3b"
    np.testing.assert_array_equal(decode([cut]), decode([file]))


def test_a_frame_smaller_than_its_screen_is_set_in_white(make, decode):
    small = np.zeros((4, 6), np.uint8)
    file = bytearray(make.encode(small, "GIF"))
    place = frame_at(file)
    file[6:10] = struct.pack("<HH", SIZE, SIZE)
    file[place + 1 : place + 5] = struct.pack("<HH", 3, 5)  # left, top
    expected = np.full((SIZE, SIZE, 3), 255)
    expected[5:9, 3:9] = 0
    np.testing.assert_array_equal(decode([bytes(file)])[0], expected)


def test_a_frame_with_a_colour_table_of_its_own_is_read(noise, make, decode):
    file = make.encode(Image.fromarray(noise).quantize(256), "GIF")
    assert file[10] & 0x87 == 0x87
    place = frame_at(file)
    table = file[13 : 13 + 768]
    moved = file[:10] + b"\0" + file[11:13] + file[13 + 768 : place + 9]
    moved += bytes([file[place + 9] | 0x87]) + table + file[place + 10 :]
    np.testing.assert_array_equal(decode([moved])[0], first_frame(file))


def test_a_frame_without_a_colour_table_is_refused(noise, make, refusal):
    file = make.encode(Image.fromarray(noise).quantize(256), "GIF")
    bare = file[:10] + b"\0" + file[11:13] + file[13 + 768 :]
    assert "row 0: the GIF file has no colour table" in refusal([bare])


@pytest.mark.parametrize("where", ["screen", "frame"])
def test_the_size_is_checked_before_the_pixels_are_read(where, make, refusal):
    file = bytearray(make.encode(np.zeros((4, 6), np.uint8), "GIF"))
    place = 6 if where == "screen" else frame_at(file) + 5
    file[place : place + 4] = struct.pack("<HH", 8000, 8001)
    message = refusal([bytes(file)])
    assert "row 0: the picture has 8000 x 8001 pixels, more than 64 mega" in message


def test_a_frame_of_no_size_is_refused(make, refusal):
    file = bytearray(make.encode(np.zeros((4, 6), np.uint8), "GIF"))
    place = frame_at(file) + 5
    file[place : place + 2] = bytes(2)
    assert "row 0: the first frame of the GIF file is empty" in refusal([bytes(file)])


def test_crafted_files_that_would_take_long_are_refused(make, refusal):
    file = make.encode(np.zeros((4, 6), np.uint8), "GIF")
    place = frame_at(file)
    crafted = file[:place] + b"\x21\xfe\0" * 20_000 + file[place:]
    assert "row 0: the first frame of the GIF file has over 20000 bl" in refusal(
        [crafted]
    )
