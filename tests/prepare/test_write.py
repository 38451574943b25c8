"""One long text becomes ids, once, in the alphabet of its training part."""

import numpy as np
import pytest

from zoo import arrays
from zoo.corpora import catalogue
from zoo.prepare import write as prepare
from zoo.tokens import FIRST_WORD, UNKNOWN

LINE = "A made-up line\tof caf\u00e9.\n"
TEXT = LINE * 460 + "zebra \u4e2d\n" * 100  # the letters of the end are its own


@pytest.fixture
def own(zoo_build):
    file = zoo_build / "own.txt"
    file.write_text(TEXT, encoding="utf-8")
    catalogue.register("own", "characters", file=file)
    return file


def archive(split):
    return arrays.open_array("own", f"letters-{split}.npz")


def test_the_ids_spell_the_text_again(own):
    prepare.prepare("own")
    known = archive("train")["known"]
    assert known.tolist() == sorted(set(map(ord, catalogue.load("own", "train"))))
    for split in arrays.SPLITS:
        found, text = archive(split), catalogue.load("own", split)
        spelt = ["?"] * FIRST_WORD + [chr(point) for point in found["known"]]
        expected = "".join(letter if ord(letter) in known else "?" for letter in text)
        assert "".join(spelt[token] for token in found["tokens"]) == expected
        assert found["tokens"].dtype == np.uint16
        assert spelt[found["begin"]] == "\n"
    assert (archive("train")["tokens"] != UNKNOWN).all()
    assert (archive("test")["tokens"] == UNKNOWN).any()


def test_what_is_there_is_left_alone(own):
    prepare.prepare("own")
    path = arrays.folder("own") / "letters-dev.npz"
    before = path.stat().st_mtime_ns
    prepare.prepare("own")
    assert path.stat().st_mtime_ns == before


def test_an_edited_text_is_refused_and_nothing_is_written(own):
    prepare.prepare("own")
    (arrays.folder("own") / "letters-train.npz").unlink()
    own.write_text(TEXT.replace("zebra", "Zebra"), encoding="utf-8")
    with pytest.raises(ValueError, match="'own' was changed since .* delete"):
        prepare.prepare("own")
    assert not (arrays.folder("own") / "letters-train.npz").exists()


def test_a_bad_file_leaves_no_trace(zoo_build):
    file = zoo_build / "bad.txt"
    file.write_bytes(LINE.encode() * 600 + b"\xff\n")
    with pytest.raises(ValueError, match="line 601 of"):
        catalogue.register("bad", "characters", file=file)
    assert [path.name for path in zoo_build.iterdir()] == ["bad.txt"]
