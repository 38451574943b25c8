"""Flickr8k: 8,000 photographs of people and dogs in action, five captions each.

Reference: M. Hodosh, P. Young and J. Hockenmaier (2013), "Framing Image Description
as a Ranking Task", Journal of Artificial Intelligence Research 47, 853-899.
"""

import logging
from pathlib import Path

from zoo.corpora.fetch import fetch, recorded_sha256, unzip
from zoo.corpora.pictures import Picture

LICENCE = (
    "images belong to Flickr users, given for non-commercial research and education; "
    "cite Hodosh et al. 2013"
)
_RELEASE = "https://github.com/jbrownlee/Datasets/releases/download/Flickr8k/"
# path, public address, sha256 of the mirror's file: its pictures are already made
# small, so its bytes are not the public ones, for which no sha256 is published.
SOURCES = (
    (
        "flickr8k/Flickr8k_text.zip",
        _RELEASE + "Flickr8k_text.zip",
        "962ef09cf34c780b2587d9e7601bfb66b879ac8ed6c258f64958f2fe2da40c2d",
    ),
    (
        "flickr8k/Flickr8k_Dataset.zip",
        _RELEASE + "Flickr8k_Dataset.zip",
        "1202d181d249b097c91ebc9a61c5184a27a030e27dd7a1082a3eb11ce93b3287",
    ),
)
SPLITS = {
    "train": "Flickr_8k.trainImages.txt",
    "dev": "Flickr_8k.devImages.txt",
    "test": "Flickr_8k.testImages.txt",
}

log = logging.getLogger(__name__)


def load(split: str) -> list[Picture]:
    """The pictures of one official split (6000, 1000, 1000), in the official order.

    Fetches and unpacks the corpus at the first call. A picture that the archive does
    not hold, or that has no caption, is left out with a logged warning.

    Args:
        split: "train", "dev" or "test".

    Returns:
        The pictures, each with its captions (five, with few exceptions).

    Raises:
        ValueError: no such split.
        FetchError: the corpus cannot be had.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {list(SPLITS)}, got {split!r}")
    text, pictures = (unzip(file, file.with_suffix("")) for file in _archives())
    captions = _captions(text / "Flickr8k.token.txt")
    names = (text / SPLITS[split]).read_text(encoding="utf-8").split()
    found = []
    for name in names:
        file = pictures / "Flicker8k_Dataset" / name  # the archive's own spelling
        if name in captions and file.is_file():
            found.append(Picture(name, tuple(captions[name]), file))
        else:
            missing = "picture" if name in captions else "caption"
            log.warning("Flickr8k %s: %s left out, no %s", split, name, missing)
    return found


def checksums() -> dict[str, str]:
    """What exactly the corpus is made of here.

    Returns:
        The sha256 in hexadecimal of each archive, by its path.
    """
    paths = [path for path, _, _ in SOURCES]
    return dict(zip(paths, map(recorded_sha256, _archives()), strict=True))


def _archives() -> list[Path]:
    return [fetch(*source, same_bytes=False) for source in SOURCES]


def _captions(token_file: Path) -> dict[str, list[str]]:
    """Captions by picture, from lines `<id>.jpg#<k><TAB><caption>`.

    A dead id of the original, 2258277193_586949ec62.jpg.1, is among them: it has no
    picture and is in no split, so nobody asks for it.
    """
    captions: dict[str, list[str]] = {}
    for line in token_file.read_text(encoding="utf-8").split("\n"):
        key, tab, caption = line.partition("\t")
        name = key.rpartition("#")[0]
        if tab:
            captions.setdefault(name, []).append(caption.strip())
    return captions
