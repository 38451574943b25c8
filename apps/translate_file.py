"""A text file: upload it, download it translated, a line a sentence."""

import streamlit as st

from apps import files, models
from zoo import gallery

MEGABYTES = 2
MOST_LINES = 5000


def show(translators: dict[str, gallery.Translator]) -> None:
    """Show the upload, the choice of a model, and the way back translated."""
    sent = files.upload(
        f"A text in UTF-8, a sentence a line, of at most {MEGABYTES} MB and "
        f"{MOST_LINES:,} lines",
        ["txt"],
        MEGABYTES,
        "Choose a file, and a model translates it line by line.",
        read,
    )
    if sent is None:
        return
    digest, lines = sent
    name = models.pick_one("Translate it with", translators)
    translated = files.once(
        f"Translate {len(lines):,} lines",
        (digest, name),
        lambda: files.in_steps(lines, [translators[name]])[0],
        "The model cannot translate these lines.",
    )
    if translated is None:
        return
    cut = sum(found.truncated for found in translated)
    if cut:
        st.text(f"Lines too long, which lost their end: {cut:,}")
    text = "".join(f"{found.text}\n" for found in translated)
    files.give_back("Download the translation", text, "translated.txt")


def read(content: bytes) -> list[str]:
    """Return a text file's lines.

    Args:
        content: the file.

    Raises:
        ValueError: no UTF-8 (the message names the line), no lines or too many.
    """
    text = files.decode(content)
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if not text.strip() or len(lines) > MOST_LINES:
        raise ValueError(
            f"It must have from 1 to {MOST_LINES:,} lines with something in them, "
            f"this one has {len(lines) if text.strip() else 0:,}."
        )
    return lines
