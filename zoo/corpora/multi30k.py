"""Multi30k: captions of Flickr30k's pictures in English, translated by people.

Reference: D. Elliott, S. Frank, K. Sima'an and L. Specia (2016), "Multi30K:
Multilingual English-German Image Descriptions"; the French by Elliott et al. (2017).
"""

import gzip
import itertools
from pathlib import Path

from zoo.corpora.fetch import FetchError, fetch, recorded_sha256
from zoo.corpora.pairs import Pair, read_lines
from zoo.corpora.texts import check_split

LICENCE = "non-commercial research and education; cite Elliott et al. 2016"
_REPOSITORY = "https://github.com/multi30k/dataset/raw/master/data/task1/raw/"
FILES = {"train": "train", "dev": "val", "test": "test_2016_flickr"}
# (split, language) -> sha256
SHA256 = {
    ("train", "en"): "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f",
    ("train", "de"): "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6",
    ("train", "fr"): "622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c",
    ("dev", "en"): "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28",
    ("dev", "de"): "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a",
    ("dev", "fr"): "ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9",
    ("test", "en"): "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9",
    ("test", "de"): "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8",
    ("test", "fr"): "6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90",
}
# Corpus -> the languages of source and target.
DIRECTIONS = {
    "multi30k-en-de": ("en", "de"),
    "multi30k-de-en": ("de", "en"),
    "multi30k-en-fr": ("en", "fr"),
}


def load(corpus: str, split: str) -> list[Pair]:
    """The pairs of one split: 29,000, 1,014 and 1,000 (of 2016, from Flickr).

    Fetches the two languages at the first call.

    Args:
        corpus: key of `DIRECTIONS`.
        split: "train", "dev" or "test".

    Returns:
        The pairs in the order of the files; the name of each is its line's number.

    Raises:
        ValueError: no such split.
        FetchError: the corpus cannot be had, or its two sides are not line by line.
    """
    check_split(split)
    files = [_file(split, language) for language in DIRECTIONS[corpus]]
    sources, targets = map(_lines, files)
    if len(sources) != len(targets):
        raise FetchError(
            f"{files[1]} must have a line for each of the {len(sources):,} of "
            f"{files[0]}, got {len(targets):,}"
        )
    return [
        Pair(str(number), source, target)
        for number, (source, target) in enumerate(
            zip(sources, targets, strict=True), start=1
        )
    ]


def checksums(corpus: str) -> dict[str, str]:
    """What exactly the corpus is made of here.

    Args:
        corpus: key of `DIRECTIONS`.

    Returns:
        The sha256 in hexadecimal of each file, by its path.
    """
    parts = itertools.product(FILES, DIRECTIONS[corpus])
    return {_path(*part): recorded_sha256(_file(*part)) for part in parts}


def _path(split: str, language: str) -> str:
    return f"multi30k/{FILES[split]}.{language}.gz"


def _file(split: str, language: str) -> Path:
    path = _path(split, language)
    return fetch(path, _REPOSITORY + Path(path).name, SHA256[split, language])


def _lines(file: Path) -> list[str]:
    with gzip.open(file) as stream:
        return [line.strip() for line in read_lines(stream.read(), file)]
