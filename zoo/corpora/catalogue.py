"""Corpora by name: Flickr8k, and folders of one's own pictures."""

import hashlib
import json
import os
import re
from pathlib import Path

from zoo.corpora import build_folder, flickr8k
from zoo.corpora.pictures import SPLITS, Picture, load_folder

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def register(corpus: str, folder: Path, captions_file: Path) -> None:
    """Remembers one's own pictures under a name, for every later command.

    Args:
        corpus: a new name, of small letters, digits and hyphens.
        folder: where the pictures are.
        captions_file: see `zoo.corpora.pictures.load_folder`.

    Raises:
        ValueError: the name will not do or is taken by other pictures, or the
            captions file cannot be read.
    """
    if not NAME.fullmatch(corpus) or corpus == "flickr8k":
        raise ValueError(
            "corpus must be small letters, digits and hyphens, and not 'flickr8k'; "
            f"got {corpus!r}"
        )
    for split in SPLITS:
        load_folder(folder, captions_file, split)
    settings = _settings(corpus)
    places = {
        "pictures": str(Path(folder).resolve()),
        "captions": str(Path(captions_file).resolve()),
    }
    if settings.exists() and _places(corpus) != places:
        raise ValueError(
            f"corpus must be a new name, got {corpus!r}, which is "
            f"{_places(corpus)['pictures']} already"
        )
    settings.parent.mkdir(parents=True, exist_ok=True)
    partial = settings.with_suffix(".partial")
    partial.write_text(json.dumps(places) + "\n", encoding="utf-8")
    os.replace(partial, settings)


def load(corpus: str, split: str) -> list[Picture]:
    """The pictures of one split of a corpus.

    Args:
        corpus: "flickr8k", or a name given to `register`.
        split: "train", "dev" or "test".

    Returns:
        The pictures, each with its captions.

    Raises:
        ValueError: no such corpus or split.
        FetchError: the corpus cannot be had.
    """
    if corpus == "flickr8k":
        return flickr8k.load(split)
    places = _places(corpus)
    return load_folder(Path(places["pictures"]), Path(places["captions"]), split)


def facts(corpus: str) -> dict:
    """What a card says of a corpus.

    Args:
        corpus: "flickr8k", or a name given to `register`.

    Returns:
        Its name, its licence and the sha256 of its files.
    """
    if corpus == "flickr8k":
        sums, licence = flickr8k.checksums(), flickr8k.LICENCE
    else:
        captions = Path(_places(corpus)["captions"])
        digest = hashlib.sha256(captions.read_bytes()).hexdigest()
        sums = {captions.name: digest}
        licence = "one's own pictures"
    return {"name": corpus, "licence": licence, "sha256": sums}


def _places(corpus: str) -> dict[str, str]:
    settings = _settings(corpus)
    if not settings.exists():
        raise ValueError(
            f"corpus must be 'flickr8k' or a name that was prepared before, got "
            f"{corpus!r}; python -m zoo prepare RECIPE --corpus NAME --pictures FOLDER "
            "--captions FILE"
        )
    return json.loads(settings.read_text(encoding="utf-8"))


def _settings(corpus: str) -> Path:
    return build_folder() / "corpora" / corpus / "places.json"
