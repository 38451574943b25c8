"""A tagger's card: accuracies, unseen words, confusions and spans, by hand."""

import dataclasses
import types

import numpy as np
import pytest

from tests.small_taggers import conllu
from zoo import artefact, evaluate, gallery, recipes
from zoo.corpora import catalogue
from zoo.corpora.sentences import parse
from zoo.evaluate import tag

CARD = {
    "recipe": "tag-en-made-up",
    "corpus": {"name": "mine", "sentences": {"train": 60, "dev": 10, "test": 10}},
}


class FakeTagger:
    """Says NOUN of everything, and parts words at blanks alone."""

    def __init__(self, folder):
        self.folder, self.card = folder, CARD

    def __call__(self, texts):
        found = []
        for text in texts:
            place, words = 0, []
            for word in text.split(" "):
                words.append(gallery.Word(word, "NOUN", 1.0, place, place + len(word)))
                place += len(word) + 1
            found.append(words)
        return found

    def tag_words(self, sentences):
        return [[("NOUN", 1.0) for _ in words] for words in sentences]


@pytest.fixture
def card(zoo_build, tmp_path_factory, monkeypatch):
    """The card of a made-up tagger on one's own sentences."""
    file = tmp_path_factory.mktemp("own") / "mine.conllu"
    file.write_text(conllu(80))
    catalogue.register("mine", "sentences", file=file)
    every = catalogue.load
    # One sentence to learn from, so that test has words that were never seen.
    monkeypatch.setattr(
        catalogue,
        "load",
        lambda corpus, split: every(corpus, split)[: 1 if split == "train" else None],
    )
    folder = zoo_build / "models" / "tag-en-made-up" / "1"
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"model")
    artefact.write_card(folder, CARD)
    monkeypatch.setattr(artefact, "locate", lambda name: folder)
    monkeypatch.setattr(gallery, "load_local", lambda name: FakeTagger(folder))
    recipe = recipes.get("tag-en-lstm")
    evaluate.evaluate(dataclasses.replace(recipe, name="tag-en-made-up", corpus="mine"))
    return types.SimpleNamespace(
        **artefact.read_card(folder), rows=artefact.read_predictions(folder)
    )


def words_of(split):
    return [
        pair
        for sentence in catalogue.load("mine", split)
        for pair in zip(sentence.words, sentence.tags, strict=True)
    ]


def test_accuracy_is_of_all_words_and_unseen_of_those_not_in_training(card):
    seen = {word for word, _ in words_of("train")}
    tested = words_of("test")
    unseen = [pair for pair in tested if pair[0] not in seen]
    assert 0 < len(unseen) < len(tested)
    for name, pairs in [("accuracy", tested), ("unseen", unseen)]:
        right = sum(tag_ == "NOUN" for _, tag_ in pairs)
        found = card.test[name]
        assert found["value"] == pytest.approx(100 * right / len(pairs), abs=0.01)
        assert found["low"] <= found["value"] <= found["high"]
    assert card.test["accuracy"]["low"] < card.test["accuracy"]["high"]
    assert card.test["unseen_words"] == len(unseen)


def test_confusions_count_what_was_said_instead(card):
    wrong = [gold for _, gold in words_of("test") if gold != "NOUN"]
    found = {pair["gold"]: pair["words"] for pair in card.test["confusions"]}
    assert found == {gold: wrong.count(gold) for gold in set(wrong)}
    assert {pair["said"] for pair in card.test["confusions"]} == {"NOUN"}


def test_predictions_name_sentences_and_hold_no_words(card):
    sentences = catalogue.load("mine", "test")
    assert [row["id"] for row in card.rows] == [s.name for s in sentences]
    for row, sentence in zip(card.rows, sentences, strict=True):
        assert row["tags"] == ["NOUN"] * row["words"]
        assert row["right"] == sentence.tags.count("NOUN")
        assert row.keys() == {"id", "tags", "right", "words"}


def test_splitting_is_scored_by_places_on_dev(card):
    gold = words_of("dev")
    split = sum(word == "n't" for word, _ in gold)  # can + n't, found as one word
    found = len(gold) - split
    right = len(gold) - 2 * split
    assert card.splitting["precision"] == pytest.approx(100 * right / found, abs=0.01)
    assert card.splitting["recall"] == pytest.approx(100 * right / len(gold), abs=0.01)
    f1 = 200 * right / (found + len(gold))
    assert card.splitting["f1"] == pytest.approx(f1, abs=0.01)
    assert card.splitting["errors"] == ({"apostrophe": split} if split else {})


def test_examples_times_and_limits_are_on_the_card(card):
    best, worst = card.examples["successes"][0], card.examples["failures"][-1]
    rows = {row["id"]: row["words"] - row["right"] for row in card.rows}
    assert rows[best] == min(rows.values()) and rows[worst] == max(rows.values())
    assert card.latency_ms["default"].keys() == {"1", "32"}
    assert "'mine'" in card.limits[0] and "512 words" in card.limits[1]


@pytest.mark.parametrize(
    ("text", "gold", "found", "kinds"),
    [
        ("its", [(0, 2), (2, 3)], [(0, 3)], ["letters alone"]),
        ("a it's", [(0, 1), (2, 6)], [(0, 1), (2, 4), (4, 6)], ["apostrophe"]),
        ("x-y b/c", [(0, 3), (4, 7)], [(0, 1), (1, 2), (2, 3), (4, 7)], ["hyphen"]),
        ("3pm no.", [(0, 1), (1, 3), (4, 7)], [(0, 3), (4, 6), (6, 7)],
         ["figures", "full stop"]),
        ("$$ a@b.c", [(0, 2), (3, 8)], [(0, 1), (1, 2), (3, 4), (4, 8)],
         ["signs alone", "address or file name"]),
        ("same", [(0, 4)], [(0, 4)], []),
    ],
)  # fmt: skip
def test_errors_are_stretches_with_a_class(text, gold, found, kinds):
    assert list(tag._errors(text.encode(), set(gold), set(found))) == kinds


def test_an_interval_is_over_sentences():
    right, words = np.array([10, 0, 10, 0]), np.array([10, 10, 10, 10])
    found = tag.share(right, words)
    assert found["value"] == 50 and found["low"] == 0 and found["high"] == 100
    assert tag.share(np.array([5, 5]), np.array([10, 10])) == {
        "value": 50.0, "low": 50.0, "high": 50.0,
    }  # fmt: skip


def test_count_tells_seen_from_unseen():
    (sentence,) = parse("1\ta\t_\tDET" + "\t_" * 6 + "\n2\tb\t_\tX" + "\t_" * 6 + "\n")
    assert tag.count(sentence, ["DET", "NOUN"], {"a"}) == (1, 2, 0, 1)
    assert tag.count(sentence, ["X", "X"], set()) == (1, 2, 1, 2)


def test_where_every_word_was_seen_there_is_no_figure_of_unseen_ones(
    zoo_build, tmp_path, monkeypatch
):
    sentences = parse(conllu(20))
    monkeypatch.setattr(tag.catalogue, "load", lambda corpus, split: sentences)
    found, _ = tag.measure(FakeTagger(tmp_path), "mine")
    assert "unseen" not in found["test"] and found["test"]["unseen_words"] == 0
