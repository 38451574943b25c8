"""NSMC: every line a review, whatever stands in it."""

import hashlib

import pytest

from zoo.corpora import nsmc

ROWS = [(str(100 + row), f"영화 {row}", row % 2) for row in range(18)] + [
    ("200", '"따옴표 하나', 0),
    ("201", "", 1),
    ("202", "줄\x85바꿈\u2028같은\r것", 1),
]


@pytest.fixture
def corpus(mirror, monkeypatch):
    lines = ["id\tdocument\tlabel", *("\t".join(map(str, row)) for row in ROWS)]
    sources = {}
    for split in ("train", "test"):
        path = f"nsmc/ratings_{split}.txt"
        file = mirror / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(("\n".join(lines) + "\n").encode("utf-8"))
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        sources[split] = (path, f"http://127.0.0.1:9/{path}", digest)
    monkeypatch.setattr(nsmc, "SOURCES", sources)
    return mirror / "nsmc"


def as_rows(found):
    return [(review.name, review.text, review.label) for review in found]


def test_the_test_split_is_the_official_one_as_it_stands(corpus):
    assert as_rows(nsmc.load("test")) == ROWS


def test_dev_is_every_tenth_training_review(corpus):
    dev = [ROWS[9], ROWS[19]]
    assert as_rows(nsmc.load("dev")) == dev
    assert as_rows(nsmc.load("train")) == [row for row in ROWS if row not in dev]


@pytest.mark.parametrize("line", ["1\t좋다", "1\t좋다\t2", "1\t좋\t다\t1", ""])
def test_a_line_that_is_no_review_is_named(corpus, monkeypatch, line):
    file = corpus / "ratings_test.txt"
    file.write_text(f"id\tdocument\tlabel\n9\t좋다\t1\n{line}\n", encoding="utf-8")
    path, url, _ = nsmc.SOURCES["test"]
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setitem(nsmc.SOURCES, "test", (path, url, digest))
    with pytest.raises(OSError, match="line 3 of .*ratings_test.txt must be id"):
        nsmc.load("test")


def test_the_checksums_are_those_of_both_files(corpus):
    sums = nsmc.checksums()
    assert sums == {path: digest for path, _, digest in nsmc.SOURCES.values()}


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="split must be one of"):
        nsmc.load("validation")
