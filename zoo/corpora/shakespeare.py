"""Tiny Shakespeare: 1.1 million characters of the plays, speaker by speaker.

Reference: A. Karpathy (2015), "The Unreasonable Effectiveness of Recurrent Neural
Networks", whose experiments made this file the custom.
"""

from pathlib import Path

from zoo.corpora import long_text
from zoo.corpora.fetch import fetch, recorded_sha256

LICENCE = "text in the public domain; this selection MIT (karpathy/char-rnn)"
SOURCE = (
    "tinyshakespeare/input.txt",
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/"
    "tinyshakespeare/input.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
)


def load(split: str) -> str:
    """One split of the text: 85 % train, 5 % dev and, as is the custom, 10 % test.

    The custom trains on all nine tenths before the test; here dev is taken out of them.

    Fetches the text at the first call.

    Args:
        split: "train", "dev" or "test".

    Returns:
        The characters of that split.

    Raises:
        ValueError: no such split.
        FetchError: the text cannot be had.
    """
    return long_text.cut(_file().read_text(encoding="utf-8"), split)


def checksums() -> dict[str, str]:
    """What exactly the corpus is made of here.

    Returns:
        The sha256 in hexadecimal of the file, by its path.
    """
    return {SOURCE[0]: recorded_sha256(_file())}


def _file() -> Path:
    return fetch(*SOURCE)
