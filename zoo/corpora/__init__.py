"""Public corpora, and one's own, as plain Python examples. No framework here."""

import os
from pathlib import Path


def build_folder() -> Path:
    """The folder for everything that can be made again: corpora, arrays, runs.

    Returns:
        `$ZOO_BUILD` where it is set, else `build` in the current folder.
    """
    return Path(os.environ.get("ZOO_BUILD") or "build").expanduser()
