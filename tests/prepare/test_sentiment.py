"""A small corpus of one's own becomes arrays, once; what was changed is named."""

import hashlib
import json

import numpy as np
import pytest
import sentencepiece

from tests.small_sentiment import sentences
from zoo import arrays
from zoo.corpora import catalogue
from zoo.prepare import segmentations
from zoo.prepare import sentiment as prepare
from zoo.preprocess.pieces import Reading, learn

READING = Reading(size=330, head=4, tail=6)


@pytest.fixture
def own(zoo_build, monkeypatch):
    """Eighty made-up texts, registered under a name."""
    monkeypatch.setattr(prepare, "OWN", READING)
    monkeypatch.setattr(segmentations, "BATCH", 7)  # more than one, and a rest
    file = zoo_build / "mine.csv"
    rows = [f"{text},{row % 2}" for row, text in enumerate(sentences(80))]
    file.write_text("text,label\n" + "\n".join(rows) + "\n", "utf-8")
    catalogue.register("mine", "texts", file=file)
    return file


def rows_of(archive, view):
    starts = archive["starts"][view]
    pairs = zip(starts[:-1], starts[1:], strict=True)
    return [archive["tokens"][begin:end].tolist() for begin, end in pairs]


def processor():
    model = (arrays.folder("mine") / "pieces.model").read_bytes()
    return sentencepiece.SentencePieceProcessor(model_proto=model)


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_texts_become_ids_labels_and_names_in_order(own, split):
    prepare.prepare("mine")
    archive = arrays.open_array("mine", f"texts-{split}.npz")
    texts = catalogue.load("mine", split)
    assert archive["names"].tolist() == [text.name for text in texts]
    assert archive["labels"].tolist() == [text.label for text in texts]
    read = [READING.cut(processor().encode(text.text)) for text in texts]
    assert rows_of(archive, 0) == read
    assert archive["size"] == processor().get_piece_size()


def test_only_training_texts_have_other_segmentations_and_they_spell_the_same(own):
    prepare.prepare("mine")
    archive = arrays.open_array("mine", "texts-train.npz")
    assert len(archive["starts"]) == 1 + prepare.DRAWN
    assert len(arrays.open_array("mine", "texts-dev.npz")["starts"]) == 1
    read = processor()
    differ = 0
    for view in range(1, 1 + prepare.DRAWN):
        served_rows = rows_of(archive, 0)
        for served, drawn in zip(served_rows, rows_of(archive, view), strict=True):
            assert len(drawn) <= 10
            if len(drawn) < 10 and len(served) < 10:  # neither was cut
                assert read.decode(drawn) == read.decode(served)
                differ += drawn != served
    assert differ > 0


def test_the_same_texts_give_the_same_arrays(own):
    prepare.prepare("mine")
    first = arrays.open_array("mine", "texts-train.npz")
    for path in arrays.folder("mine").iterdir():
        path.unlink()
    prepare.prepare("mine")
    again = arrays.open_array("mine", "texts-train.npz")
    for name, array in first.items():
        np.testing.assert_array_equal(array, again[name])


def test_the_pieces_are_those_of_the_training_texts(own):
    prepare.prepare("mine")
    model = (arrays.folder("mine") / "pieces.model").read_bytes()
    texts = [text.text for text in catalogue.load("mine", "train")]
    assert model == learn(texts, READING)


def test_what_is_there_is_left_alone(own):
    prepare.prepare("mine")
    folder = arrays.folder("mine")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(before) == 4
    prepare.prepare("mine")
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert before == after


def test_texts_that_were_edited_since_are_refused(own):
    prepare.prepare("mine")
    name = next(text.name for text in catalogue.load("mine", "dev"))
    lines = own.read_text("utf-8").split("\n")
    line = lines[int(name) - 1]
    lines[int(name) - 1] = line[:-1] + str(1 - int(line[-1]))  # the label turned
    own.write_text("\n".join(lines), "utf-8")
    with pytest.raises(ValueError, match="'mine' was changed since texts-dev.npz"):
        prepare.prepare("mine")


def test_texts_that_would_be_read_otherwise_now_are_refused(own, monkeypatch):
    prepare.prepare("mine")
    monkeypatch.setattr(prepare, "OWN", Reading(size=330, head=4, tail=7))
    with pytest.raises(ValueError, match="must be read as it was .*tail=6.*tail=7"):
        prepare.prepare("mine")


def test_the_digest_is_of_names_texts_and_labels_in_order(own):
    texts = catalogue.load("mine", "dev")
    rows = [[text.name, text.text, text.label] for text in texts]
    wanted = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
    assert prepare.digest(texts) == wanted != prepare.digest(texts[::-1])


def test_the_pieces_of_a_prepared_corpus_open_with_its_reading(own):
    prepare.prepare("mine")
    assert prepare.open_pieces("mine").reading == READING


def test_every_corpus_of_sentiment_has_its_reading():
    from zoo import recipes

    corpora = {
        recipe.corpus
        for recipe in recipes.RECIPES.values()
        if recipe.task == "sentiment"
    }
    assert corpora == set(prepare.READINGS)
