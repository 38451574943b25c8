"""An artefact on disk: `<root>/<recipe>/<version>/`, whole and unchanged or refused.

Inside a version, beside what TensorFlow writes: `assets.extra/card.json`,
`assets.extra/predictions.jsonl.gz` and `SHA256SUMS` over all other files.
"""

import contextlib
import difflib
import gzip
import hashlib
import json
import logging
import os
import pathlib
import shutil

import tensorflow as tf
import tensorflow_text  # noqa: F401 - registers the operations that artefacts hold

from zoo import arrays, corpora, recipes

SUMS = "SHA256SUMS"
CARD = "assets.extra/card.json"
PREDICTIONS = "assets.extra/predictions.jsonl.gz"
EVALUATED = (CARD, PREDICTIONS)  # what `zoo.evaluate` writes anew


class NotFound(LookupError):
    """No such artefact is there; the message says which command makes it."""


class Damaged(OSError):
    """An artefact's files are not those that were written."""


def root():
    """Returns the folder of artefacts: `$ZOO_MODELS`, or the repository's own.

    The zoo is installed in place, so the repository's is beside the package, wherever
    a program runs.
    """
    named = os.environ.get("ZOO_MODELS")
    if named:
        return pathlib.Path(named)
    return pathlib.Path(__file__).resolve().parent.parent / "saved_models"


def comparisons():
    """Returns the folder of artefacts that do not ship, under `build/`."""
    return corpora.build_folder() / "models"


def names():
    """Returns the names of all artefacts that have a version, sorted."""
    return sorted(
        {
            folder.name
            for place in (root(), comparisons())
            if place.is_dir()
            for folder in place.iterdir()
            if versions(folder.name, place)
        }
    )


def versions(name, place=None):
    """Returns an artefact's version numbers, ascending.

    Args:
        name: Recipe name.
        place: `pathlib.Path` of a folder of artefacts, or None for `root()`.
    """
    folder = (place or root()) / name
    if not folder.is_dir():
        return []
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal())


def locate(name, version=None):
    """Finds the folder of a version, in `root()` or else in `comparisons()`.

    Args:
        name: Recipe name.
        version: Integer, or None for the newest.

    Returns:
        `pathlib.Path`.

    Raises:
        NotFound: There is no such artefact or version.
    """
    there = []
    for place in (root(), comparisons()):
        found = versions(name, place)
        if found and version in (None, *found):
            return place / name / str(version or found[-1])
        there += found
    if there:
        raise NotFound(
            f"The model {name} has no version {version}, but "
            f"{', '.join(map(str, there))}"
        )
    raise NotFound(f"The model {name} is not in {root()}. {advice(name)}")


def advice(name):
    """Returns the sentence that says how to come by a model that is not there."""
    makeable = [
        recipe.name
        for recipe in recipes.RECIPES.values()
        if recipe.task != "picture-words"  # the encoder ships inside the captioners
    ]
    if name in makeable:
        verbs = ("prepare", "train", "export", "evaluate")
        return f"Make it: {' && '.join(f'python -m zoo {v} {name}' for v in verbs)}"
    near = difflib.get_close_matches(name, {*makeable, *names()}, n=3)
    return f"Did you mean: {', '.join(near or makeable)}?"


@contextlib.contextmanager
def publishing(name, into=None):
    """Yields a folder to write; on success it becomes the next version.

    A killed export leaves a folder whose name is no integer, which no server loads
    and the next export deletes.

    Args:
        name: Recipe name.
        into: `pathlib.Path` of the root to publish in, or None for `root()`.
    """
    folder = (into or root()) / name
    folder.mkdir(parents=True, exist_ok=True)
    partial = arrays.partial_of(folder / "version")
    partial.mkdir()
    try:
        yield partial
        write_sums(partial)
        taken = versions(name, into)
        os.replace(partial, folder / str(max(taken, default=0) + 1))
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_sums(folder):
    """Writes `SHA256SUMS` over all other files of a version, as `sha256sum` does."""
    (folder / SUMS).write_text(_lines(_digests(folder)), "utf-8")


def verify(folder, ignore=()):
    """Compares a version's files with its `SHA256SUMS`.

    Args:
        folder: `pathlib.Path` of a version.
        ignore: Names of files that may be anything, such as `EVALUATED`.

    Raises:
        Damaged: A file is missing, was added or was changed; the message names it.
    """
    sums = folder / SUMS
    if not sums.is_file():
        raise Damaged(f"{sums} is missing: the artefact cannot be trusted")
    lines = sums.read_text("utf-8").splitlines()
    wanted = {line[66:]: line[:64] for line in lines}
    found = _digests(folder)
    for name in sorted((wanted.keys() | found.keys()) - set(ignore)):
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
        Damaged: The files are not those that were written, or TensorFlow cannot load
            them.
    """
    verify(folder)
    logger = logging.getLogger("absl")
    logger.addFilter(_is_of_use)
    try:
        return tf.saved_model.load(str(folder))
    except (tf.errors.OpError, ValueError) as error:
        raise Damaged(f"{folder} cannot be loaded: {error}") from error
    finally:
        logger.removeFilter(_is_of_use)


def _is_of_use(record):
    """Leaves out the warning that what is only called has no gradient."""
    return "unsaved custom gradients" not in record.getMessage()


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

    Each file is replaced whole. Who is killed between two of them leaves a version
    that `verify` refuses and `mend` mends.

    Args:
        folder: `pathlib.Path` of a version.
        card: Dictionary.
        predictions: List of dictionaries, one an example of the test split; or None
            to leave those there are.
    """
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    contents = {CARD: text.encode("utf-8")}
    if predictions is not None:
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in predictions]
        # No time stamp in the archive: the same predictions are the same bytes.
        contents[PREDICTIONS] = gzip.compress("".join(lines).encode("utf-8"), mtime=0)
    digests = _digests(folder)
    for name, content in contents.items():
        digests[name] = hashlib.sha256(content).hexdigest()
    contents[SUMS] = _lines(digests).encode("utf-8")
    (folder / CARD).parent.mkdir(exist_ok=True)
    partials = {}
    try:
        for name, content in contents.items():
            # Beside the version, whose every file counts.
            beside = folder.with_name(f"{folder.name}-{pathlib.Path(name).name}")
            partials[name] = arrays.partial_of(beside)
            partials[name].write_bytes(content)
        for name, partial in partials.items():  # the sums last
            os.replace(partial, folder / name)
    finally:
        for partial in partials.values():
            partial.unlink(missing_ok=True)


def mend(folder):
    """Takes a version back to before its evaluation, where that was killed writing.

    Does nothing to a version that is whole. Else its test scores and predictions go;
    evaluating writes them anew.

    Args:
        folder: `pathlib.Path` of a version.

    Raises:
        Damaged: Another file than card and predictions is not what was written, or
            the card cannot be read.
    """
    with contextlib.suppress(Damaged):
        return verify(folder)
    verify(folder, ignore=EVALUATED)
    try:
        card = read_card(folder)
    except (OSError, ValueError) as error:
        raise Damaged(f"{folder / CARD} cannot be read: export the model again") from (
            error
        )
    card.pop("test", None)
    (folder / PREDICTIONS).unlink(missing_ok=True)
    write_card(folder, card)


def _lines(digests):
    """Spells digests by file name as `sha256sum` does."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def _digests(folder):
    """Maps the name of every file of a version, but for the sums, to its sha256."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != SUMS:
            with open(path, "rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
