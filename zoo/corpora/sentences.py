"""Tagged sentences in CoNLL-U: read, checked line by line, and written.

Reference: https://universaldependencies.org/format.html
"""

import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

SPLITS = ("train", "dev", "test")
# The universal parts of speech, https://universaldependencies.org/u/pos/
UPOS = (
    *("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM"),
    *("PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X"),
)
COLUMNS = 10
ID, FORM, TAG, FINE, MISC = 0, 1, 3, 4, 9  # columns used; the others are handed on
NOT_TAGGED = "_"
# A word, a token of several words, or a word that is not in the text (an empty node).
_ID = re.compile(r"[1-9]\d*|[1-9]\d*-[1-9]\d*|\d+\.[1-9]\d*", re.ASCII)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sentence:
    """One sentence, with all that its file says of it.

    Args:
        comments: lines that begin with `#`, as they are.
        rows: the ten columns of each further line.
        line: number of its first line in the file, from 1.
    """

    comments: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: int = 1

    @property
    def name(self) -> str:
        """Its `sent_id`, or else its line."""
        return self._comment("sent_id") or f"line {self.line}"

    @property
    def words(self) -> list[str]:
        """The forms of its words: neither tokens of several words nor empty nodes."""
        return [row[FORM] for row in self._words()]

    @property
    def tags(self) -> list[str]:
        """The universal part of speech of each word; `_` where there is none."""
        return [row[TAG] for row in self._words()]

    @property
    def fine_tags(self) -> list[str]:
        """The treebank's own, finer tag of each word; `_` where there is none."""
        return [row[FINE] for row in self._words()]

    @property
    def text(self) -> str:
        """The sentence as it was written: its `# text`, or its tokens put together."""
        said = self._comment("text")
        if said:
            return said
        return "".join(
            form if "SpaceAfter=No" in misc.split("|") else form + " "
            for form, misc, _ in self._tokens()
        ).strip()

    def spans(self) -> list[tuple[int, int]]:
        """Where each word stands in `text`, in characters.

        The words of a token of several words share it between them where their forms
        put together spell it (do + n't); else each has the place of the whole token.

        Raises:
            ValueError: a token is not in the text where it should be.
        """
        text, place, found = self.text, 0, []
        for form, _, words in self._tokens():
            while place < len(text) and text[place].isspace():
                place += 1
            if not text.startswith(form, place):
                raise ValueError(
                    f"line {self.line}: # text must hold the tokens in their order, "
                    f"got {form!r} where it has {text[place : place + 40]!r}"
                )
            shared = "".join(words) == form
            for word in words:
                length = len(word if shared else form)
                found.append((place, place + length))
                place += length if shared else 0
            place += 0 if shared else len(form)
        return found

    def tagged(self, tags: list[str]) -> "Sentence":
        """The same sentence with other parts of speech.

        Args:
            tags: one a word.

        Raises:
            ValueError: there are not as many as words.
        """
        if len(tags) != len(self.words):
            raise ValueError(
                f"tags must be one a word, got {len(tags)} for {len(self.words)} words"
            )
        left = iter(tags)
        rows = [
            (*row[:TAG], next(left), *row[TAG + 1 :]) if row[ID].isdigit() else row
            for row in self.rows
        ]
        return replace(self, rows=tuple(rows))

    def _words(self) -> list[tuple[str, ...]]:
        return [row for row in self.rows if row[ID].isdigit()]

    def _tokens(self) -> Iterator[tuple[str, str, list[str]]]:
        """Form, last column and words of each token, in order."""
        words = {int(row[ID]): row for row in self._words()}
        last = 0
        for row in self.rows:
            first, dash, end = row[ID].partition("-")
            if dash:
                last = int(end)
                inside = range(int(first), last + 1)
                yield row[FORM], row[MISC], [words[word][FORM] for word in inside]
            elif row[ID].isdigit() and int(first) > last:
                yield row[FORM], row[MISC], [row[FORM]]

    def _comment(self, key: str) -> str:
        for comment in self.comments:
            name, _, value = comment[1:].partition("=")
            if name.strip() == key:
                return value.strip()
        return ""


