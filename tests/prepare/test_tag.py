"""Tagged sentences as arrays: what is known, what is left alone, what is refused."""

import numpy as np
import pytest
import tensorflow as tf

from tests.small_taggers import conllu
from zoo import arrays
from zoo.corpora import catalogue
from zoo.corpora.sentences import UPOS, parse
from zoo.prepare import tag, tag_exceptions
from zoo.preprocess.conventions import MARK


@pytest.fixture
def corpus(zoo_build, tmp_path_factory, monkeypatch):
    """One's own sentences, prepared; with the file that they came from."""
    monkeypatch.setattr(tag, "FINE_COUNT", 5)
    file = tmp_path_factory.mktemp("own") / "mine.conllu"
    file.write_text(conllu(80))
    catalogue.register("mine", "sentences", file=file)
    tag.prepare("mine")
    return file


def train_words():
    return [w for sentence in catalogue.load("mine", "train") for w in sentence.words]


def test_arrays_hold_every_word_with_its_tags_in_order(corpus):
    table = tag.open_words("mine")
    fine = arrays.open_array("mine", "fine-tags.npy").tolist()
    assert "fine-NOUN" in fine and "_" not in fine
    for split in arrays.SPLITS:
        sentences = catalogue.load("mine", split)
        held = arrays.open_array("mine", f"sentences-{split}.npz")
        assert held["names"].tolist() == [sentence.name for sentence in sentences]
        for row, sentence in enumerate(sentences):
            part = slice(*held["starts"][row : row + 2])
            tags = held["tags"][part]
            assert [UPOS[place] for place in tags[:, 0]] == sentence.tags
            assert [fine[p] if p >= 0 else None for p in tags[:, 1]] == [
                finer if finer in fine else None for finer in sentence.fine_tags
            ]
        read = table(tf.constant([w for s in sentences for w in s.words]))
        np.testing.assert_array_equal(held["words"], read["words"])
        np.testing.assert_array_equal(held["characters"], read["characters"])


def test_the_vocabulary_is_of_training_words_in_small_letters_that_come_twice(corpus):
    known = arrays.read_vocabulary("mine")[4:]
    counts = {}
    for word in train_words():
        counts[word.lower()] = counts.get(word.lower(), 0) + 1
    assert set(known) == {word for word, count in counts.items() if count >= 2}
    assert [counts[word] for word in known] == sorted(counts.values(), reverse=True)[
        : len(known)
    ]
    points = arrays.open_array("mine", "characters.npy")
    assert set(map(chr, points)) <= set("".join(train_words()))


def test_what_is_there_is_left_alone(corpus):
    files = {path: path.stat() for path in arrays.folder("mine").iterdir()}
    tag.prepare("mine")
    again = {path: path.stat() for path in arrays.folder("mine").iterdir()}
    assert {path: stat.st_mtime_ns for path, stat in files.items()} == {
        path: stat.st_mtime_ns for path, stat in again.items()
    }


def test_another_tag_or_another_sentence_is_noticed(corpus):
    for old, new in [("\tNOUN\t", "\tX\t"), ("dog", "hog"), ("fine-X", "other")]:
        corpus.write_text(conllu(80).replace(old, new))
        with pytest.raises(ValueError, match="'mine' was changed since"):
            tag.prepare("mine")


def test_words_that_all_differ_are_refused():
    with pytest.raises(ValueError, match="occur 2 times or more"):
        tag.build_vocabulary(["a", "b"])


def lines(*sentences):
    """CoNLL-U of sentences given as words, `+` before a word that no blank parts."""
    found = []
    for sentence in sentences:
        forms = sentence.split(" ")
        for place, form in enumerate(forms, start=1):
            near = place < len(forms) and forms[place].startswith("+")
            misc = "SpaceAfter=No" if near else "_"
            form = form.removeprefix("+")
            found.append(f"{place}\t{form}\t_\tX" + "\t_" * 5 + f"\t{misc}")
        found.append("")
    return parse("\n".join([*found, ""]))


def test_exceptions_are_what_the_treebank_cuts_otherwise_most_of_the_time():
    sentences = lines(
        "Mr. Bo can +not go +.",
        "I can +not ask Mr. Bo +.",
        "Its not here +.",
        "It +s here +.",
        "It +s B +- 2 +.",
        "He do +n't e-mail +.",
    )
    found = tag_exceptions.learn(sentences, "en").tolist()
    assert sorted(found) == ["Mr.", f"can{MARK}not"]  # Its is no exception: 2 of 3


def test_places_are_counted_in_bytes():
    (sentence,) = lines("é +한 😀 x")
    assert tag_exceptions.spans_in_bytes(sentence) == [
        (0, 2),
        (2, 5),
        (6, 10),
        (11, 12),
    ]
