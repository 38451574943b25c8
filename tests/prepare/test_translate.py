"""Sentence pairs become ids of pieces that both languages share."""

import numpy as np
import pytest
import sentencepiece
import tensorflow as tf

from tests.small_pairs import pairs
from zoo import arrays
from zoo.corpora import catalogue
from zoo.export.translate_signatures import MOST_READ, TranslationSearch
from zoo.prepare import segmentations
from zoo.prepare import translate as prepare
from zoo.preprocess.pieces import Reading


@pytest.fixture
def own(zoo_build, monkeypatch):
    """Eighty made-up pairs, registered under a name."""
    monkeypatch.setattr(prepare, "READING", Reading("bpe", size=330, head=256, tail=0))
    monkeypatch.setattr(segmentations, "BATCH", 7)  # more than one, and a rest
    file = zoo_build / "mine.tsv"
    file.write_text("\n".join(map("\t".join, pairs(80))), "utf-8")
    catalogue.register("mine", "pairs", file=file)
    return file


def rows_of(archive, side, view):
    starts = archive[f"{side}_starts"][view]
    borders = zip(starts[:-1], starts[1:], strict=True)
    return [archive[f"{side}s"][begin:end].tolist() for begin, end in borders]


def processor():
    model = (arrays.folder("mine") / "pieces.model").read_bytes()
    return sentencepiece.SentencePieceProcessor(model_proto=model)


@pytest.mark.parametrize("split", ["train", "dev", "test"])
@pytest.mark.parametrize("side", ["source", "target"])
def test_both_sides_become_ids_of_the_same_pieces_in_order(own, split, side):
    prepare.prepare("mine")
    archive = arrays.open_array("mine", f"pairs-{split}.npz")
    examples = catalogue.load("mine", split)
    assert archive["names"].tolist() == [pair.name for pair in examples]
    texts = [getattr(pair, side) for pair in examples]
    assert rows_of(archive, side, 0) == [processor().encode(text) for text in texts]
    assert archive["size"] == processor().get_piece_size()


def test_training_pairs_are_split_in_one_way_unless_asked_for_more(own):
    prepare.prepare("mine")
    assert len(arrays.open_array("mine", "pairs-train.npz")["source_starts"]) == 1
    with pytest.raises(ValueError, match="prepared with, 0; delete .*drawn=2"):
        prepare.prepare("mine", drawn=2)
    prepare.prepare("mine", drawn=0)
    with pytest.raises(ValueError, match="at least 0"):
        prepare.prepare("mine", drawn=-1)


def test_training_pairs_may_also_be_split_with_some_merges_left_out(own):
    prepare.prepare("mine", drawn=2)
    archive = arrays.open_array("mine", "pairs-train.npz")
    assert len(archive["source_starts"]) == len(archive["target_starts"]) == 1 + 2
    assert len(arrays.open_array("mine", "pairs-dev.npz")["source_starts"]) == 1
    read, best = processor(), rows_of(archive, "target", 0)
    for view in (1, 2):
        drawn = rows_of(archive, "target", view)
        assert [read.decode(row) for row in drawn] == [read.decode(row) for row in best]
        lengths = np.array([[len(row) for row in rows] for rows in (best, drawn)])
        assert lengths[1].sum() > lengths[0].sum()


def test_what_was_read_is_written_as_it_stood(own):
    prepare.prepare("mine")
    pieces = prepare.open_pieces("mine")
    texts = ["Der ROTE Ball läuft 😀.", "zwei  Hunde\tsieht", "漢", ""]
    tokens = pieces.tokenize(tf.constant(texts)).to_tensor()
    written = [text.decode() for text in pieces.detokenize(tokens).numpy()]
    assert written == ["Der ROTE Ball läuft 😀.", "zwei Hunde sieht", "漢", ""]


def test_what_is_there_is_left_alone_and_what_was_changed_is_named(own):
    prepare.prepare("mine")
    files = {path: path.stat().st_mtime_ns for path in arrays.folder("mine").iterdir()}
    prepare.prepare("mine")
    assert files == {path: path.stat().st_mtime_ns for path in files}
    text = own.read_text("utf-8")
    own.write_text(text.replace("Hund", "Kater"), "utf-8")
    with pytest.raises(ValueError, match="'mine' was changed since pairs-train.npz"):
        prepare.prepare("mine")


def test_pairs_too_long_to_learn_from_are_left_out_and_counted(own, caplog):
    lines = own.read_text("utf-8").split("\n")
    train = {pair.source for pair in catalogue.load("mine", "train")}
    place = next(n for n, line in enumerate(lines) if line.split("\t")[0] in train)
    source = lines[place].split("\t")[0]
    lines[place] = f"{source}\t{'Hund ' * 400}"
    own.write_text("\n".join(lines), "utf-8")
    prepare.prepare("mine")
    names = arrays.open_array("mine", "pairs-train.npz")["names"].tolist()
    assert str(place + 1) not in names
    assert len(names) == len(catalogue.load("mine", "train")) - 1
    assert "1 pairs are too long to learn from" in caplog.text
    prepare.prepare("mine")  # nothing was changed since


def test_where_all_pairs_are_too_long_nothing_is_written(own, monkeypatch):
    monkeypatch.setattr(prepare, "READING", Reading("bpe", size=330, head=2, tail=0))
    with pytest.raises(ValueError, match="fewer than 2 pieces on either side"):
        prepare.prepare("mine")
    assert not list(arrays.folder("mine").glob("pairs-train*"))


def test_what_is_prepared_is_read_by_a_search(own):
    prepare.prepare("mine")
    search = TranslationSearch(None, prepare.open_pieces("mine"))
    read = search.read(tf.constant(["two dogs", "dog " * 200]))
    assert read["truncated"].numpy().tolist() == [False, True]
    assert read["lengths"].numpy()[1] == MOST_READ


def test_another_reading_is_named(own, monkeypatch):
    prepare.prepare("mine")
    other = Reading("bpe", size=330, head=64, tail=0)
    monkeypatch.setattr(prepare, "READING", other)
    with pytest.raises(ValueError, match="must be read as it was .* head=256"):
        prepare.prepare("mine")
