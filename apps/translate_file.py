"""A text file: upload it, download it translated, a line a sentence."""

import hashlib

import streamlit as st

from apps import models, notices
from zoo import gallery

MEGABYTES = 2
MOST_LINES = 5000
STEP = 64  # lines between two moves of the progress bar
SHOWN = 20  # lines


def show(translators: dict[str, gallery.Translator]) -> None:
    """Show the upload, the choice of a model, and the way back translated."""
    sent = st.file_uploader(
        f"A text in UTF-8, a sentence a line, of at most {MEGABYTES} MB and "
        f"{MOST_LINES:,} lines",
        type=["txt"],
        max_upload_size=MEGABYTES,
        key="file",
    )
    if sent is None:
        st.info("Choose a file, and a model translates it line by line.")
        return
    try:
        lines = read(sent.getvalue())
    except ValueError as error:
        notices.trouble("This file cannot be read.", error)
        return
    name = st.selectbox(
        "Translate it with",
        list(translators),
        format_func=lambda name: models.title(translators[name]),
        key="translator",
    )
    key = (hashlib.sha256(sent.getvalue()).hexdigest(), name)
    if st.button(f"Translate {len(lines):,} lines", key="translate"):
        try:
            st.session_state["translated"] = (key, translate(translators[name], lines))
        except models.BROKEN as error:
            notices.trouble("The model cannot translate these lines.", error)
            return
    kept, translated = st.session_state.get("translated", (None, None))
    if kept != key:
        return
    text = "".join(f"{found.text}\n" for found in translated)
    st.download_button(
        "Download the translation",
        text.encode("utf-8"),
        "translated.txt",
        "text/plain",
        key="download",
    )
    cut = sum(found.truncated for found in translated)
    if cut:
        st.text(f"{cut:,} lines were too long and lost their end.")
    st.code("\n".join(text.split("\n")[:SHOWN]), language=None)


def read(content: bytes) -> list[str]:
    """Return a text file's lines.

    Args:
        content: the file.

    Raises:
        ValueError: no UTF-8 (the message names the line), no lines or too many.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"line {line}: it must be UTF-8") from None
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if not text.strip() or len(lines) > MOST_LINES:
        raise ValueError(
            f"It must have from 1 to {MOST_LINES:,} lines with something in them, "
            f"this one has {len(lines) if text.strip() else 0:,}."
        )
    return lines


def translate(
    translator: gallery.Translator, lines: list[str]
) -> list[gallery.Translation]:
    """Return a translation a line, with a progress bar on the page meanwhile."""
    found = []
    bar = st.progress(0.0)
    for begin in range(0, len(lines), STEP):
        found += translator(lines[begin : begin + STEP])
        bar.progress(len(found) / len(lines))
    bar.empty()
    return found
