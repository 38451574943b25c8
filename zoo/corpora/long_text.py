"""One long text: how it is cut into splits, and one's own `.txt` file of it."""

from pathlib import Path

from zoo.corpora.pictures import SPLITS

LEAST_CHARACTERS = 10_000  # fewer cannot be learnt from: one of its tenths is the test
MOST_BYTES = 50 * 2**20
# Which thousandths of the text are which split's. Dev is not the last twentieth before
# test: a long text goes on about the same things, and if what test goes on from is
# kept from training, it is measured on strangers. Of tiny Shakespeare, test would be
# two plays of which train has not one line.
BORDERS = {
    "train": ((0, 425), (475, 900)),
    "dev": ((425, 475),),
    "test": ((900, 1000),),
}


def cut(text: str, split: str) -> str:
    """One split of a long text, by position, so that no split has seen another's.

    The last tenth is the test split, as is the custom for tiny Shakespeare; a
    twentieth from the middle is dev, and the rest train.

    Args:
        text: the whole text.
        split: "train", "dev" or "test".

    Returns:
        The characters of that split, as they follow one another; train goes on after
        the gap that dev leaves.

    Raises:
        ValueError: no such split.

    >>> {split: cut("abcdefghijklmnopqrst", split) for split in SPLITS}
    {'train': 'abcdefghjklmnopqr', 'dev': 'i', 'test': 'st'}
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {list(SPLITS)}, got {split!r}")
    size = len(text)
    return "".join(
        text[size * begin // 1000 : size * end // 1000] for begin, end in BORDERS[split]
    )


def load_file(file: Path, split: str) -> str:
    """One split of one's own text file, cut by position.

    Args:
        file: UTF-8 text of at least 10,000 characters and at most 50 MB. Line ends
            of any system are read as line feeds, and a byte order mark is dropped.
        split: "train", "dev" or "test".

    Returns:
        The characters of that split.

    Raises:
        ValueError: no such split, or the file is too short, too large or no UTF-8
            text; the message names the line.
    """
    file = Path(file)
    size = file.stat().st_size
    if size > MOST_BYTES:
        raise ValueError(
            f"file must have at most {MOST_BYTES // 2**20} MB, "
            f"{file} has {size / 2**20:.1f} MB"
        )
    text = _decode(file.read_bytes(), file)
    if len(text) < LEAST_CHARACTERS:
        raise ValueError(
            f"file must have at least {LEAST_CHARACTERS:,} characters, "
            f"{file} has {len(text):,}"
        )
    return cut(text, split)


def _decode(content: bytes, file: Path) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(
            f"file must be UTF-8 text, line {line} of {file} is not: "
            f"byte {content[error.start]:#04x}"
        ) from None
    place = text.find("\0")
    if place >= 0:  # a text has none: this is some other kind of file
        line = text.count("\n", 0, place) + 1
        raise ValueError(f"file must be text, line {line} of {file} holds a NUL byte")
    return text.replace("\r\n", "\n").replace("\r", "\n")
