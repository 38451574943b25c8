import hashlib
import io
import logging
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from zoo.corpora import pictures

TENTHS = ["train"] * 8 + ["dev", "test"]


def split_by_hand(name):
    return TENTHS[int(hashlib.sha1(name.encode()).hexdigest(), 16) % 10]


def encoded(kind, mode="RGB", size=(40, 30), **options):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(stream, kind, **options)
    return stream.getvalue()


def png_of_size(width, height):
    """A PNG whose header tells any size and whose pixels are not there."""

    def chunk(kind, body):
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b""))
    magic = b"\x89PNG\r\n\x1a\n"
    return magic + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def jpeg_of_size(width, height):
    """A JPEG whose frame header is overwritten with another size."""
    body = bytearray(encoded("JPEG"))
    place = body.index(b"\xff\xc0") + 5
    body[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(body)


def jpeg_with_tables_first(width, height):
    """The same with a Huffman table (FF C4, akin to a frame header) before the size."""
    body = jpeg_of_size(width, height)
    place = body.index(b"\xff\xc4")
    (length,) = struct.unpack_from(">H", body, place + 2)
    return body[:2] + body[place : place + 2 + length] + body[2:]


def gif_of_size(width, height):
    body = bytearray(encoded("GIF", "P"))
    body[6:10] = struct.pack("<HH", width, height)
    return bytes(body)


OF_SIZE = [png_of_size, jpeg_of_size, jpeg_with_tables_first, gif_of_size]


@pytest.fixture
def album(tmp_path):
    """Forty pictures; the captions file names them in reverse."""
    names = [f"picture {number}.jpg" for number in range(40)]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path, names[::-1]


def write_lines(folder, lines, ending="\n"):
    file = folder / "captions.txt"
    file.write_bytes(ending.join(lines).encode("utf-8"))
    return file


def test_a_folder_is_split_by_the_sha1_of_each_name(album):
    folder, names = album
    file = write_lines(folder, [f"{name}\ta caption" for name in names])
    for split in ("train", "dev", "test"):
        found = pictures.load_folder(folder, file, split)
        wanted = [name for name in names if split_by_hand(name) == split]
        assert [picture.name for picture in found] == wanted
        assert [picture.read().decode() for picture in found] == wanted


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "lines",
    [
        ["{0}\tA dog , wet .", "{0}\tA cat"],
        ["{0},A dog , wet .", "{0},A cat"],
        ["image,caption", '{0},"A dog , wet ."', "{0}, A cat ", ""],
        ["image\tcaption", "{0}\tA dog , wet .", "", "{0}\tA cat"],
        ["\ufeff{0}#0\tA dog , wet .", "{0}#1\tA cat"],
    ],
    ids=["tab", "comma", "csv", "tab with header", "flickr"],
)
def test_every_way_to_write_the_captions_reads_alike(album, lines, ending):
    folder, names = album
    name = next(name for name in names if split_by_hand(name) == "train")
    file = write_lines(folder, [line.format(name) for line in lines], ending)
    (found,) = pictures.load_folder(folder, file, "train")
    assert (found.name, found.captions) == (name, ("A dog , wet .", "A cat"))


def test_doubled_quotes_in_a_quoted_caption_are_one(album):
    folder, names = album
    name = next(name for name in names if split_by_hand(name) == "train")
    file = write_lines(folder, [f'{name},"A ""stop"" sign"'])
    assert pictures.load_folder(folder, file, "train")[0].captions == ('A "stop" sign',)


def test_a_named_picture_that_is_absent_is_left_out_with_a_warning(album, caplog):
    folder, names = album
    file = write_lines(folder, [f"{name}\ta caption" for name in names])
    lost = next(name for name in names if split_by_hand(name) == "dev")
    (folder / lost).unlink()
    with caplog.at_level(logging.WARNING):
        found = pictures.load_folder(folder, file, "dev")
    assert lost not in [picture.name for picture in found]
    assert f"{lost} left out" in caplog.text


def test_a_split_without_pictures_is_an_error_that_says_how_many_there_are(album):
    folder, names = album
    name = next(name for name in names if split_by_hand(name) == "train")
    file = write_lines(folder, [f"{name}\ta caption"])
    with pytest.raises(ValueError, match="none for 'dev' among the 1"):
        pictures.load_folder(folder, file, "dev")


