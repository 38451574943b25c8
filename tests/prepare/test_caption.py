"""A small corpus of one's own becomes arrays, once; what is broken is named."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from zoo import arrays
from zoo.corpora import catalogue
from zoo.prepare import caption as prepare
from zoo.tokens import END, PAD, START, UNKNOWN


def split_of(name):
    """Where a name goes: sha1 modulo 10, 8 is dev and 9 is test."""
    tenth = int(hashlib.sha1(name.encode()).hexdigest(), 16) % 10
    return {8: "dev", 9: "test"}.get(tenth, "train")


def names_of(split, count):
    """The first names that go to a split."""
    names = (f"{number}.png" for number in range(1000))
    return [
        name
        for _, name in zip(
            range(count),
            filter(lambda name: split_of(name) == split, names),
            strict=False,
        )
    ]


def write_picture(path, colour):
    Image.new("RGB", (32, 20), colour).save(path)


@pytest.fixture
def own(zoo_build):
    """Five training pictures, two of dev and one of test, of one colour each."""
    folder = zoo_build / "own"
    folder.mkdir()
    lines = []
    for split, count in (("train", 5), ("dev", 2), ("test", 1)):
        for number, name in enumerate(names_of(split, count)):
            write_picture(folder / name, (number * 40, 100, 200))
            lines.append(f"{name}\tA red dog.\n")
    lines.append(f"{names_of('train', 1)[0]}\tA dog sees a unicorn\n")
    lines.append(
        f"{names_of('dev', 1)[0]}\tA dog sees two zebras zebras zebras zebras\n"
    )
    captions = zoo_build / "captions.txt"
    captions.write_text("".join(lines))
    catalogue.register("own", "pictures", pictures=folder, captions=captions)
    return folder


def test_the_vocabulary_is_that_of_the_training_captions(own):
    prepare.prepare("own")
    # "a" stands 5 + 2 times, "dog" 5 + 1, "red" 5; "zebras" only in dev.
    assert arrays.read_vocabulary("own")[4:] == ["a", "dog", "red"]


def test_captions_become_ids_with_places_left_empty(own):
    prepare.prepare("own")
    archive = arrays.open_array("own", "captions-train.npz")
    assert archive["names"].tolist() == names_of("train", 5)
    tokens = archive["tokens"]
    assert tokens.shape == (5, 2, prepare.MAX_LENGTH + 1) and tokens.dtype == np.int32
    assert tokens[0, :, :7].tolist() == [
        [START, 4, 6, 5, END, PAD, PAD],
        [START, 4, 5, UNKNOWN, 4, UNKNOWN, END],
    ]
    assert not tokens[1:, 1].any()
    assert not tokens[:, :, 7:].any()


def test_pictures_become_pixels_in_the_order_of_the_captions(own):
    prepare.prepare("own")
    for split, count in (("train", 5), ("dev", 2), ("test", 1)):
        pictures = arrays.open_array("own", f"pictures-{split}.npy")
        assert pictures.shape == (count, 224, 224, 3) and pictures.dtype == np.uint8
        for number, picture in enumerate(pictures):
            assert (picture == [number * 40, 100, 200]).all()


def test_more_pictures_than_are_decoded_at_once_come_in_order(own, monkeypatch):
    monkeypatch.setattr(prepare, "BATCH", 2)
    prepare.prepare("own")
    reds = arrays.open_array("own", "pictures-train.npy")[:, 0, 0, 0]
    assert reds.tolist() == [0, 40, 80, 120, 160]


def test_what_is_there_is_left_alone_and_what_is_missing_is_written(own):
    prepare.prepare("own")
    folder = arrays.folder("own")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(before) == 1 + 2 * 3
    (folder / "pictures-dev.npy").unlink()
    prepare.prepare("own")
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == [
        "pictures-dev.npy"
    ]


def png(colour):
    file = io.BytesIO()
    Image.new("RGB", (90, 90), colour).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", png((1, 2, 3))[:60], png((1, 2, 3))[:-30]]
)
def test_a_broken_picture_is_named_and_leaves_no_array(own, content):
    name = names_of("train", 4)[3]
    (own / name).write_bytes(content)
    with pytest.raises(ValueError, match="`pictures` must be whole") as error:
        prepare.prepare("own")
    assert str(own / name) in str(error.value)
    assert "\n" not in str(error.value)
    left = {path.name for path in arrays.folder("own").iterdir()}
    assert left == {"vocabulary.txt", "captions-train.npz"}
    write_picture(own / name, (1, 2, 3))
    prepare.prepare("own")
    assert (arrays.open_array("own", "pictures-train.npy")[3] == [1, 2, 3]).all()


def test_arrays_of_pictures_that_are_no_longer_there_are_refused(own):
    prepare.prepare("own")
    (own / names_of("train", 1)[0]).unlink()
    with pytest.raises(ValueError, match="'own' was changed since captions-train.npz"):
        prepare.prepare("own")


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_arrays_of_captions_that_were_edited_since_are_refused(own, split):
    prepare.prepare("own")
    captions = own.parent / "captions.txt"
    name, before = names_of(split, 1)[0], captions.read_text()
    captions.write_text(before.replace(f"{name}\tA red dog.", f"{name}\tA red cat."))
    changed = f"changed since captions-{split}.npz was"
    with pytest.raises(ValueError, match=changed) as error:
        prepare.prepare("own")
    assert str(arrays.folder("own")) in str(error.value)
    captions.write_text(before)
    prepare.prepare("own")
