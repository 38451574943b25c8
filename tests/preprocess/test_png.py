"""PNG: every kind of pixel; the oracle is Pillow, or else hand arithmetic."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

SIZE = 16
GREY, RGB, GREY_ALPHA, RGB_ALPHA = 0, 2, 4, 6


def over_white(file):
    """Pillow's pixels of a file, laid over white by arithmetic, uint8, [H, W, 3]."""
    pixels = np.asarray(Image.open(io.BytesIO(file)).convert("RGBA"), float)
    alpha = pixels[..., 3:] / 255
    return np.rint(pixels[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def packed(rows):
    """Packs rows of bytes as a PNG's data, without filters."""
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA", "LA"])
def test_every_kind_of_opaque_pixel_becomes_rgb(mode, noise, make, decode):
    file = make.encode(Image.fromarray(noise).convert(mode), "PNG")
    np.testing.assert_array_equal(decode([file])[0], over_white(file))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("mode", ["P", "L"])
def test_few_bits_a_pixel_reach_full_white(bits, mode, make, decode):
    levels = np.arange(SIZE * SIZE).reshape(SIZE, SIZE) % 2**bits
    if mode == "P":
        picture = Image.fromarray(levels.astype(np.uint8)).convert("P")
        picture.putpalette([value for level in range(256) for value in [level, 9, 99]])
        file = make.encode(picture, "PNG", bits=bits)
        expected = over_white(file)
    else:
        wide = (levels[:, :, None] >> np.arange(bits)[::-1]) & 1
        data = packed(np.packbits(wide.reshape(SIZE, -1), axis=1))
        file = make.raw_png(SIZE, SIZE, bits, GREY, data)
        grey = levels * (255 // (2**bits - 1))
        expected = np.repeat(grey[:, :, None], 3, axis=2)
    np.testing.assert_array_equal(decode([file])[0], expected)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_see_through_pixels_lie_over_white(mode, noise, make, decode):
    picture = Image.fromarray(noise).convert(mode)
    alpha = np.arange(SIZE * SIZE, dtype=np.uint8).reshape(SIZE, SIZE)
    picture.putalpha(Image.fromarray(alpha))
    file = make.encode(picture, "PNG")
    (pixels,) = decode([file])
    np.testing.assert_array_equal(pixels, over_white(file))
    assert (pixels[0, 0] == 255).all()


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_palette_with_alpha_lies_over_white(bits, noise, make, decode):
    picture = Image.fromarray(noise).quantize(2**bits)
    alpha = bytes(np.linspace(0, 255, 2**bits).astype(np.uint8))
    file = make.encode(picture, "PNG", transparency=alpha, bits=bits)
    assert file[24] == bits
    np.testing.assert_array_equal(decode([file])[0], over_white(file))


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_one_colour_named_see_through_becomes_white(mode, make, decode):
    grey = np.repeat(np.arange(SIZE, dtype=np.uint8)[:, None] * 10, SIZE, axis=1)
    picture = Image.fromarray(grey).convert(mode)
    clear = 50 if mode == "L" else (50, 50, 50)
    (pixels,) = decode([make.encode(picture, "PNG", transparency=clear)])
    expected = np.where(grey == 50, 255, grey)[:, :, None]
    np.testing.assert_array_equal(pixels, np.repeat(expected, 3, axis=2))


def test_grey_of_one_bit_with_a_see_through_level_becomes_white(make, decode):
    # Level 1 is see-through, level 0 is black.
    chunk = b"tRNS" + b"\0\1"
    extra = struct.pack(">I", 2) + chunk + struct.pack(">I", zlib.crc32(chunk))
    bits = np.tile(np.array([0b10101010, 0b10101010], np.uint8), (SIZE, 1))
    file = make.raw_png(SIZE, SIZE, 1, GREY, packed(bits), extra)
    expected = np.tile(np.array([255, 0] * (SIZE // 2)), (SIZE, 1))[:, :, None]
    np.testing.assert_array_equal(decode([file])[0], np.repeat(expected, 3, axis=2))


@pytest.mark.parametrize("colour", [GREY, RGB, GREY_ALPHA, RGB_ALPHA])
def test_sixteen_bits_keep_their_upper_eight(colour, make, decode):
    channels = {GREY: 1, RGB: 3, GREY_ALPHA: 2, RGB_ALPHA: 4}[colour]
    samples = np.random.default_rng(3).integers(0, 2**16, (SIZE, SIZE, channels))
    if colour in (GREY_ALPHA, RGB_ALPHA):
        samples[..., -1] = 2**16 - 1
    file = make.raw_png(SIZE, SIZE, 16, colour, packed(samples.astype(">u2")))
    colours = samples[..., :3] if channels >= 3 else samples[..., :1].repeat(3, axis=2)
    np.testing.assert_array_equal(decode([file])[0], colours >> 8)


def test_the_size_is_checked_before_the_pixels_are_read(make, refusal):
    # Were the pixels read first, the error would be libpng's, and without a row.
    for width, height in [(8000, 8001), (2**32 - 1, 2**32 - 1), (64_000_001, 1)]:
        message = refusal([make.raw_png(width, height, 8, RGB, b"no pixels")])
        assert f"row 0: the picture has {width} x {height} pixels, more" in message


def test_a_size_of_nothing_is_refused(make, refusal):
    message = refusal([make.raw_png(0, 5, 8, RGB, b"")])
    assert "row 0: the picture has 0 x 5 pixels" in message


def test_missing_pixels_are_refused(make, refusal):
    message = refusal([make.raw_png(SIZE, SIZE, 8, RGB, zlib.compress(bytes(9)))])
    assert "PNG" in message
