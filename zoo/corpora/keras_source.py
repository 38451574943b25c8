"""Source code: two million characters of the Keras that is installed beside the zoo.

Nothing is fetched, and nothing of it is kept in the repository: the text is put
together from the wheel's own files, and a pinned sha256 says whether they are those of
the pinned version.
"""

import functools
import hashlib
import re
from importlib import metadata

from zoo.corpora import long_text
from zoo.corpora.fetch import FetchError

LICENCE = "Apache-2.0 (Keras)"
VERSION = "3.15.1"
SHA256 = "7dbdbb22f31d447a4866e3799481ebe11891ab0f68174359c83b72ee2ad119b8"
# What a model is made of and trained by; a test ends in _test.py.
FILES = re.compile(r"keras/src/(layers|losses|metrics|optimizers)/.*(?<!_test)\.py")


def load(split: str) -> str:
    """One split of the text: 85 % train, 5 % dev and 10 % test, by position.

    Args:
        split: "train", "dev" or "test".

    Returns:
        The characters of that split.

    Raises:
        ValueError: no such split.
        FetchError: another Keras is installed, or none.
    """
    return long_text.cut(_text(), split)


def checksums() -> dict[str, str]:
    """What exactly the corpus is made of here.

    Returns:
        The sha256 in hexadecimal of the whole text, by what it is taken from.
    """
    digest = hashlib.sha256(_text().encode("utf-8")).hexdigest()
    return {f"keras-{VERSION}/src/{{layers,losses,metrics,optimizers}}": digest}


@functools.cache
def _text() -> str:
    """The files one after another, by name, so that no split is a folder of its own."""
    try:
        installed = metadata.distribution("keras")
    except metadata.PackageNotFoundError:
        raise FetchError(_advice("none")) from None
    chosen = [file for file in installed.files or [] if FILES.fullmatch(str(file))]
    chosen.sort(key=lambda file: (file.name, str(file)))
    text = "\n".join(file.read_text(encoding="utf-8") for file in chosen)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if digest != SHA256:
        raise FetchError(_advice(f"keras {installed.version}, sha256 {digest}"))
    return text


def _advice(found: str) -> str:
    return (
        f"keras-source must be the files of keras {VERSION}, sha256 {SHA256}, "
        f"got {found}: pip install keras=={VERSION}"
    )
