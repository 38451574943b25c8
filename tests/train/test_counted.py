"""An n-gram is counted, its k chosen on dev, and its folder like any other's."""

import dataclasses
import json

import numpy as np
import pytest

from tests.train import small_texts
from zoo import arrays, train
from zoo.tokens import FIRST_WORD
from zoo.train import counted, samples, weights

RECIPE = small_texts.recipe_of("markov")


@pytest.fixture(autouse=True)
def prepared(zoo_build):
    small_texts.prepare("made-up")


def bigram_nats(k):
    """Add-k by hand: counts in a matrix, the first character given nothing."""
    size = FIRST_WORD + len(small_texts.LETTERS)
    texts = [
        [2, *arrays.open_array("made-up", f"letters-{split}.npz")["tokens"]]
        for split in ("train", "dev")
    ]
    counts = np.zeros((size, size))
    for one, other in zip(texts[0], texts[0][1:], strict=False):
        counts[one, other] += 1
    shares = (counts + k) / (counts.sum(1, keepdims=True) + k * size)
    pairs = list(zip(texts[1], texts[1][1:], strict=False))
    return -np.mean([np.log(shares[pair]) for pair in pairs])


def test_it_is_the_bigram_of_the_best_k():
    result = train.run(RECIPE)
    by_hand = {k: bigram_nats(k) for k in counted.GRID}
    assert result["dev"] == pytest.approx(min(by_hand.values()), abs=1e-9)
    own = [
        row for row in result["table"] if (row["order"], row["prior"]) == (2, "uniform")
    ]
    assert own[0]["k"] == min(by_hand, key=by_hand.get)


def test_the_folder_holds_what_an_export_asks_for():
    result = train.run(RECIPE)
    folder = train.folder(RECIPE)
    assert json.loads((folder / "result.json").read_text()) == result
    model = train.build(RECIPE)
    for weight in model.weights:
        weight.assign(np.zeros(weight.shape))
    weights.load(folder / "best.npz", model)
    again = train.build(RECIPE)
    tokens = np.array([[4, 5, 6, 9, 4]])
    np.testing.assert_array_equal(model(tokens), again(tokens))
    for name, digest in train.facts(RECIPE).items():
        assert result["began_with"][name] == digest
    (row,) = samples.read(folder / "samples.jsonl")
    assert row["update"] == 0 and set(row["text"]) <= set(small_texts.LETTERS)


def test_counted_before_it_is_not_counted_again(monkeypatch):
    result = train.run(RECIPE)
    monkeypatch.setattr(counted, "build", None)
    assert train.run(RECIPE) == result


def test_another_text_in_the_same_folder_is_refused():
    train.run(RECIPE)
    small_texts.prepare("made-up", seed=2)
    with pytest.raises(ValueError, match="delete that folder"):
        train.run(RECIPE)
    other = dataclasses.replace(RECIPE, model={"order": 3, "prior": "shorter"})
    with pytest.raises(ValueError, match="delete that folder"):
        train.run(other)


def test_longer_contexts_are_measured_too():
    table = counted.measure(RECIPE)
    assert {row["order"] for row in table} == set(range(1, counted.HIGHEST + 1))
    assert all(0.5 < row["dev"] < 3 for row in table)
    best = {(row["order"], row["prior"]): row["dev"] for row in table}
    # The chain is of first order: what lies further back is worth nothing.
    assert best[2, "shorter"] < best[1, "shorter"] - 0.3
    assert best[6, "shorter"] < best[6, "uniform"]
