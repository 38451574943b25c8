"""Sentence pairs: what the corpora of translation are made of, and one's own."""

from dataclasses import dataclass
from pathlib import Path

from zoo.corpora.texts import check_split, split_of


@dataclass(frozen=True)
class Pair:
    """A sentence and its translation.

    Args:
        name: its id within the corpus.
        source: as written.
        target: as written.
    """

    name: str
    source: str
    target: str


def load_file(file: Path, split: str) -> list[Pair]:
    """One's own pairs, split 80 : 10 : 10 by the sha1 of each source.

    So a source stays in its split when others come or go, and is in one only, however
    often and however translated it comes.

    Args:
        file: UTF-8, a line a pair: source, tab, target.
        split: "train", "dev" or "test".

    Returns:
        The pairs in the order of the file; the name of each is its line's number.

    Raises:
        ValueError: no such split, a line that cannot be read (the message has its
            number), or too few pairs.
    """
    check_split(split)
    pairs = read_tsv(Path(file))
    found = [pair for pair in pairs if split_of(pair.source) == split]
    if not found:
        raise ValueError(
            f"file must hold pairs for every split, got none for {split!r} among the "
            f"{len(pairs)} of {file}; about one in ten goes to dev and one in ten to "
            "test, so a few dozen are needed"
        )
    return found


def read_tsv(file: Path) -> list[Pair]:
    """Reads all pairs of a file.

    Args:
        file: as for `load_file`; lines with nothing in them are none.

    Returns:
        The pairs, in order.

    Raises:
        ValueError: a line cannot be read; the message has its number.
    """
    found = []
    for number, line in enumerate(read_lines(file.read_bytes(), file), start=1):
        if not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) != 2 or not all(field.strip() for field in fields):
            raise ValueError(
                f"line {number} of {file} must be a source, a tab and a target, "
                f"got {line[:80]!r}"
            )
        found.append(Pair(str(number), *(field.strip() for field in fields)))
    if not found:
        raise ValueError(f"file must hold pairs, got none in {file}")
    return found


def read_lines(content: bytes, file: Path) -> list[str]:
    """Cuts a file's content into lines, which line feeds end.

    Other line ends that Unicode knows may stand within a sentence.

    Args:
        content: of the file, UTF-8.
        file: its place, for the error.

    Returns:
        The lines, without their ends.

    Raises:
        ValueError: it is not UTF-8; the message has the line's number.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {number} of {file} must be UTF-8: {error}") from None
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines
