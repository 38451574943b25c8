"""Checkpoints that survive being killed: whole or not there, and always two."""

import hashlib
import io
import logging
import os
import re
import zipfile

import numpy as np

log = logging.getLogger(__name__)

KEPT = 2  # the newest, and the one before in case the newest is damaged
NAME = re.compile(r"checkpoint-(\d{8})\.npz")


def save(folder, update, arrays):
    """Writes a checkpoint and forgets all but the newest two.

    The file is written under another name, flushed to the disk, then renamed; its
    last 32 bytes are the sha256 of the rest, so that `load` knows a damaged file.

    Args:
        folder: `pathlib.Path`, made where it is missing.
        update: Integer, number of updates done.
        arrays: Dictionary from name to array.
    """
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    content = buffer.getvalue()
    partial = folder / "checkpoint.partial"
    with open(partial, "wb") as file:
        file.write(content)
        file.write(hashlib.sha256(content).digest())
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, folder / f"checkpoint-{update:08d}.npz")
    for path in _newest_first(folder)[KEPT:]:
        path.unlink()


def load(folder):
    """Reads the newest checkpoint that is whole.

    Args:
        folder: `pathlib.Path`; it may be missing.

    Returns:
        `(update, arrays)`, or `(0, None)` where there is no whole checkpoint.
    """
    for path in _newest_first(folder):
        content = path.read_bytes()
        content, digest = content[:-32], content[-32:]
        if hashlib.sha256(content).digest() != digest:
            log.warning("%s is damaged: falling back to the one before", path)
            continue
        try:
            with np.load(io.BytesIO(content)) as archive:
                return int(NAME.fullmatch(path.name)[1]), dict(archive)
        except (ValueError, zipfile.BadZipFile):
            log.warning("%s cannot be read: falling back to the one before", path)
    return 0, None


def _newest_first(folder):
    if not folder.is_dir():
        return []
    paths = [path for path in folder.iterdir() if NAME.fullmatch(path.name)]
    return sorted(paths, reverse=True)
