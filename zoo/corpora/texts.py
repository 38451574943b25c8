"""Texts with a verdict: what the corpora of sentiment are made of, and one's own."""

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

SPLITS = ("train", "dev", "test")
LABELS = ("negative", "positive")
# As people write them in a file of their own, in small letters.
SPELLINGS = {
    "0": 0,
    "neg": 0,
    "negative": 0,
    "1": 1,
    "pos": 1,
    "positive": 1,
}


@dataclass(frozen=True)
class Text:
    """One text and its verdict.

    Args:
        name: its id within the corpus.
        text: as written.
        label: index of its verdict in `LABELS`.
    """

    name: str
    text: str
    label: int


def load_file(file: Path, split: str) -> list[Text]:
    """One's own texts, split 80 : 10 : 10 by the sha1 of each text.

    So a text stays in its split when others come or go, and is in one only, however
    often it comes.

    Args:
        file: UTF-8 CSV with a header that names `text` and `label`, in any order and
            among others; a label is 0, neg or negative, or 1, pos or positive.
        split: "train", "dev" or "test".

    Returns:
        The texts in the order of the file; the name of each is its line's number.

    Raises:
        ValueError: no such split, a row that cannot be read (the message has its
            line's number), or too few texts.
    """
    check_split(split)
    found = [text for text in read_csv(Path(file)) if split_of(text.text) == split]
    missing = {0, 1} - {text.label for text in found}
    if not found or (split == "train" and missing):
        raise ValueError(
            f"file must have texts of both labels for train, and some for dev and test "
            f"(one in ten each); got {len(found)} for {split!r} in {file}, "
            f"none that is {' or '.join(LABELS[label] for label in sorted(missing))}"
        )
    return found


def check_split(split: str) -> None:
    """Raises ValueError where there is no such split."""
    if split not in SPLITS:
        raise ValueError(f"split must be one of {list(SPLITS)}, got {split!r}")


def read_csv(file: Path) -> list[Text]:
    """Reads all texts of a CSV file.

    Args:
        file: as for `load_file`.

    Returns:
        The texts, in order.

    Raises:
        ValueError: a row cannot be read; the message has its line's number.
    """
    rows = csv.reader(_lines(file), strict=True)
    found: list[Text] = []
    columns: list[str] = []
    while True:
        number = rows.line_num + 1  # where the row begins: it may have several lines
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise ValueError(f"line {number} of {file} must be CSV: {error}") from None
        if row is None:
            break
        if not row:  # a line without anything is none
            continue
        if not columns:
            columns = _columns(row, number, file)
        else:
            found.append(_text(row, columns, number, file))
    if not found:
        raise ValueError(f"file must hold texts under text,label; got none in {file}")
    return found


def _lines(file: Path) -> list[str]:
    """The lines of a UTF-8 file, each with its end, as the csv module wants them."""
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = raw.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {number} of {file} must be UTF-8: {error}") from None
    # Not splitlines: other line ends that Unicode knows may stand within a text.
    return [f"{line}\n" for line in re.split("\r\n|\r|\n", text)]


def _columns(row: list[str], number: int, file: Path) -> list[str]:
    columns = [name.strip().lower() for name in row]
    if columns.count("text") != 1 or columns.count("label") != 1:
        raise ValueError(
            f"line {number} of {file} must be a header that names text and label once "
            f"each, got {','.join(row)[:80]!r}"
        )
    return columns


def _text(row: list[str], columns: list[str], number: int, file: Path) -> Text:
    place = f"line {number} of {file}"
    if len(row) != len(columns):
        raise ValueError(
            f"{place} must have {len(columns)} columns as the header has, "
            f"got {len(row)}; a text with a comma stands between quotation marks"
        )
    values = dict(zip(columns, row, strict=True))
    label = SPELLINGS.get(values["label"].strip().lower())
    if label is None:
        raise ValueError(
            f"{place} must have a label among {', '.join(SPELLINGS)}, "
            f"got {values['label'][:80]!r}"
        )
    if not values["text"].strip():
        raise ValueError(f"{place} must have a text, got {values['text'][:80]!r}")
    return Text(str(number), values["text"], label)


def split_of(text: str) -> str:
    """The split of one's own text, by its sha1: 80 : 10 : 10."""
    tenth = int(hashlib.sha1(text.encode("utf-8")).hexdigest(), 16) % 10
    return {8: "dev", 9: "test"}.get(tenth, "train")
