"""Multi30k: two files line by line become pairs."""

import gzip
import hashlib

import pytest

from zoo.corpora import catalogue, multi30k
from zoo.corpora.pairs import Pair

LINES = {
    "en": "A dog.\nTwo dogs\u2028run. \n",
    "de": "Ein Hund.\nZwei\x85Hunde.\n",
    "fr": "Un chien.\nDeux chiens.\n",
}


def put(mirror, monkeypatch, split, language, content):
    name = f"multi30k/{multi30k.FILES[split]}.{language}.gz"
    file = mirror / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(gzip.compress(content.encode("utf-8"), mtime=0))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setitem(multi30k.SHA256, (split, language), digest)
    return name, digest


@pytest.fixture
def corpus(mirror, monkeypatch):
    return dict(
        put(mirror, monkeypatch, split, language, content)
        for split in multi30k.FILES
        for language, content in LINES.items()
    )


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_lines_of_the_same_number_are_a_pair(corpus, split):
    assert catalogue.load("multi30k-en-de", split) == [
        Pair("1", "A dog.", "Ein Hund."),
        Pair("2", "Two dogs\u2028run.", "Zwei\x85Hunde."),
    ]


def test_every_direction_has_its_own_source_and_target(corpus):
    there, back = (
        catalogue.load(f"multi30k-{way}", "dev")[0] for way in ("en-fr", "de-en")
    )
    assert (there.source, there.target) == ("A dog.", "Un chien.")
    assert (back.source, back.target) == ("Ein Hund.", "A dog.")


def test_sides_of_other_lengths_are_refused(corpus, mirror, monkeypatch):
    put(mirror, monkeypatch, "test", "de", "Ein Hund.\n")
    with pytest.raises(OSError, match="de.gz must have a line for each of the 2 of"):
        multi30k.load("multi30k-en-de", "test")


def test_the_checksums_are_those_of_the_six_files_of_a_direction(corpus):
    wanted = {name: digest for name, digest in corpus.items() if ".fr." not in name}
    assert multi30k.checksums("multi30k-en-de") == wanted
    assert len(wanted) == 6


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="split must be one of"):
        multi30k.load("multi30k-en-de", "val")
