"""Texts with a verdict: what the corpora of sentiment are made of, and one's own."""

import hashlib
import itertools
from dataclasses import dataclass
from pathlib import Path

from zoo.corpora.csv_rows import read_rows

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
    rows = read_rows(file.read_bytes(), file)
    columns = [_columns(row, number, file) for number, row in itertools.islice(rows, 1)]
    found = [_text(row, *columns, number, file) for number, row in rows]
    if not found:
        raise ValueError(f"file must hold texts under text,label; got none in {file}")
    return found


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
