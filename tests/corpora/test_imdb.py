"""IMDB, from the mirror's tables and from the public archive alike."""

import csv
import gzip
import hashlib
import io
import tarfile

import pytest

from zoo.corpora import catalogue, imdb


def reviews(split):
    """Made-up reviews: (id, label, text), negative before positive, by number."""
    return [
        (f"{number}_{9 if label else 2}", label, f"{split} {label} {number},\n\u2028")
        for label in (0, 1)
        for number in range(12)
    ]


def write_tables(folder, monkeypatch):
    tables = {}
    for split in ("train", "test"):
        file = folder / f"imdb/imdb_{split}.csv.gz"
        file.parent.mkdir(exist_ok=True)
        with gzip.open(file, "wt", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["id", "label", "rating", "text"])
            for name, label, text in reviews(split):
                writer.writerow([name, label, name.split("_")[1], text])
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        tables[split] = (f"imdb/{file.name}", digest)
    monkeypatch.setattr(imdb, "TABLES", tables)


def write_archive():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        members = {
            f"aclImdb/{split}/{'pos' if label else 'neg'}/{name}.txt": text
            for split in ("train", "test")
            for name, label, text in reversed(reviews(split))
        }
        members["aclImdb/README"] = "not a review"
        members["aclImdb/train/unsup/0_0.txt"] = "has no label"
        members["aclImdb/train/urls_neg.txt"] = "is no review"
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return stream.getvalue()


def as_rows(found):
    return [(review.name, review.label, review.text) for review in found]


@pytest.fixture(params=["tables", "archive"])
def corpus(request, monkeypatch, mirror, public):
    monkeypatch.setattr(imdb, "BLOCK", 1)
    if request.param == "tables":
        write_tables(mirror, monkeypatch)
    else:
        public.files["imdb.tar.gz"] = write_archive()
        monkeypatch.setattr(imdb, "PUBLIC", public.url("imdb.tar.gz"))


def test_both_sources_give_the_same_reviews_in_the_same_order(corpus):
    assert as_rows(imdb.load("test")) == reviews("test")
    train = reviews("train")
    dev = [train[9], train[19]]
    assert as_rows(imdb.load("dev")) == dev
    assert as_rows(imdb.load("train")) == [row for row in train if row not in dev]


def test_dev_is_the_tenth_of_every_ten_blocks(corpus, monkeypatch):
    monkeypatch.setattr(imdb, "BLOCK", 2)
    assert as_rows(imdb.load("dev")) == reviews("train")[18:20]


def test_the_checksums_are_those_of_the_files_that_are_here(corpus):
    sums = catalogue.facts("imdb")["sha256"]
    names = {path.rpartition("/")[2] for path in sums}
    assert names in ({"imdb_train.csv.gz", "imdb_test.csv.gz"}, {"aclImdb_v1.tar.gz"})
    assert all(len(digest) == 64 for digest in sums.values())


def test_a_table_with_other_bytes_is_refused(mirror, monkeypatch):
    write_tables(mirror, monkeypatch)
    (mirror / "imdb/imdb_test.csv.gz").write_bytes(b"other")
    with pytest.raises(OSError, match="sha256"):
        imdb.load("test")


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="split must be one of"):
        imdb.load("unsup")
