"""Prepared arrays on disk: what `zoo.prepare` writes and `zoo.train` reads.

Under `build/prepared/<corpus>/`:

    pictures-<split>.npy         uint8 [P, 224, 224, 3]
    captions-<split>.npz         tokens int32 [P, R, T + 1], names [P]
    vocabulary.txt               a word a line; the line's number is the word's id
    grids-<encoder>-<split>.npy  float16 [2, P, 49, 1280]: as it is, and mirrored

P pictures, R captions a picture, T tokens. No framework here, so that training needs
none but its own.
"""

import contextlib
import os
import re

import numpy as np

from zoo import corpora

SPLITS = ("train", "dev", "test")


def folder(corpus):
    """Returns the folder of a corpus's prepared arrays (it may not exist yet)."""
    return corpora.build_folder() / "prepared" / corpus


@contextlib.contextmanager
def replacing(path):
    """Yields a temporary path beside `path`, which takes its place on success.

    What killed processes left of the same file is deleted: grids are gigabytes.

    Args:
        path: `pathlib.Path` of the file to write; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    left = re.compile(rf"partial-(\d+)-{re.escape(path.name)}")
    for other in path.parent.iterdir():
        match = left.fullmatch(other.name)
        if match and not _runs(int(match[1])):
            other.unlink(missing_ok=True)
    partial = path.with_name(f"partial-{os.getpid()}-{path.name}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _runs(process):
    """Whether there is a process of this number on this machine."""
    try:
        os.kill(process, 0)  # signal 0 only asks
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def open_array(corpus, name):
    """Opens a prepared array without reading it into memory.

    Args:
        corpus: Name of the corpus.
        name: File name, for example `"pictures-train.npy"`.

    Returns:
        A read-only `numpy.memmap` (`.npy`) or a dictionary of arrays (`.npz`).

    Raises:
        FileNotFoundError: It was not prepared; the message says how to.
    """
    path = folder(corpus) / name
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: run `python -m zoo prepare <recipe>` first"
        )
    if path.suffix == ".npz":
        with np.load(path) as archive:
            return dict(archive)
    return np.load(path, mmap_mode="r")


def read_vocabulary(corpus):
    """Reads the words of a prepared corpus, in the order of their ids.

    Args:
        corpus: Name of the corpus.

    Returns:
        List of words.

    Raises:
        FileNotFoundError: It was not prepared.
    """
    path = folder(corpus) / "vocabulary.txt"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: run `python -m zoo prepare <recipe>` first"
        )
    return path.read_text("utf-8").split("\n")[:-1]
