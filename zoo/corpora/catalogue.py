"""Corpora by name: the public ones, and one's own."""

import functools
import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from zoo.corpora import (
    build_folder,
    flickr8k,
    imdb,
    keras_source,
    long_text,
    multi30k,
    nsmc,
    pairs,
    sentences,
    shakespeare,
    texts,
    universal_dependencies,
)
from zoo.corpora.pictures import SPLITS, load_folder

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class Public(NamedTuple):
    """A public corpus.

    Args:
        load: function of a split that returns its examples, and fetches the corpus at
            the first call.
        checksums: function that returns the sha256 of each of its files, by path.
        licence: a sentence.
    """

    load: Callable
    checksums: Callable
    licence: str


class Own(NamedTuple):
    """A kind of corpus that people bring themselves.

    Args:
        load: function of the files' places, by name, and a split.
        text: which of the places is the file whose sha256 the card gives.
        licence: a sentence.
        command: how it is given a name, for the error that says so.
    """

    load: Callable
    text: str
    licence: str
    command: str


PUBLIC = {
    "flickr8k": Public(flickr8k.load, flickr8k.checksums, flickr8k.LICENCE),
    "imdb": Public(imdb.load, imdb.checksums, imdb.LICENCE),
    # The same reviews thrice: `zoo.prepare.sentiment` reads each in units of its own.
    "nsmc": Public(nsmc.load, nsmc.checksums, nsmc.LICENCE),
    "nsmc-characters": Public(nsmc.load, nsmc.checksums, nsmc.LICENCE),
    "nsmc-jamo": Public(nsmc.load, nsmc.checksums, nsmc.LICENCE),
    **{
        name: Public(
            functools.partial(universal_dependencies.load, treebank),
            functools.partial(universal_dependencies.checksums, treebank),
            universal_dependencies.LICENCE,
        )
        for name, treebank in universal_dependencies.TREEBANKS.items()
    },
    **{
        name: Public(
            functools.partial(multi30k.load, name),
            functools.partial(multi30k.checksums, name),
            multi30k.LICENCE,
        )
        for name in multi30k.DIRECTIONS
    },
    "tiny-shakespeare": Public(
        shakespeare.load, shakespeare.checksums, shakespeare.LICENCE
    ),
    "keras-source": Public(
        keras_source.load, keras_source.checksums, keras_source.LICENCE
    ),
}
OWN = {
    "pictures": Own(
        lambda places, split: load_folder(
            Path(places["pictures"]), Path(places["captions"]), split
        ),
        "captions",
        "one's own pictures",
        "python -m zoo prepare RECIPE --corpus NAME --pictures FOLDER --captions FILE",
    ),
    "texts": Own(
        lambda places, split: texts.load_file(Path(places["file"]), split),
        "file",
        "one's own texts",
        "python -m zoo prepare RECIPE --corpus NAME --data FILE",
    ),
    "sentences": Own(
        lambda places, split: sentences.load_file(Path(places["file"]), split),
        "file",
        "one's own sentences",
        "python -m zoo prepare RECIPE --corpus NAME --data FILE",
    ),
    "pairs": Own(
        lambda places, split: pairs.load_file(Path(places["file"]), split),
        "file",
        "one's own sentence pairs",
        "python -m zoo prepare RECIPE --corpus NAME --data FILE",
    ),
    "characters": Own(
        lambda places, split: long_text.load_file(Path(places["file"]), split),
        "file",
        "one's own text",
        "python -m zoo prepare RECIPE --corpus NAME --data FILE",
    ),
}


def register(corpus: str, kind: str, **places: Path) -> None:
    """Remembers one's own examples under a name, for every later command.

    Args:
        corpus: a new name, of small letters, digits and hyphens.
        kind: key of `OWN`.
        places: the files and folders, by the names that the kind gives them.

    Raises:
        ValueError: the name will not do or is taken by other files, or the examples
            cannot be read.
    """
    if not NAME.fullmatch(corpus) or corpus in PUBLIC:
        raise ValueError(
            "corpus must be small letters, digits and hyphens, and not the name of a "
            f"public one; got {corpus!r}"
        )
    new = {name: str(Path(place).resolve()) for name, place in places.items()}
    for split in SPLITS:
        OWN[kind].load(new, split)
    settings = _settings(corpus)
    if settings.exists() and _places(corpus) != (kind, new):
        raise ValueError(
            f"corpus must be a new name, got {corpus!r}, which is "
            f"{next(iter(_places(corpus)[1].values()))} already"
        )
    settings.parent.mkdir(parents=True, exist_ok=True)
    partial = settings.with_suffix(".partial")
    partial.write_text(json.dumps({"kind": kind, **new}) + "\n", encoding="utf-8")
    os.replace(partial, settings)


def load(corpus: str, split: str):
    """The examples of one split of a corpus.

    Args:
        corpus: key of `PUBLIC`, or a name given to `register`.
        split: "train", "dev" or "test".

    Returns:
        What its loader returns: a list of examples, or one long text.

    Raises:
        ValueError: no such corpus or split.
        FetchError: the corpus cannot be had.
    """
    if corpus in PUBLIC:
        return PUBLIC[corpus].load(split)
    kind, places = _places(corpus)
    return OWN[kind].load(places, split)


def facts(corpus: str) -> dict:
    """What a card says of a corpus.

    Args:
        corpus: key of `PUBLIC`, or a name given to `register`.

    Returns:
        Its name, its licence and the sha256 of its files.
    """
    if corpus in PUBLIC:
        sums, licence = PUBLIC[corpus].checksums(), PUBLIC[corpus].licence
    else:
        kind, places = _places(corpus)
        file, licence = Path(places[OWN[kind].text]), OWN[kind].licence
        sums = {file.name: hashlib.sha256(file.read_bytes()).hexdigest()}
    return {"name": corpus, "licence": licence, "sha256": sums}


def _places(corpus: str) -> tuple[str, dict[str, str]]:
    """The kind of one's own corpus, and its files and folders by name."""
    settings = _settings(corpus)
    if not settings.exists():
        commands = "; ".join(own.command for own in OWN.values())
        raise ValueError(
            f"corpus must be {', '.join(PUBLIC)} or a name that was prepared before, "
            f"got {corpus!r}; {commands}"
        )
    places = json.loads(settings.read_text(encoding="utf-8"))
    return places.pop("kind", "pictures"), places


def _settings(corpus: str) -> Path:
    return build_folder() / "corpora" / corpus / "places.json"
