"""An artefact on disk: `<root>/<recipe>/<version>/`, whole and unchanged or refused.

Inside a version, beside what TensorFlow writes: `assets.extra/card.json`,
`assets.extra/predictions.jsonl.gz` and `SHA256SUMS` over all other files.
"""

import contextlib
import gzip
import hashlib
import json
import os
import pathlib
import shutil

import tensorflow as tf

from zoo import corpora

SUMS = "SHA256SUMS"
CARD = "assets.extra/card.json"
PREDICTIONS = "assets.extra/predictions.jsonl.gz"


class NotFound(LookupError):
    """No such artefact is there; the message says which command makes it."""


class Damaged(OSError):
    """An artefact's files are not those that were written."""


def root():
    """Returns the folder of artefacts: `$ZOO_MODELS`, or `saved_models`.

    Where the working directory has none, the one beside the installed package is
    taken (the zoo is installed in place, from its repository).
    """
    named = os.environ.get("ZOO_MODELS")
    here = pathlib.Path(named or "saved_models")
    if named or here.is_dir():
        return here
    return pathlib.Path(__file__).resolve().parent.parent / "saved_models"


def unshipped(name):
    """Returns where an artefact that is only compared with goes, under `build/`."""
    return corpora.build_folder() / "models" / name


def names():
    """Returns the names of all artefacts that have a version, sorted."""
    if not root().is_dir():
        return []
    return sorted(folder.name for folder in root().iterdir() if versions(folder.name))


def versions(name):
    """Returns an artefact's version numbers, ascending."""
    folder = root() / name
    if not folder.is_dir():
        return []
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())


def locate(name, version=None):
    """Finds the folder of a version.

    Args:
        name: Recipe name.
        version: Integer, or None for the newest.

    Returns:
        `pathlib.Path`.

    Raises:
        NotFound: There is no such artefact or version.
    """
    found = versions(name)
    if not found and version is None:  # made for a comparison, perhaps
        ours = sorted(unshipped(name).glob("[0-9]*"), key=lambda path: int(path.name))
        if ours:
            return ours[-1]
    if not found or version not in (None, *found):
        wanted = name if version is None else f"{name} version {version}"
        raise NotFound(
            f"The model {wanted} is not in {root()}. "
            f"Make it: make train-{name} && make export-{name}"
        )
    return root() / name / str(version or found[-1])


@contextlib.contextmanager
def publishing(name, into=None):
    """Yields a folder to write; on success it becomes the next version.

    A killed export leaves a folder whose name is no integer, which no server loads.

    Args:
        name: Recipe name.
        into: `pathlib.Path` of the root to publish in, or None for `root()`.
    """
    folder = (into or root()) / name
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("partial-*"):
        shutil.rmtree(stale)
    partial = folder / f"partial-{os.getpid()}"
    partial.mkdir()
    try:
        yield partial
        write_sums(partial)
        taken = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
        os.replace(partial, folder / str(max(taken, default=0) + 1))
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_sums(folder):
    """Writes `SHA256SUMS` over all other files of a version, as `sha256sum` does."""
    lines = [f"{digest}  {name}\n" for name, digest in sorted(_digests(folder).items())]
    (folder / SUMS).write_text("".join(lines), "utf-8")


def verify(folder):
    """Compares a version's files with its `SHA256SUMS`.

    Args:
        folder: `pathlib.Path` of a version.

    Raises:
        Damaged: A file is missing, was added or was changed; the message names it.
    """
    sums = folder / SUMS
    if not sums.is_file():
        raise Damaged(f"{sums} is missing: the artefact cannot be trusted")
    lines = sums.read_text("utf-8").splitlines()
    wanted = {line[66:]: line[:64] for line in lines}
    found = _digests(folder)
    for name in sorted(wanted.keys() | found.keys()):
        if name not in found:
            raise Damaged(f"{folder / name} is missing")
        if name not in wanted:
            raise Damaged(f"{folder / name} is not part of the artefact")
        if found[name] != wanted[name]:
            raise Damaged(f"{folder / name} was changed or damaged")


def open_model(folder):
    """Loads a version, once its files were verified.

    Args:
        folder: `pathlib.Path` of a version.

    Returns:
        What `tf.saved_model.load` returns; its `signatures` are for calling.

    Raises:
        Damaged: The files are not those that were written.
    """
    verify(folder)
    return tf.saved_model.load(str(folder))


def read_card(folder):
    """Returns a version's card, a dictionary."""
    return json.loads((folder / CARD).read_text("utf-8"))


def read_predictions(folder):
    """Returns a version's predictions on the test split, a list of dictionaries."""
    path = folder / PREDICTIONS
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write_card(folder, card, predictions=None):
    """Writes card and predictions into a version and brings its sums up to date.

    Args:
        folder: `pathlib.Path` of a version.
        card: Dictionary.
        predictions: List of dictionaries, one an example of the test split; or None
            to leave those there are.
    """
    (folder / CARD).parent.mkdir(exist_ok=True)
    text = json.dumps(card, indent=1, ensure_ascii=False)
    (folder / CARD).write_text(text + "\n", "utf-8")
    if predictions is not None:
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in predictions]
        content = "".join(lines).encode("utf-8")
        # No time stamp in the archive: the same predictions are the same bytes.
        (folder / PREDICTIONS).write_bytes(gzip.compress(content, mtime=0))
    write_sums(folder)


def _digests(folder):
    """Maps the name of every file of a version, but for the sums, to its sha256."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != SUMS:
            with open(path, "rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
