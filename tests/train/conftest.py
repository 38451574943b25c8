"""A small prepared corpus, and the command line in a process of its own."""

import hashlib
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from zoo.tokens import END, PAD, START

ROOT = pathlib.Path(__file__).parents[2]
WORDS = ("[PAD]", "[UNKNOWN]", "[START]", "[END]", *(f"word{i}" for i in range(26)))
PICTURES = {"train": 60, "dev": 10}  # two batches of 25 an epoch, ten left out


def captions(random, pictures):
    """Draws ids `[P, 5, 25]` of five captions of 3 to 10 words a picture."""
    tokens = np.full((pictures, 5, 25), PAD, np.int32)
    for row in tokens.reshape(-1, 25):
        length = random.integers(3, 11)
        row[0] = START
        row[1 : 1 + length] = random.integers(4, len(WORDS), length)
        row[1 + length] = END
    return tokens


def write_corpus(build):
    """Writes vocabulary, captions and grids of an encoder that is a dummy."""
    encoder = build / "runs" / "picture-words" / "encoder.npz"
    encoder.parent.mkdir(parents=True)
    encoder.write_bytes(b"no encoder: its grids are there already")
    digest = hashlib.sha256(encoder.read_bytes()).hexdigest()[:12]
    folder = build / "prepared" / "flickr8k"
    folder.mkdir(parents=True)
    (folder / "vocabulary.txt").write_text("".join(f"{word}\n" for word in WORDS))
    random = np.random.default_rng(7)
    for split, pictures in PICTURES.items():
        np.savez(folder / f"captions-{split}.npz", tokens=captions(random, pictures))
        grids = random.random((2, pictures, 49, 1280), np.float32).astype(np.float16)
        np.save(folder / f"grids-{digest}-{split}.npy", grids)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """A build folder with a small prepared corpus; its `prepared` is read only."""
    build = tmp_path_factory.mktemp("build")
    write_corpus(build)
    return build


@pytest.fixture
def new_build(corpus, tmp_path):
    """Function that makes a build folder with the corpus and no captioner's run."""

    def make(name):
        build = tmp_path / name
        (build / "runs").mkdir(parents=True)
        for shared in ("prepared", "runs/picture-words"):
            (build / shared).symlink_to(corpus / shared)
        return build

    return make


@pytest.fixture
def start():
    """Function that starts Python on some arguments with a build folder."""
    started = []

    def start_python(build, *arguments, backend="tensorflow"):
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "KERAS_BACKEND": backend,
                "ZOO_BUILD": str(build),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start_python
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()
