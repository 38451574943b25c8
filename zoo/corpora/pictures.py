"""Pictures with captions: one's own folder of them, and whether a picture will do."""

import hashlib
import io
import logging
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SPLITS = ("train", "dev", "test")
MAX_BYTES = 20 * 2**20
MAX_PIXELS = 64_000_000  # unpacked, three bytes each: 192 MB

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Picture:
    """One picture and what people wrote about it.

    Args:
        name: file name, which is also its id within the corpus.
        captions: one or more captions, as written.
        file: where the encoded picture (JPEG, PNG or GIF) is.
    """

    name: str
    captions: tuple[str, ...]
    file: Path

    def read(self) -> bytes:
        """The encoded picture, as it is on disk."""
        return self.file.read_bytes()


def load_folder(folder: Path, captions_file: Path, split: str) -> list[Picture]:
    """One's own pictures, split 80 : 10 : 10 by the sha1 of each name.

    So a picture stays in its split when others come or go. A picture that is named
    but not in the folder is left out with a logged warning.

    Args:
        folder: where the pictures are.
        captions_file: UTF-8 text, a line a caption, several lines a picture:
            `name<TAB>caption`, `name,caption` or Flickr's `name#0<TAB>caption`; a
            first line `image,caption` is skipped.
        split: "train", "dev" or "test".

    Returns:
        The pictures in the order in which they are first named.

    Raises:
        ValueError: no such split, a line that cannot be read, or no picture left.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {list(SPLITS)}, got {split!r}")
    folder = Path(folder)
    captions = _read_captions(Path(captions_file))
    chosen = {name: said for name, said in captions.items() if _split_of(name) == split}
    found = []
    for name, said in chosen.items():
        if (folder / name).is_file():
            found.append(Picture(name, tuple(said), folder / name))
        else:
            log.warning("%s: %s left out, no picture in %s", split, name, folder)
    if not found:
        raise ValueError(
            f"captions_file must name pictures in {folder} for every split, got none "
            f"for {split!r} among the {len(captions)} in {captions_file}; about one in "
            "ten goes to dev and one in ten to test, so a few dozen are needed"
        )
    return found


def check(image_bytes: bytes) -> None:
    """Say whether a picture can be captioned, before it is sent to a model.

    Format and size are read from the header, so a picture that would fill the memory
    is refused before it is unpacked. Then it is unpacked once, to see it is whole.

    Args:
        image_bytes: the encoded picture.

    Raises:
        ValueError: empty, over 20 MB, not a JPEG, PNG or GIF, over 64 megapixels,
            truncated or damaged; the message is a sentence for the page.
    """
    if not image_bytes:
        raise ValueError("The file is empty: it must hold a JPEG, PNG or GIF picture.")
    if len(image_bytes) > MAX_BYTES:
        megabytes = len(image_bytes) / 2**20
        raise ValueError(
            f"The file must have at most 20 MB, this one has {megabytes:.1f} MB."
        )
    readers = [_SIZES[magic] for magic in _SIZES if image_bytes.startswith(magic)]
    if not readers:
        raise ValueError("The file must be a JPEG, PNG or GIF picture, and is not.")
    try:
        width, height = readers[0](image_bytes)
    except (struct.error, IndexError):
        raise ValueError("The picture is cut off before its size is told.") from None
    _check_pixels(width, height)
    _check_whole(image_bytes)


def _read_captions(captions_file: Path) -> dict[str, list[str]]:
    captions: dict[str, list[str]] = {}
    lines = captions_file.read_text(encoding="utf-8-sig").split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        tab = "\t" in line
        name, _, caption = line.partition("\t" if tab else ",")
        name, caption = name.strip(), caption.strip()
        if number == 1 and (name, caption) == ("image", "caption"):
            continue
        if not tab and len(caption) > 1 and caption[0] == caption[-1] == '"':
            caption = caption[1:-1].replace('""', '"').strip()  # as CSV writes it
        stem, _, count = name.rpartition("#")
        if stem and count.isdigit():
            name = stem
        if not name or not caption or ".." in Path(name).parts or Path(name).root:
            raise ValueError(
                f"line {number} of {captions_file} must be name<TAB>caption or "
                f"name,caption with a name inside the folder, got {line[:80]!r}"
            )
        captions.setdefault(name, []).append(caption)
    return captions


def _split_of(name: str) -> str:
    tenth = int(hashlib.sha1(name.encode("utf-8")).hexdigest(), 16) % 10
    return {8: "dev", 9: "test"}.get(tenth, "train")


def _check_pixels(width: int, height: int) -> None:
    if width * height == 0:
        raise ValueError(f"The picture has no pixels: {width} x {height}.")
    if width * height > MAX_PIXELS:
        raise ValueError(
            f"The picture must have at most 64 megapixels, this one has {width} x "
            f"{height}, {width * height / 1e6:.1f} megapixels."
        )


def _check_whole(image_bytes: bytes) -> None:
    # Only pages and zoo.load get here: reading a corpus needs no Pillow.
    from PIL import Image

    try:
        # Opening reads the header only. A GIF's frame may be larger than it told.
        with Image.open(io.BytesIO(image_bytes), formats=_PILLOW) as picture:
            width, height = picture.size
            if width * height <= MAX_PIXELS:
                picture.load()
    except Exception as error:  # Pillow raises a dozen kinds on damaged files
        raise ValueError("The picture is cut off or damaged.") from error
    _check_pixels(width, height)


def _jpeg_size(image_bytes: bytes) -> tuple[int, int]:
    """Width and height from the frame header (ITU-T T.81, B.2.2)."""
    place = 2
    while True:
        if image_bytes[place] != 0xFF:
            raise ValueError("The picture is cut off or damaged.")
        while image_bytes[place] == 0xFF:  # any number of fill bytes
            place += 1
        marker = image_bytes[place]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", image_bytes, place + 4)
            return width, height
        if marker in (0xD9, 0xDA):  # end of image, start of scan: too late
            raise ValueError("The picture is cut off or damaged.")
        place += 1
        if marker != 0x01 and not 0xD0 <= marker <= 0xD7:  # these have no length
            place += struct.unpack_from(">H", image_bytes, place)[0]


def _png_size(image_bytes: bytes) -> tuple[int, int]:
    """Width and height from the first chunk, IHDR (PNG 3rd edition, 11.2.1)."""
    return struct.unpack_from(">II", image_bytes, 16)


def _gif_size(image_bytes: bytes) -> tuple[int, int]:
    """Width and height of the logical screen (GIF89a, section 18)."""
    return struct.unpack_from("<HH", image_bytes, 6)


# C4, C8 and CC are tables and a reserved code among the frame headers.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PILLOW = ("JPEG", "PNG", "GIF")
_SIZES: dict[bytes, Callable[[bytes], tuple[int, int]]] = {
    b"\xff\xd8\xff": _jpeg_size,
    b"\x89PNG\r\n\x1a\n": _png_size,
    b"GIF87a": _gif_size,
    b"GIF89a": _gif_size,
}
