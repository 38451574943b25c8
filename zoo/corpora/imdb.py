"""IMDB: 50,000 film reviews in English, half of them positive, at most 30 a film.

Reference: A. Maas et al. (2011), "Learning Word Vectors for Sentiment Analysis", ACL.
"""

import csv
import gzip
import tarfile
from pathlib import Path

from zoo.corpora.fetch import fetch, held, recorded_sha256
from zoo.corpora.texts import Text, check_split

LICENCE = "none stated; cite Maas et al. 2011"
PUBLIC = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"
ARCHIVE = "imdb/aclImdb_v1.tar.gz"
# A mirror may hold the official splits as tables instead of 50,000 files, text
# unchanged: id,label,rating,text, negative before positive, by number. sha256 of each.
TABLES = {
    "train": (
        "imdb/imdb_train.csv.gz",
        "df4f90015ab52a2b2817b5b28082e540b0fd45cf04c169c04c6fe14ccbf64bee",
    ),
    "test": (
        "imdb/imdb_test.csv.gz",
        "ba21287aa1b013890ba3c8201c1c66c36c1f979af5807eed66f4e91ed7c11d28",
    ),
}
# Dev is every tenth block of the official training split's reviews. Blocks, since
# neighbours are often of one film, whose name would tell its verdict.
BLOCK = 125


def load(split: str) -> list[Text]:
    """The reviews of one split: 22,500, 2,500 (cut from train) and 25,000.

    Fetches the corpus at the first call.

    Args:
        split: "train", "dev" or "test".

    Returns:
        The reviews, negative before positive, by number; the name of each is the
        number and the stars, as in its file's name.

    Raises:
        ValueError: no such split.
        FetchError: the corpus cannot be had.
    """
    check_split(split)
    official = "test" if split == "test" else "train"
    if held(TABLES[official][0]):
        found = _from_table(_table(official))
    else:
        found = _from_archive(fetch(ARCHIVE, PUBLIC), official)
    if split == "test":
        return found
    return [
        review
        for place, review in enumerate(found)
        if (place // BLOCK % 10 == 9) == (split == "dev")
    ]


def checksums() -> dict[str, str]:
    """What exactly the corpus is made of here.

    Returns:
        The sha256 in hexadecimal of each file, by its path.
    """
    if all(held(path) for path, _ in TABLES.values()):
        files = {path: _table(split) for split, (path, _) in TABLES.items()}
    else:
        files = {ARCHIVE: fetch(ARCHIVE, PUBLIC)}
    return {path: recorded_sha256(file) for path, file in files.items()}


def _table(official: str) -> Path:
    path, sha256 = TABLES[official]
    return fetch(path, PUBLIC, sha256)


def _from_table(file: Path) -> list[Text]:
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        return [
            Text(row["id"], row["text"], int(row["label"]))
            for row in csv.DictReader(stream)
        ]


def _from_archive(file: Path, official: str) -> list[Text]:
    """Reads aclImdb/<split>/<neg or pos>/<number>_<stars>.txt, unpacking nothing."""
    found = []
    with tarfile.open(file, "r:gz") as archive:
        for member in archive:
            parts = Path(member.name).parts[-3:]
            if parts[:1] == (official,) and parts[1] in ("neg", "pos"):
                text = archive.extractfile(member).read().decode("utf-8")
                found.append(Text(parts[2][:-4], text, int(parts[1] == "pos")))
    return sorted(
        found, key=lambda review: (review.label, int(review.name.partition("_")[0]))
    )
