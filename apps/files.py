"""What the pages that read a visitor's file share: upload, work, and its way back."""

import hashlib
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from apps import models, notices

Part = TypeVar("Part")
Found = TypeVar("Found")
STEP = 64  # parts between two moves of the progress bar
SHOWN = 40  # lines


def upload(
    label: str,
    kinds: list[str],
    megabytes: int,
    invitation: str,
    read: Callable[[bytes], Part],
) -> tuple[str, Part] | None:
    """Show the field for a file; say so on the page where it cannot be read.

    Args:
        label: what the file must be, without its size.
        kinds: the endings it may have.
        megabytes: the most it may have.
        invitation: what the page says while there is no file.
        read: makes of the file what is worked on; its ValueError is shown.

    Returns:
        The file's digest and what was read; None where there is nothing to work on.
    """
    sent = st.file_uploader(label, type=kinds, max_upload_size=megabytes, key="file")
    if sent is None:
        st.info(invitation)
        return None
    content = sent.getvalue()
    try:
        return hashlib.sha256(content).hexdigest(), read(content)
    except ValueError as error:
        notices.trouble("This file cannot be read.", error)
        return None


def once(
    label: str, key: tuple, work: Callable[[], Found], trouble: str
) -> Found | None:
    """Show a button; return what its work gave, for as long as the key is the same.

    Args:
        label: of the button.
        key: of all that the work hangs on.
        work: what the button does.
        trouble: what the page says where a model fails.
    """
    if st.button(label, key="go"):
        try:
            st.session_state["gone"] = (key, work())
        except models.BROKEN as error:
            notices.trouble(trouble, error)
            return None
    kept, found = st.session_state.get("gone", (None, None))
    return found if kept == key else None


def in_steps(
    parts: list[Part], jobs: list[Callable[[list[Part]], list[Found]]]
) -> list[list[Found]]:
    """Return what every job makes of all parts, with one progress bar meanwhile.

    Args:
        parts: of a file.
        jobs: functions of some of the parts, one answer each.
    """
    every = []
    bar = st.progress(0.0)
    for job in jobs:
        found = []
        for begin in range(0, len(parts), STEP):
            found += job(parts[begin : begin + STEP])
            done = len(every) + len(found) / len(parts)
            bar.progress(done / len(jobs))
        every.append(found)
    bar.empty()
    return every


def decode(content: bytes) -> str:
    """Return a file's text.

    Raises:
        ValueError: no UTF-8; the message names the line.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"line {line}: it must be UTF-8") from None


def give_back(label: str, text: str, name: str) -> None:
    """Show the download of a text, and its first lines."""
    st.download_button(label, text.encode("utf-8"), name, "text/plain", key="download")
    st.code("\n".join(text.split("\n")[:SHOWN]), language=None)
