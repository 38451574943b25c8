"""Small pictures, and the decoder traced once at the size that they have.

A picture of SIZE x SIZE pixels is not resampled, so what Pillow reads from the same
file must come out pixel by pixel.
"""

import io
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from zoo.preprocess import images

SIZE = 16


def encode(picture, kind, **options):
    """Writes a Pillow picture, or an array, as a file of the kind; bytes."""
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def raw_png(width, height, depth, colour, data, extra=b""):
    """Writes a PNG by hand, for the kinds that Pillow does not write; bytes."""

    def chunk(name, body):
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = chunk(b"IDAT", data)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + extra + pixels + chunk(b"IEND", b"")


@pytest.fixture(scope="session")
def make():
    """The writers of test files: `make.encode`, `make.raw_png`."""

    class Make:
        pass

    Make.encode, Make.raw_png = staticmethod(encode), staticmethod(raw_png)
    return Make


@pytest.fixture(scope="session")
def decode():
    """Decodes a list of files to an array [B, SIZE, SIZE, 3], in a traced graph."""
    spec = tf.TensorSpec([None], tf.string)
    traced = tf.function(lambda files: images.decode(files, SIZE), [spec])
    return lambda files: traced(tf.constant(files, tf.string, [len(files)])).numpy()


@pytest.fixture
def refusal(decode):
    """Gives the error of a batch that must be refused, as text."""

    def refuse(files):
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            decode(files)
        return caught.value.message

    return refuse


@pytest.fixture
def noise():
    """A picture of SIZE x SIZE in which no two parts are alike, uint8."""
    return np.random.default_rng(7).integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)


@pytest.fixture
def photo():
    """A smooth picture that is not square, uint8, [45, 60, 3]."""
    down, right = np.mgrid[0:45, 0:60]
    parts = [4 * right, 5 * down, 120 + 80 * np.sin(right / 7) * np.cos(down / 5)]
    return np.stack(parts, axis=-1).astype(np.uint8)
