"""Tiny Shakespeare comes whole or not at all, and is cut as is the custom."""

import hashlib

import pytest

from zoo.corpora import catalogue, long_text, shakespeare
from zoo.corpora.fetch import FetchError

TEXT = "First Player:\nA made-up line, \u00e0 la mode.\n\n" * 100


@pytest.fixture
def mirror(zoo_build, tmp_path, monkeypatch):
    """A mirror folder with a made-up text under the real one's name."""
    file = tmp_path / "mirror" / shakespeare.SOURCE[0]
    file.parent.mkdir(parents=True)
    file.write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("ZOO_MIRROR", str(tmp_path / "mirror"))
    return file


def test_a_text_that_is_another_is_refused(mirror):
    with pytest.raises(FetchError, match="sha256 .* must be 86c4e6aa"):
        shakespeare.load("train")


def test_the_splits_are_those_of_any_long_text(mirror, monkeypatch):
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    path, url, _ = shakespeare.SOURCE
    monkeypatch.setattr(shakespeare, "SOURCE", (path, url, digest))
    for split in long_text.SPLITS:
        found = catalogue.load("tiny-shakespeare", split)
        assert found == long_text.cut(TEXT, split)
    assert catalogue.facts("tiny-shakespeare")["sha256"] == {path: digest}
    with pytest.raises(ValueError, match="got 'all'"):
        shakespeare.load("all")
