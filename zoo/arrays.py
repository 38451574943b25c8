"""Prepared arrays on disk, what `zoo.train` reads, and how to write files whole.

`zoo.prepare` writes pictures, captions and vocabulary; `zoo.train.grids` writes the
grids, once an encoder.

Under `build/prepared/<corpus>/`:

    pictures-<split>.npy         uint8 [P, 224, 224, 3]
    captions-<split>.npz         tokens int32 [P, R, T + 1], names [P], sha256
    vocabulary.txt               a word a line; the line's number is the word's id
    grids-<encoder>-<split>.npy  float16 [2, P, 49, 1280]: as it is, and mirrored

P pictures, R captions a picture, T tokens; `sha256` is that of the captions' text, by
which `zoo.prepare` knows whether they were edited since. The other tasks have one
archive a split, alike: texts, sentences or letters; see their `zoo.prepare`.

No framework here, so that training needs none but its own.
"""

import contextlib
import os
import re
import shutil

import numpy as np

from zoo import corpora

SPLITS = ("train", "dev", "test")


def folder(corpus):
    """Returns the folder of a corpus's prepared arrays (it may not exist yet)."""
    return corpora.build_folder() / "prepared" / corpus


@contextlib.contextmanager
def replacing(path):
    """Yields a temporary path beside `path`, which takes its place on success.

    Args:
        path: `pathlib.Path` of the file to write; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_of(path)
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def partial_of(path):
    """Names a temporary path beside `path` that no other process uses.

    What killed processes left of the same path, file or folder, is deleted (grids
    are gigabytes); what running ones are writing is not.

    Args:
        path: `pathlib.Path` of what will be written; its folder is there.

    Returns:
        `pathlib.Path` of nothing yet.
    """
    left = re.compile(rf"partial-(\d+)-{re.escape(path.name)}")
    for other in path.parent.iterdir():
        match = left.fullmatch(other.name)
        if not match or _is_of_another(int(match[1])):
            continue
        if other.is_dir():
            shutil.rmtree(other, ignore_errors=True)
        else:
            other.unlink(missing_ok=True)
    return path.with_name(f"partial-{os.getpid()}-{path.name}")


def _is_of_another(process):
    """Whether another process of this number runs on this machine."""
    if process == os.getpid():  # left by one of the same number, as containers have
        return False
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
    path = _prepared(corpus, name)
    if path.suffix == ".npz":
        with np.load(path) as archive:
            return dict(archive)
    return np.load(path, mmap_mode="r")


def _prepared(corpus, name):
    """Returns the path of a prepared file that is there."""
    path = folder(corpus) / name
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: run `python -m zoo prepare RECIPE` first"
        )
    return path


def check_made_of(corpus, name, digest):
    """Refuses an archive made of something else than the corpus now holds.

    Args:
        corpus: Name of the corpus.
        name: Name of an archive, which may not be there yet. One that does not say
            what it was made of, as those of old, is refused too.
        digest: The sha256 of what the corpus holds, in hexadecimal.

    Raises:
        ValueError: The archive was made of something else.
    """
    if not (folder(corpus) / name).exists():
        return
    if str(open_array(corpus, name).get("sha256", "")) != digest:
        raise ValueError(
            f"`corpus` must be what it was when it was prepared; {corpus!r} was "
            f"changed since {name} was made of it: delete {folder(corpus)}"
        )


def read_vocabulary(corpus):
    """Reads the words of a prepared corpus, in the order of their ids.

    Args:
        corpus: Name of the corpus.

    Returns:
        List of words.

    Raises:
        FileNotFoundError: It was not prepared.
    """
    path = _prepared(corpus, "vocabulary.txt")
    return path.read_text("utf-8").split("\n")[:-1]
