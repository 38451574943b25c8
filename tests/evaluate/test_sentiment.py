"""Card and predictions of a sentiment classifier, from made-up verdicts."""

import types

import numpy as np
import pytest

from zoo import artefact, evaluate, gallery, recipes
from zoo.corpora.texts import Text
from zoo.evaluate import sentiment, timing
from zoo.gallery.sentiment import Verdict

COUNT = 40
SIZES = {"train": 22_500, "dev": 2_500, "test": COUNT}
READING = {"unit": "pieces", "size": 8000, "head": 100, "tail": 300}


class FakeSentiment:
    """Says of text number n that it is positive by n / 40; wrong of every fifth."""

    def __init__(self, folder):
        self.folder = folder
        self.asked = []
        self.card = {
            "recipe": "sentiment-en-gru",
            "corpus": {"name": "imdb", "texts": SIZES, "reading": READING},
        }

    def __call__(self, texts):
        self.asked.append(len(texts))
        return [self.say(int(text.split()[-1])) for text in texts]

    def say(self, number):
        positive = (number + 0.5) / COUNT
        return Verdict("positive" if positive > 0.5 else "negative", positive)


def label_of(number):
    right = int(number >= COUNT / 2)
    return 1 - right if number % 5 == 0 else right


@pytest.fixture
def evaluated(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path))
    folder = tmp_path / "sentiment-en-gru" / "1"
    classifier = FakeSentiment(folder)
    texts = [Text(f"id{n}", f"secret words {n}", label_of(n)) for n in range(COUNT)]
    with artefact.publishing("sentiment-en-gru") as partial:
        artefact.write_card(partial, classifier.card)
    (folder / artefact.PREDICTIONS).write_bytes(b"left by a killed evaluation")

    def load(name):
        artefact.verify(folder)
        return classifier

    monkeypatch.setattr(gallery, "load_local", load)
    train = [Text("t", text.text, 1) for text in texts[:3]]
    splits = {"test": texts, "train": train}
    monkeypatch.setattr(
        sentiment.catalogue, "load", lambda corpus, split: splits[split]
    )
    card = evaluate.evaluate(recipes.get("sentiment-en-gru"))
    return types.SimpleNamespace(card=card, classifier=classifier, folder=folder)


def test_the_accuracy_is_the_share_of_right_labels(evaluated):
    found = evaluated.card["test"]["default"]["accuracy"]
    assert found["value"] == 80.0  # every fifth is wrong
    assert found["low"] < 80 < found["high"]


def test_texts_of_train_are_counted_and_left_out(evaluated):
    found = evaluated.card["test"]["repeated"]
    # Of the first three texts number 0 is misjudged; of the other 37, seven are.
    assert found == {"texts": 3, "accuracy_of_others": round(100 * 30 / 37, 2)}


def test_card_and_predictions_are_on_disk_and_verify(evaluated):
    artefact.verify(evaluated.folder)
    assert artefact.read_card(evaluated.folder) == evaluated.card
    rows = artefact.read_predictions(evaluated.folder)
    assert [row["id"] for row in rows] == [f"id{n}" for n in range(COUNT)]
    right = [(row["positive"] > 0.5) == (row["label"] == "positive") for row in rows]
    assert sum(right) == 0.8 * COUNT


def test_no_text_of_the_corpus_is_written(evaluated):
    assert "secret" not in str(artefact.read_predictions(evaluated.folder))
    assert b"secret" not in (evaluated.folder / artefact.CARD).read_bytes()


def test_the_surest_verdicts_are_named_right_and_wrong(evaluated):
    assert evaluated.card["examples"] == {
        "successes": [f"id{n}" for n in (39, 1, 38, 2, 37, 3)],
        "failures": [f"id{n}" for n in (0, 35, 5, 30, 10, 25)],
    }


def test_latency_is_told_for_one_text_and_for_a_batch(monkeypatch):
    classifier = FakeSentiment(None)
    clock = iter(range(1000))  # a second between two looks at it
    monkeypatch.setattr(timing.time, "perf_counter", lambda: float(next(clock)))
    table = timing.milliseconds(classifier, ["word 1", "word 2"])
    assert table == {"1": 1000.0, "32": round(1000 / 32, 2)}
    assert set(classifier.asked) == {1, 32}


def test_the_limits_name_the_corpus_and_the_cut(evaluated):
    first, second = evaluated.card["limits"][:2]
    assert "22,500 film reviews in English" in first
    assert "more than 400 pieces it reads the first 100 and the last 300" in second
    corpus = {"name": "mine", "texts": {"train": 7}, "reading": READING}
    assert "7 texts of the corpus 'mine'" in sentiment.limits_of(corpus)[0]
    jamo = {**corpus, "name": "nsmc-jamo"}
    assert "reviews in Korean" in sentiment.limits_of(jamo)[0]


def test_the_interval_is_that_of_resampled_texts():
    random = np.random.default_rng(5)
    right = random.random(400) < 0.85
    drawn = random.integers(0, 400, (20_000, 400))  # texts, with replacement
    low, high = np.percentile(100 * right[drawn].mean(axis=1), [2.5, 97.5])
    found = sentiment.accuracy(right)
    assert found["value"] == pytest.approx(100 * right.mean(), abs=0.01)
    assert found["low"] == pytest.approx(low, abs=0.4)
    assert found["high"] == pytest.approx(high, abs=0.4)
