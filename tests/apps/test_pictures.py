"""The picture as the page shows it."""

import io
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.pictures import LARGEST_SIDE, shown
from zoo.corpora.pictures import MAX_BYTES

ROOT = Path(__file__).parents[2]


def encoded(picture, format, **options):
    """A picture as a file's bytes."""
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def test_the_server_takes_files_as_large_as_the_zoo_does():
    config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
    assert config["server"]["maxUploadSize"] * 2**20 == MAX_BYTES


def test_a_photograph_held_sideways_is_shown_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera's top is on the right
    left_red = Image.new("RGB", (64, 32), "blue")
    left_red.paste("red", (0, 0, 32, 32))
    upright = shown(encoded(left_red, "JPEG", exif=exif))
    assert upright.size == (32, 64)
    top, bottom = np.asarray(upright)[8, 16], np.asarray(upright)[56, 16]
    assert top[0] > 200 > 50 > top[2]
    assert bottom[2] > 200 > 50 > bottom[0]


def test_a_large_picture_is_made_small_and_keeps_its_shape():
    seen = shown(encoded(Image.new("RGB", (2000, 1000)), "JPEG"))
    assert seen.size == (LARGEST_SIDE, LARGEST_SIDE // 2)


def test_what_is_transparent_is_shown_white():
    seen = shown(encoded(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "PNG"))
    assert seen.getpixel((4, 4)) == (255, 255, 255)


def test_sixteen_bits_a_pixel_keep_their_brightness():
    grey = Image.fromarray(np.full((8, 8), 0x8000, np.uint16))
    assert shown(encoded(grey, "PNG")).getpixel((4, 4)) == (128, 128, 128)


@pytest.mark.parametrize(
    ("mode", "format"),
    [("CMYK", "JPEG"), ("L", "JPEG"), ("P", "PNG"), ("1", "PNG"), ("P", "GIF")],
)
def test_every_kind_of_picture_is_shown_in_colour(mode, format):
    assert shown(encoded(Image.new(mode, (8, 8)), format)).mode == "RGB"