def parse(text: str) -> list[Sentence]:
    """Reads CoNLL-U.

    Args:
        text: what a file holds.

    Returns:
        The sentences.

    Raises:
        ValueError: a line breaks a rule of the format; the message gives its number.
    """
    found, comments, rows, begin = [], [], [], 1
    lines = text.removeprefix("\ufeff").split("\n")
    for number, line in enumerate([*lines, ""], start=1):
        line = line.removesuffix("\r")
        if line.startswith("#") and not rows:
            comments.append(line)
        elif line.strip():
            rows.append(_row(line, number))
        elif rows:
            _check(rows, begin + len(comments))
            found.append(Sentence(tuple(comments), tuple(rows), begin))
            comments, rows = [], []
        elif comments:
            raise ValueError(f"line {number}: words must follow the comments, got none")
        if not rows and not comments:
            begin = number + 1
    return found


def write(sentences: list[Sentence]) -> str:
    """Writes sentences as CoNLL-U, the same lines as were read.

    Args:
        sentences: any number.

    Returns:
        What the file is to hold.
    """
    return "".join(
        "\n".join([*sentence.comments, *map("\t".join, sentence.rows), "", ""])
        for sentence in sentences
    )


def read(file: Path) -> list[Sentence]:
    """Reads a CoNLL-U file all of whose words are tagged.

    Args:
        file: in UTF-8.

    Returns:
        The sentences.

    Raises:
        ValueError: it is not UTF-8, a line breaks a rule, or a word has none of the
            universal parts of speech; the message gives its line.
    """
    try:
        sentences = parse(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        number = 1 + file.read_bytes()[: error.start].count(b"\n")
        raise ValueError(f"line {number} of {file} must be UTF-8") from None
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
    for sentence in sentences:
        for place, row in enumerate(sentence.rows, sentence.line):
            if row[ID].isdigit() and row[TAG] not in UPOS:
                number = place + len(sentence.comments)
                raise ValueError(
                    f"{file}: line {number}: UPOS must be one of {', '.join(UPOS)}, "
                    f"got {row[TAG]!r}"
                )
    return sentences


def load_file(file: Path, split: str) -> list[Sentence]:
    """One's own sentences, split 80 : 10 : 10 by the sha1 of each one's words.

    So a sentence stays in its split when others come or go, and one that occurs twice
    is not in two splits.

    Args:
        file: a CoNLL-U file.
        split: "train", "dev" or "test".

    Returns:
        The sentences, in the file's order.

    Raises:
        ValueError: no such split, a line that cannot be read, or no sentence left.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {list(SPLITS)}, got {split!r}")
    sentences = read(Path(file))
    chosen = [sentence for sentence in sentences if _split_of(sentence) == split]
    if not chosen:
        raise ValueError(
            f"file must hold sentences for every split, got none for {split!r} among "
            f"the {len(sentences)} of {file}; about one in ten goes to dev and one in "
            "ten to test, so a few dozen are needed"
        )
    return chosen


def _split_of(sentence: Sentence) -> str:
    words = " ".join(sentence.words).encode("utf-8")
    tenth = int(hashlib.sha1(words).hexdigest(), 16) % 10
    return {8: "dev", 9: "test"}.get(tenth, "train")


def _row(line: str, number: int) -> tuple[str, ...]:
    """Cuts a line into its columns."""
    row = tuple(line.split("\t"))
    if len(row) != COLUMNS:
        raise ValueError(
            f"line {number}: a line must have {COLUMNS} columns with tabs between "
            f"them, got {len(row)}: {line[:60]!r}"
        )
    if not all(row):
        raise ValueError(
            f"line {number}: no column may be empty, got {line[:60]!r}; write _"
        )
    if not _ID.fullmatch(row[ID]):
        raise ValueError(
            f"line {number}: ID must be a number, a range or a decimal, got {row[ID]!r}"
        )
    return row


def _check(rows: list[tuple[str, ...]], first: int) -> None:
    """Refuses words that are not counted 1, 2, 3, and ranges that hold none of them."""
    last, due, covered = sum(row[ID].isdigit() for row in rows), 1, 0
    if not last:
        raise ValueError(f"line {first}: a sentence must have words, got none")
    for number, row in enumerate(rows, start=first):
        begin, dash, stop = row[ID].partition("-")
        if row[ID].isdigit():
            right = int(row[ID]) == due
        elif dash:
            right = covered < int(begin) == due and int(begin) < int(stop) <= last
            covered = int(stop)
        else:
            right = int(row[ID].partition(".")[0]) == due - 1
        if not right:
            raise ValueError(
                f"line {number}: IDs must count the sentence's words from 1, a range "
                f"before its first word, got {row[ID]!r} where word {due} is due"
            )
        due += row[ID].isdigit()
