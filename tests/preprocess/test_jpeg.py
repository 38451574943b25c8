"""JPEG: colours, orientation and crafted files; Pillow is the oracle."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageOps

ORIENTATION, SHORT, LONG = 0x0112, 3, 4


def by_pillow(file):
    """Pillow's pixels of a file, turned upright, uint8, [H, W, 3]."""
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
    return np.asarray(upright.convert("RGB"))


def exif(order, entries, directory=8, count=None):
    """Writes an EXIF block by hand; `entries` are (tag, kind, value of 4 bytes)."""
    count = len(entries) if count is None else count
    block = struct.pack(order + "HI", 42, directory) + bytes(max(0, directory - 8))
    block += struct.pack(order + "H", count)
    for tag, kind, value in entries:
        block += struct.pack(order + "HHI", tag, kind, 1) + value
    return b"Exif\0\0" + {"<": b"II", ">": b"MM"}[order] + block + bytes(4)


def oriented(order, value):
    """The orientation's entry."""
    return ORIENTATION, SHORT, struct.pack(order + "HH", value, 0)


def with_segments(file, *segments):
    """Puts segments, pairs of a marker and a body, behind the start of a JPEG."""
    written = b""
    for marker, body in segments:
        written += bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
    return file[:2] + written + file[2:]


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_every_colour_space_becomes_rgb(mode, progressive, noise, make, decode):
    picture = Image.fromarray(noise).convert(mode)
    file = make.encode(picture, "JPEG", progressive=progressive, quality=90)
    np.testing.assert_array_equal(decode([file])[0], by_pillow(file))


def test_ycck_becomes_rgb(noise, make, decode):
    file = make.encode(Image.fromarray(noise).convert("CMYK"), "JPEG", quality=90)
    place = file.index(b"Adobe") + 11
    assert file[place] == 0  # CMYK; 2 says that the same bytes are YCCK
    file = file[:place] + b"\2" + file[place + 1 :]
    np.testing.assert_array_equal(decode([file])[0], by_pillow(file))


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_halved_colours_and_restarts_are_read(subsampling, noise, make, decode):
    options = {"subsampling": subsampling, "restart_marker_blocks": 1}
    file = make.encode(noise, "JPEG", **options)
    np.testing.assert_array_equal(decode([file])[0], by_pillow(file))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", range(1, 9))
def test_the_picture_is_turned_upright(value, order, noise, make, decode):
    tags = [(0x010F, 2, b"Zoo\0"), oriented(order, value), (0x0128, SHORT, bytes(4))]
    file = make.encode(noise, "JPEG", exif=exif(order, tags))
    stored = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
    assert value == 1 or not np.array_equal(by_pillow(file), stored)
    np.testing.assert_array_equal(decode([file])[0], by_pillow(file))


@pytest.mark.parametrize("value", range(1, 9))
def test_a_picture_that_is_not_square_is_turned_upright(value, photo, make, decode):
    file = make.encode(photo, "JPEG", exif=exif(">", [oriented(">", value)]))
    squashed = Image.fromarray(by_pillow(file)).resize((16, 16), Image.BILINEAR)
    (pixels,) = decode([file])
    np.testing.assert_allclose(pixels.astype(int), np.asarray(squashed), atol=1)


def test_exif_is_found_behind_other_segments(noise, make, decode):
    plain = make.encode(noise, "JPEG")
    block = exif("<", [oriented("<", 3)], directory=60_000)
    others = [(0xE0, b"JFIF"), (0xE2, bytes(65_000)), (0xE1, b"http://ns.adobe.com/\0")]
    file = with_segments(plain, *others, (0xFE, b"\xff\xd9\xff\xda"), (0xE1, block))
    np.testing.assert_array_equal(decode([file])[0], decode([plain])[0][::-1, ::-1])


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0",
        b"Exif\0\0II",
        b"Exif\0\0II\x2a\0\xff\xff\xff\xff",
        b"Exif\0\0" + b"MM\0\x2b" + exif(">", [oriented(">", 6)])[10:],
        b"Exif\0\0" + b"XX\0\x2a" + exif(">", [oriented(">", 6)])[10:],
        exif("<", [oriented("<", 6)], directory=1000)[:40],
        exif("<", [oriented("<", 6)], count=0),
        exif("<", [], count=65_535),
        exif(">", [oriented(">", 0)]),
        exif(">", [oriented(">", 9)]),
        exif("<", [oriented("<", 65_535)]),
        exif("<", [(ORIENTATION, LONG, b"\6\0\0\0")]),
        exif("<", [(ORIENTATION, SHORT, b"\6\0\0\0")])[:20],
        b"Exif\0\0" + bytes(range(256)),
    ],
)
def test_malformed_exif_turns_nothing(block, noise, make, decode):
    plain = make.encode(noise, "JPEG")
    (pixels,) = decode([with_segments(plain, (0xE1, block))])
    np.testing.assert_array_equal(pixels, decode([plain])[0])


def test_the_first_of_two_exif_segments_counts(noise, make, decode):
    plain = make.encode(noise, "JPEG")
    blocks = [(0xE1, exif("<", [oriented("<", value)])) for value in (4, 2)]
    (pixels,) = decode([with_segments(plain, *blocks)])
    np.testing.assert_array_equal(pixels, decode([plain])[0][::-1])


def test_stray_bytes_between_segments_are_passed_as_libjpeg_passes_them(
    noise, make, decode
):
    plain = make.encode(noise, "JPEG")
    strayed = plain[:2] + b"\xff\xff\xff" + plain[2:]
    np.testing.assert_array_equal(decode([strayed])[0], decode([plain])[0])


def test_a_thumbnail_does_not_pass_for_the_picture(noise, make, refusal, decode):
    thumbnail = make.encode(np.zeros((8, 8, 3), np.uint8), "JPEG")
    whole = make.encode(noise, "JPEG")
    carrying = with_segments(whole, (0xE1, exif("<", []) + thumbnail))
    np.testing.assert_array_equal(decode([carrying])[0], decode([whole])[0])
    assert "row 0: the JPEG file is cut short" in refusal([carrying[:-20]])


def test_the_size_is_checked_before_the_pixels_are_read(noise, make, refusal):
    file = bytearray(make.encode(noise, "JPEG"))
    place = file.index(b"\xff\xc0") + 5
    file[place : place + 4] = struct.pack(">HH", 8001, 8000)
    # Were the pixels read first, the error would be libjpeg's, and without a row.
    file[file.index(b"\xff\xc4") + 4] = 0xFF
    message = refusal([bytes(file)])
    assert "row 0: the picture has 8000 x 8001 pixels, more than 64 mega" in message


def test_a_size_of_nothing_is_refused(noise, make, refusal):
    file = bytearray(make.encode(noise, "JPEG"))
    place = file.index(b"\xff\xc0") + 5
    file[place : place + 2] = bytes(2)
    assert "row 0: the picture has 16 x 0 pixels" in refusal([bytes(file)])


def test_crafted_files_that_would_take_long_are_refused(noise, make, refusal):
    file = make.encode(noise, "JPEG", progressive=True)
    many_segments = with_segments(file, *[(0xFE, b"")] * 5000)
    assert "row 0: the JPEG file has over 4096 segments" in refusal([many_segments])
    scan = file[file.rindex(b"\xff\xda") : -2]
    many_scans = file[:-2] + 60 * scan + file[-2:]
    assert "row 0: the JPEG file has over 50 scans" in refusal([many_scans])
