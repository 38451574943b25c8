"""NSMC: 200,000 short film reviews in Korean from Naver, half of them positive.

Reference: L. Park (2015), "Naver sentiment movie corpus", github.com/e9t/nsmc.
"""

from zoo.corpora.fetch import FetchError, fetch, recorded_sha256
from zoo.corpora.texts import Text, check_split

LICENCE = "CC0 1.0"
_REPOSITORY = "https://raw.githubusercontent.com/e9t/nsmc/master/"
# path, public address, sha256
SOURCES = {
    "train": (
        "nsmc/ratings_train.txt",
        _REPOSITORY + "ratings_train.txt",
        "e03b7d14e9e41be8d464a28057cd25d7396c53e67aa7fd5f7e552c59b0ee2940",
    ),
    "test": (
        "nsmc/ratings_test.txt",
        _REPOSITORY + "ratings_test.txt",
        "8ac9f64052f11dbf6ae0acb5e038f03d90a76f0eda7820cfb3a92d02edfcebda",
    ),
}


def load(split: str) -> list[Text]:
    """The reviews of one split: 135,000, 15,000 (every tenth of train) and 50,000.

    Fetches the corpus at the first call. Eight reviews are empty, five of them in the
    official training split; they are kept.

    Args:
        split: "train", "dev" or "test".

    Returns:
        The reviews in the order of the file, which is random.

    Raises:
        ValueError: no such split.
        FetchError: the corpus cannot be had.
    """
    check_split(split)
    file = fetch(*SOURCES["test" if split == "test" else "train"])
    # No quoting, and line feeds only: reviews hold quotation marks and odd line ends.
    _, *lines = file.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
    found = [_review(line, number, file) for number, line in enumerate(lines, start=2)]
    if split == "test":
        return found
    return [
        review
        for place, review in enumerate(found)
        if (place % 10 == 9) == (split == "dev")
    ]


def checksums() -> dict[str, str]:
    """What exactly the corpus is made of here.

    Returns:
        The sha256 in hexadecimal of each file, by its path.
    """
    return {source[0]: recorded_sha256(fetch(*source)) for source in SOURCES.values()}


def _review(line: str, number: int, file) -> Text:
    fields = line.split("\t")
    if len(fields) != 3 or fields[2] not in ("0", "1"):
        raise FetchError(
            f"line {number} of {file} must be id, document and label 0 or 1, "
            f"got {line[:80]!r}"
        )
    return Text(fields[0], fields[1], int(fields[2]))
