"""Rows of a CSV file, each with the number of its line."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path


def read_rows(content: bytes, file: Path | str) -> Iterator[tuple[int, list[str]]]:
    """Reads a CSV file, its header first.

    Args:
        content: of the file, UTF-8; lines without anything in them are none.
        file: its place, for the errors.

    Yields:
        The number of the line where a row begins, and the row's values as they are
        written: as many as the header has.

    Raises:
        ValueError: a row cannot be read; the message has its line's number.
    """
    rows = csv.reader(_lines(content, file), strict=True)
    columns = 0
    while True:
        number = rows.line_num + 1  # where the row begins: it may have several lines
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise ValueError(f"line {number} of {file} must be CSV: {error}") from None
        if row is None:
            return
        if not row:
            continue
        columns = columns or len(row)
        if len(row) != columns:
            raise ValueError(
                f"line {number} of {file} must have {columns} columns as the header "
                f"has, got {len(row)}; a text with a comma stands between quotation "
                "marks"
            )
        yield number, row


def _lines(content: bytes, file: Path | str) -> list[str]:
    """The lines of a UTF-8 file, each with its end, as the csv module wants them."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {number} of {file} must be UTF-8: {error}") from None
    # Not splitlines: other line ends that Unicode knows may stand within a text.
    return [f"{line}\n" for line in re.split("\r\n|\r|\n", text)]
