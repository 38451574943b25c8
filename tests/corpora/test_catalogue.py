"""Corpora by name: one's own pictures are remembered, names and errors are clear."""

import hashlib
import json

import pytest

from zoo.corpora import catalogue, flickr8k
from zoo.corpora.pictures import Picture


@pytest.fixture
def own(tmp_path):
    """A folder of pictures with captions, enough for every split."""
    folder = tmp_path / "own"
    folder.mkdir()
    names = [f"{number}.jpg" for number in range(30)]
    for name in names:
        (folder / name).write_bytes(b"not looked at here")
    captions = tmp_path / "captions.txt"
    captions.write_text("".join(f"{name}\tA dog named {name}\n" for name in names))
    return folder, captions


def register(name, folder, captions):
    catalogue.register(name, "pictures", pictures=folder, captions=captions)


def test_ones_own_pictures_are_found_by_name_ever_after(own, tmp_path, monkeypatch):
    folder, captions = own
    monkeypatch.chdir(tmp_path)
    register("holidays-2", folder.name, captions.name)
    monkeypatch.chdir(folder)  # relative paths were made absolute
    found = [
        picture
        for split in ("train", "dev", "test")
        for picture in catalogue.load("holidays-2", split)
    ]
    assert len(found) == len({picture.name for picture in found}) == 30
    assert Picture("0.jpg", ("A dog named 0.jpg",), folder / "0.jpg") in found


def test_the_facts_of_ones_own_pictures_tell_the_captions_file(own):
    register("mine", *own)
    digest = hashlib.sha256(own[1].read_bytes()).hexdigest()
    facts = catalogue.facts("mine")
    assert facts["name"] == "mine" and facts["licence"]
    assert facts["sha256"] == {"captions.txt": digest}


def test_flickr8k_is_known_without_being_registered(monkeypatch):
    public = catalogue.Public(
        load=lambda split: [f"flickr {split}"],
        checksums=lambda: {"a.zip": "abc"},
        licence=flickr8k.LICENCE,
    )
    assert catalogue.PUBLIC["flickr8k"].load is flickr8k.load
    monkeypatch.setitem(catalogue.PUBLIC, "flickr8k", public)
    assert catalogue.load("flickr8k", "dev") == ["flickr dev"]
    assert catalogue.facts("flickr8k") == {
        "name": "flickr8k",
        "licence": flickr8k.LICENCE,
        "sha256": {"a.zip": "abc"},
    }


@pytest.mark.parametrize(
    "name", ["", "flickr8k", "../up", "a/b", "Mine", "-mine", "my pictures", "a" * 33]
)
def test_a_name_that_will_not_do_is_refused(own, build, name):
    with pytest.raises(ValueError, match="small letters, digits and hyphens"):
        register(name, *own)
    assert not list(build.rglob("places.json"))


def test_a_captions_file_that_will_not_do_registers_nothing(own, build):
    folder, captions = own
    captions.write_text("0.jpg\tA lonely picture\n")
    with pytest.raises(ValueError, match="for every split"):
        register("mine", folder, captions)
    assert not build.exists()


def test_the_same_pictures_may_be_registered_again_and_others_may_not(own, tmp_path):
    folder, captions = own
    register("mine", folder, captions)
    register("mine", folder, captions)
    others = tmp_path / "others"
    folder.rename(others)
    with pytest.raises(ValueError, match=f"'mine', which is {folder} already"):
        register("mine", others, captions)


@pytest.mark.parametrize("ask", [catalogue.facts, lambda c: catalogue.load(c, "dev")])
def test_an_unknown_corpus_is_an_error_that_says_how_to(ask):
    with pytest.raises(ValueError, match="'mien'; python -m zoo prepare"):
        ask("mien")


def test_what_is_remembered_is_plain_json(own, build):
    register("mine", *own)
    (file,) = (build / "corpora" / "mine").iterdir()
    places = json.loads(file.read_text())
    assert places.pop("kind") == "pictures"
    assert places == {"pictures": str(own[0]), "captions": str(own[1])}


def test_what_was_remembered_before_there_were_kinds_are_pictures(own, build):
    register("mine", *own)
    file = build / "corpora" / "mine" / "places.json"
    places = json.loads(file.read_text())
    del places["kind"]
    file.write_text(json.dumps(places))
    assert len(catalogue.load("mine", "train")) > 0
