"""Universal Dependencies: UD_English-EWT and UD_Korean-GSD, words with their tags.

References: N. Silveira et al. (2014), "A Gold Standard Dependency Corpus for English",
LREC; R. McDonald et al. (2013), "Universal Dependency Annotation for Multilingual
Parsing", ACL; J. Chun et al. (2018), "Building Universal Dependency Treebanks in
Korean", LREC.
"""

from typing import NamedTuple

from zoo.corpora.fetch import fetch, recorded_sha256
from zoo.corpora.sentences import SPLITS, Sentence, read

LICENCE = "CC BY-SA 4.0"


class Treebank(NamedTuple):
    """A treebank at one commit.

    Args:
        folder: its place in the mirror and among the corpora.
        address: the public folder at that commit.
        file: name of its files, with a place for the split.
        sha256: of each split's file.
    """

    folder: str
    address: str
    file: str
    sha256: dict[str, str]


_GITHUB = "https://github.com/UniversalDependencies/"
ENGLISH_EWT = Treebank(
    "ud_english_ewt",
    _GITHUB + "UD_English-EWT/raw/15d613d8447b3478787d4c278730a1e48a945efb/",
    "en_ewt-ud-{}.conllu",
    {
        "train": "3fb78e2b55482c8ee00caa653af436c88c9e5bc9a73ce26e4ae3ddc79d2b7e7b",
        "dev": "531a54ff90d6ab12201c5a50c3e78e6ddac4de69abc4bce5d275d3cd29efe2b6",
        "test": "e266e515a0a7547657ed3d90d9ba46487d6bd251f27ad4269d4e8a427c8555cd",
    },
)
KOREAN_GSD = Treebank(
    "ud_korean_gsd",
    _GITHUB + "UD_Korean-GSD/raw/c7af324a9256a9f7b8741265beabbafaf6ea6517/",
    "ko_gsd-ud-{}.conllu",
    {
        "train": "34f0e126af447ff5bf082f2d4725a184e2790db676724bd15e4669f25410e64d",
        "dev": "acef451c0db274b1b92f01f3e2ebedb0ed48d139a239e474e312ace00ec1a21c",
        "test": "a91516141a72f6a66fa913ff6c77b05ffacdf60a0f27ac12e01510b87b600226",
    },
)
# By the name of the corpus.
TREEBANKS = {"ud-english-ewt": ENGLISH_EWT, "ud-korean-gsd": KOREAN_GSD}


def load(treebank: Treebank, split: str) -> list[Sentence]:
    """The sentences of one official split; fetched at the first call.

    Args:
        treebank: for example `ENGLISH_EWT`.
        split: "train", "dev" or "test".

    Returns:
        The sentences (English 12,544, 2,001, 2,077; Korean 4,400, 950, 989).

    Raises:
        ValueError: no such split.
        FetchError: the treebank cannot be had.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {list(SPLITS)}, got {split!r}")
    return read(fetch(*_source(treebank, split)))


def checksums(treebank: Treebank) -> dict[str, str]:
    """What exactly the treebank is made of here.

    Args:
        treebank: for example `ENGLISH_EWT`.

    Returns:
        The sha256 in hexadecimal of each file, by its path.
    """
    sources = [_source(treebank, split) for split in SPLITS]
    return {source[0]: recorded_sha256(fetch(*source)) for source in sources}


def _source(treebank: Treebank, split: str) -> tuple[str, str, str]:
    """Path, public address and sha256 of a split's file."""
    file = treebank.file.format(split)
    path = f"{treebank.folder}/{file}"
    return path, treebank.address + file, treebank.sha256[split]
