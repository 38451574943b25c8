"""The contract of `images.decode`, format by format in the files beside this one."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests import alone
from zoo.preprocess import images

SIZE = 16
KINDS = ("JPEG", "PNG", "GIF")

# Runs where the repository is not on the path.
RELOAD = """
import sys
import numpy
import tensorflow
module = tensorflow.saved_model.load("saved")
files = [open(f"{place}.bin", "rb").read() for place in range(3)]
numpy.save("pixels.npy", module.decode(tensorflow.constant(files)).numpy())
assert not [name for name in sys.modules if name.split(".")[0] == "zoo"]
"""

WARM = """
import tensorflow
from zoo.preprocess import images
decode = tensorflow.function(lambda files: images.decode(files, 16))
decode(tensorflow.constant([open("small.bin", "rb").read()]))
"""
LARGE = """
try:
    decode(tensorflow.constant([open("large.bin", "rb").read()]))
except tensorflow.errors.InvalidArgumentError as error:
    print(error.message)
"""


def test_a_picture_is_squashed_as_pillow_squashes_it(photo, make, decode):
    squashed = Image.fromarray(photo).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    (pixels,) = decode([make.encode(photo, "PNG")])
    np.testing.assert_allclose(pixels.astype(int), np.asarray(squashed), atol=1)


def test_a_smaller_picture_is_stretched(make, decode):
    small = np.full((3, 5, 3), [10, 200, 30], np.uint8)
    (pixels,) = decode([make.encode(small, "PNG")])
    np.testing.assert_array_equal(pixels, np.full((SIZE, SIZE, 3), [10, 200, 30]))


def test_a_picture_of_one_pixel_fills_the_square(make, decode):
    (pixels,) = decode([make.encode(np.full((1, 1, 3), 77, np.uint8), "PNG")])
    np.testing.assert_array_equal(pixels, np.full((SIZE, SIZE, 3), 77))


def test_an_empty_batch_gives_an_empty_batch(decode):
    assert decode([]).shape == (0, SIZE, SIZE, 3)


def test_the_shape_is_known_before_it_runs():
    spec = tf.TensorSpec([None], tf.string)
    traced = tf.function(images.decode, [spec]).get_concrete_function()
    assert traced.output_shapes.as_list() == [None, 224, 224, 3]
    assert traced.output_dtypes == tf.uint8


def test_a_row_does_not_depend_on_its_neighbours(noise, photo, make, decode):
    files = [make.encode(noise, "JPEG"), make.encode(photo, "GIF")]
    files.append(make.encode(photo, "PNG"))
    alone = [decode([file])[0] for file in files]
    for order in itertools.permutations(range(3)):
        together = decode([files[place] for place in order])
        np.testing.assert_array_equal(together, [alone[place] for place in order])


def test_it_also_answers_without_being_traced(photo, make, decode):
    files = [make.encode(photo, kind) for kind in KINDS]
    np.testing.assert_array_equal(images.decode(files, SIZE), decode(files))
    with pytest.raises(tf.errors.InvalidArgumentError, match="row 1: .*empty"):
        images.decode([files[0], b""], SIZE)


@pytest.mark.parametrize("row", [0, 2])
@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "the picture is empty"),
        (b"x", "not a JPEG, PNG or GIF"),
        (b"\xff\xd8", "not a JPEG, PNG or GIF"),
        (bytes(range(256)) * 40, "not a JPEG, PNG or GIF"),
        (b"\xff\xd8\xff", "JPEG file is cut short"),
        (b"\xff\xd8\xff\xd9", "JPEG file holds no picture"),
        (b"\x89PNG\r\n\x1a\n", "PNG file ends inside its header"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG file does not begin with its header"),
        (b"GIF89a", "GIF file ends inside its header"),
        (b"GIF89a\1\0\1\0\0\0\0\x3b", "GIF file holds no picture"),
    ],
)
def test_a_file_that_is_no_picture_is_refused_by_row(
    row, file, reason, noise, make, refusal
):
    batch = [make.encode(noise, "PNG")] * 3
    batch[row] = file
    message = refusal(batch)
    assert f"row {row}: " in message and reason in message


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "WEBP"])
def test_a_picture_of_another_format_is_refused_by_row(kind, noise, make, refusal):
    assert "row 0: the file is not a JPEG" in refusal([make.encode(noise, kind)])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.97])
def test_a_file_cut_short_is_refused_by_row(kind, kept, photo, make, refusal):
    whole = make.encode(photo, kind)
    message = refusal([whole, whole[: int(kept * len(whole))]])
    assert "row 1: " in message and ("short" in message or "header" in message)


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_the_end_of_a_picture_is_ignored(kind, noise, make, decode):
    whole = make.encode(noise, kind)
    trailers = [b"\0" * 100, whole, b"\xff\xd9", b"\xff\xda" * 500, b"\x00IEND;"]
    expected = decode([whole])[0]
    for pixels in decode([whole + trailer for trailer in trailers]):
        np.testing.assert_array_equal(pixels, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_gives_pixels_or_a_refusal(kind, photo, make, decode):
    whole = make.encode(photo, kind)
    random = np.random.default_rng(11)
    for _ in range(100):
        damaged = bytearray(whole)
        # Mostly in the header, where the parsing is.
        for place in random.integers(0, random.choice([60, 700, len(whole)]), 3):
            damaged[place % len(whole)] = random.integers(256)
        try:
            assert decode([bytes(damaged)]).shape == (1, SIZE, SIZE, 3)
        except tf.errors.InvalidArgumentError:
            continue


def test_a_picture_over_64_megapixels_is_refused_while_it_is_small(
    noise, make, tmp_path
):
    side = 12_000  # one colour; unpacked to RGBA, 576 MB
    large = make.encode(Image.new("1", (side, side)), "PNG")
    (tmp_path / "large.bin").write_bytes(large)
    (tmp_path / "small.bin").write_bytes(make.encode(noise, "PNG"))
    path = f"import sys; sys.path.insert(0, {str(alone.ROOT)!r})"
    printed, grown = alone.growth(path + WARM, LARGE, tmp_path)
    assert "row 0: the picture has 12000 x 12000 pixels, more than 64 mega" in printed
    assert grown < 150  # megabytes


def test_a_saved_module_gives_the_same_pixels_without_the_zoo(
    photo, make, decode, tmp_path
):
    oriented = Image.Exif()
    oriented[0x0112] = 6
    files = [make.encode(photo, "JPEG", exif=oriented)]
    files += [make.encode(photo, "PNG"), make.encode(photo, "GIF")]
    for place, file in enumerate(files):
        (tmp_path / f"{place}.bin").write_bytes(file)
    module = tf.Module()
    spec = tf.TensorSpec([None], tf.string)
    module.decode = tf.function(lambda encoded: images.decode(encoded, SIZE), [spec])
    tf.saved_model.save(module, str(tmp_path / "saved"))
    alone.run(RELOAD, tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "pixels.npy"), decode(files))


def test_the_graph_holds_no_python_and_reads_no_files():
    spec = tf.TensorSpec([None], tf.string)
    graph = tf.function(images.decode, [spec]).get_concrete_function().graph
    definition = graph.as_graph_def()
    names = {node.op for node in definition.node}
    for function in definition.library.function:
        names |= {node.op for node in function.node_def}
    assert "DecodeJpeg" in names
    assert not {"PyFunc", "EagerPyFunc", "PyFuncStateless", "ReadFile"} & names


def test_arguments_out_of_range_are_named():
    with pytest.raises(ValueError, match="size must be at least 1, received 0"):
        images.decode([b""], 0)
    with pytest.raises(ValueError, match="image_bytes must have shape \\[B\\]"):
        images.decode(b"", 8)
