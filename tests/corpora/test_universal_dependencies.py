"""The treebanks: fetched, checked and read, split by split."""

import hashlib

import pytest

from zoo.corpora import catalogue
from zoo.corpora import universal_dependencies as ud
from zoo.corpora.fetch import FetchError

LINE = "1\tYes\t_\tINTJ\t_\t_\t_\t_\t_\t_\n\n"


@pytest.fixture
def small(monkeypatch, mirror):
    """A treebank of one sentence a split, in the mirror."""
    sums = {}
    (mirror / "bank").mkdir()
    for split in ("train", "dev", "test"):
        text = LINE.replace("Yes", split)
        (mirror / "bank" / f"b-{split}.conllu").write_text(text)
        sums[split] = hashlib.sha256(text.encode()).hexdigest()
    return ud.Treebank("bank", "http://127.0.0.1:1/", "b-{}.conllu", sums)


def test_each_split_is_its_own_file(small):
    for split in ("train", "dev", "test"):
        (sentence,) = ud.load(small, split)
        assert sentence.words == [split] and sentence.tags == ["INTJ"]
    with pytest.raises(ValueError, match="split must be"):
        ud.load(small, "all")


def test_a_file_that_was_changed_is_refused(small, mirror):
    (mirror / "bank" / "b-dev.conllu").write_text(LINE)
    with pytest.raises(FetchError, match="sha256"):
        ud.load(small, "dev")


def test_the_checksums_are_those_of_the_files(small):
    assert ud.checksums(small) == {
        f"bank/b-{split}.conllu": sha256 for split, sha256 in small.sha256.items()
    }


def test_both_treebanks_are_in_the_catalogue_with_pinned_addresses():
    assert {"ud-english-ewt", "ud-korean-gsd"} <= catalogue.PUBLIC.keys()
    for treebank in ud.TREEBANKS.values():
        commit = treebank.address.rstrip("/").rpartition("/")[2]
        assert len(commit) == 40 and len(set(treebank.sha256.values())) == 3
        assert all(len(sha256) == 64 for sha256 in treebank.sha256.values())
