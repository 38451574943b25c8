"""Evaluation reads the whole test text through the client and writes what it found."""

import math

import numpy as np
import pytest

from zoo import artefact, evaluate, gallery, recipes
from zoo.evaluate import write
from zoo.gallery import Score

# Longer than one call may score, and no multiple of the blocks.
TEXT = "".join(chr(97 + n % 7) for n in range(write.MOST + 3_400))


def cost(text):
    """Nats that the fake model loses on each character: other ones in other places."""
    return np.array([1.0 + (ord(letter) - 97) / 10 for letter in text])


class FakeWriter:
    """Scores by a rule, and writes its prompt's length."""

    def __init__(self, folder):
        self.folder = folder
        self.card = {"recipe": "write-shakespeare-gru", "task": "write", "dev": {}}
        self.scored, self.asked = [], []

    def score(self, texts):
        (text,) = texts
        self.scored.append(len(text))
        nats = cost(text)
        starts = range(0, len(text), 1000)
        blocks = [float(nats[begin : begin + 1000].sum()) for begin in starts]
        return [Score(float(nats.mean()), len(text), blocks)]

    def __call__(self, prompts, length=200, temperature=1.0, top_k=0, seed=0):
        self.asked.append((len(prompts), length))
        return ["x" * length for _ in prompts]


@pytest.fixture
def evaluated(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path))
    writer = FakeWriter(tmp_path / "write-shakespeare-gru" / "1")
    with artefact.publishing("write-shakespeare-gru") as partial:
        artefact.write_card(partial, writer.card)
    monkeypatch.setattr(gallery, "load_local", lambda name: writer)
    splits = {"test": TEXT, "train": "only this line\n"}
    monkeypatch.setattr(write.catalogue, "load", lambda corpus, split: splits[split])
    return evaluate.evaluate(recipes.get("write-shakespeare-gru")), writer


def test_the_figure_is_the_mean_over_the_whole_test_text(evaluated):
    card, writer = evaluated
    assert card["test"]["characters"] == len(TEXT) == sum(writer.scored)
    assert max(writer.scored) <= write.MOST
    found, mean = card["test"]["nats_per_character"], cost(TEXT).mean()
    assert found["value"] == pytest.approx(mean, abs=1e-4)
    assert found["low"] <= found["value"] <= found["high"] < found["low"] + 0.05
    bits = card["test"]["bits_per_character"]["value"]
    assert bits == pytest.approx(mean / math.log(2), abs=1e-4)


def test_long_lines_of_test_that_stand_in_train_are_counted():
    long, other = "a" * 41, "b" * 50
    train = f"{long}\nx{other}\n{long}"
    test = f"{long}\n{other}\nshort\n{long} \n{'c' * 40}\n{long}"
    assert write.repeated(test, train) == {"lines": 4, "in_train": 2}
    assert write.repeated(test, "short") == {"lines": 4, "in_train": 0}


def test_the_interval_is_that_of_blocks_drawn_with_replacement(evaluated):
    writer = evaluated[1]
    nats, characters = write.score(writer, TEXT)
    random = np.random.default_rng(1)
    # Blocks that differ much, so that the interval is wide.
    nats = nats + random.normal(0, 300, len(nats))
    found = write._interval(nats, characters)
    drawn = random.integers(0, len(nats), (4000, len(nats)))
    means = nats[drawn].sum(1) / characters[drawn].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    width = high - low
    assert found["low"] == pytest.approx(low, abs=0.15 * width)
    assert found["high"] == pytest.approx(high, abs=0.15 * width)


def test_predictions_are_the_nats_of_each_block_and_no_text(evaluated):
    card, writer = evaluated
    artefact.verify(writer.folder)
    assert artefact.read_card(writer.folder) == card
    rows = artefact.read_predictions(writer.folder)
    assert [row["id"] for row in rows] == list(range(204))
    assert sum(row["characters"] for row in rows) == len(TEXT)
    assert sum(row["nats"] for row in rows) == pytest.approx(cost(TEXT).sum(), rel=1e-6)
    assert all(row.keys() == {"id", "characters", "nats"} for row in rows)


def test_latency_is_timed_alone_and_in_a_batch(evaluated):
    card, writer = evaluated
    assert card["latency_ms"]["write"].keys() == {"1", "16"}
    assert {(1, write.WRITTEN), (16, write.WRITTEN)} <= set(writer.asked)
    assert [example["temperature"] for example in card["examples"]] == [0.5, 0.8, 1.0]
    assert card["limits"] and card["metric"].startswith("nats per character")