@pytest.mark.parametrize(
    "line", ["only a name", "a.jpg\t", "\ta caption", "../a.jpg\tup", "/a.jpg,root"]
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(album, line):
    folder, names = album
    file = write_lines(folder, [f"{names[0]}\tfine", line])
    with pytest.raises(ValueError, match="line 2 of .*captions.txt"):
        pictures.load_folder(folder, file, "train")


def test_a_split_of_a_folder_that_does_not_exist_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="got 'valid'"):
        pictures.load_folder(tmp_path, tmp_path / "captions.txt", "valid")


@pytest.mark.parametrize(
    "image_bytes",
    [
        encoded("JPEG"),
        encoded("JPEG", progressive=True),
        encoded("JPEG", "L"),
        encoded("JPEG", "CMYK"),
        jpeg_with_tables_first(40, 30),
        encoded("JPEG", comment=b"x" * 60_000),
        encoded("PNG"),
        encoded("PNG", "RGBA"),
        encoded("PNG", "LA"),
        encoded("GIF", "P"),
        encoded("PNG", size=(1, 1)),
    ],
)
def test_a_whole_picture_passes(image_bytes):
    pictures.check(image_bytes)


def test_a_png_of_sixteen_bits_passes():
    stream = io.BytesIO()
    Image.fromarray(np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000).save(
        stream, "PNG"
    )
    assert stream.getvalue()[24] == 16  # the header's bit depth
    pictures.check(stream.getvalue())


def refusal(image_bytes):
    with pytest.raises(ValueError) as caught:
        pictures.check(image_bytes)
    return str(caught.value)


def test_an_empty_file_is_refused():
    assert "empty" in refusal(b"")


def test_a_file_over_twenty_megabytes_is_refused_with_its_size():
    body = encoded("JPEG") + bytes(21 * 2**20)
    assert "must have at most 20 MB, this one has 21.0 MB" in refusal(body)


@pytest.mark.parametrize(
    "image_bytes",
    [
        b"\x00",
        b"hello, this is text",
        encoded("BMP"),
        encoded("TIFF"),
        encoded("WEBP"),
        b"<svg/>",
    ],
)
def test_another_format_is_refused(image_bytes):
    assert "must be a JPEG, PNG or GIF picture" in refusal(image_bytes)


@pytest.mark.parametrize("of_size", OF_SIZE)
@pytest.mark.parametrize("width, height", [(8001, 8000), (65_000, 65_000)])
def test_a_huge_picture_is_refused_by_its_header_before_it_is_unpacked(
    of_size, width, height, monkeypatch
):
    def unpacked(*arguments, **options):
        pytest.fail("Pillow saw a picture that the header already condemns")

    monkeypatch.setattr(Image, "open", unpacked)
    message = refusal(of_size(width, height))
    assert f"at most 64 megapixels, this one has {width} x {height}" in message


def test_sixty_four_megapixels_are_still_allowed(monkeypatch):
    monkeypatch.setattr(pictures, "_check_whole", lambda image_bytes: None)
    pictures.check(png_of_size(8000, 8000))


@pytest.mark.parametrize("of_size", OF_SIZE)
def test_a_picture_without_pixels_is_refused(of_size):
    assert "no pixels" in refusal(of_size(0, 10))


def test_a_gif_whose_frame_is_larger_than_its_screen_is_measured_by_the_frame():
    body = bytearray(encoded("GIF", "P"))
    place = body.index(b"\x2c\x00\x00\x00\x00") + 5
    body[place : place + 4] = struct.pack("<HH", 9000, 9000)
    assert "megapixels, this one has 9000 x 9000" in refusal(bytes(body))


@pytest.mark.parametrize("kind, mode", [("JPEG", "RGB"), ("PNG", "RGB"), ("GIF", "P")])
def test_a_picture_cut_off_anywhere_is_refused(kind, mode):
    body = encoded(kind, mode)
    for length in range(1, len(body) * 9 // 10, 7):
        assert refusal(body[:length]).startswith("The ")


def test_a_jpeg_of_markers_without_a_frame_is_refused():
    filler = b"\xff\xd8\xff\xfe\x00\x04ab\xff\xff\xd0"
    for ending in (b"\xff\xd9", b"\xff\xda\x00\x02", b"\x00\x00", b"\xff"):
        assert refusal(filler + ending).startswith("The picture is cut off")


def test_noise_after_a_good_beginning_is_refused_in_a_sentence():
    noise = np.random.default_rng(1)
    for magic in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a"):
        for _ in range(50):
            assert refusal(magic + noise.bytes(200)).startswith("The ")
