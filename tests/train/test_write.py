"""Language models train on a stream of chunks, and resume in the middle of it."""

import json
import shutil

import numpy as np
import pytest

from tests.train import small_texts
from zoo import train
from zoo.tokens import PAD
from zoo.train import checkpoint, samples, write
from zoo.train.write import TextBatches


@pytest.fixture
def prepared(zoo_build):
    small_texts.prepare("made-up")
    return zoo_build


def test_batches_say_where_the_rows_begin():
    tokens = np.arange(100, dtype=np.uint16)
    batches = TextBatches(tokens, rows=3, length=8, seed=1)
    for update in range(9):
        inputs, following = batches.at(update)
        assert inputs["tokens"].shape == following.shape == (3, 8)
        np.testing.assert_array_equal(inputs["tokens"] + 1, following)
        assert inputs["begins"].tolist() == [update % 3 == 0] * 3
    again = TextBatches(tokens, rows=3, length=8, seed=1).at(7)
    np.testing.assert_array_equal(again[0]["tokens"], batches.at(7)[0]["tokens"])


@pytest.mark.parametrize("size", [101, 100, 74, 25, 5, 4, 2])
def test_dev_is_read_in_order_in_as_many_rows(size):
    tokens = np.arange(1, size + 1)
    batches = TextBatches(tokens, rows=3, length=8, seed=1)
    parts = list(batches.whole())
    begins = [inputs["begins"].tolist() for inputs, _ in parts]
    assert begins == [[True] * 3] + [[False] * 3] * (len(parts) - 1)
    assert all(inputs["tokens"].shape == (3, 8) for inputs, _ in parts)
    read = np.concatenate([inputs["tokens"] for inputs, _ in parts], axis=1)
    following = np.concatenate([following for _, following in parts], axis=1)
    real = read != PAD
    np.testing.assert_array_equal(following, np.where(real, read + 1, PAD))
    each = max((size - 1) // 3, 1)
    assert real.sum(axis=1).tolist() == [each] * 3
    if size > 3:  # no character twice, but a few left out at the end
        assert len(set(read[real])) == 3 * each > size - 4


def test_a_text_too_short_to_train_on_is_refused_by_its_size(zoo_build):
    small_texts.prepare("made-up", {"train": 30, "dev": 20})
    with pytest.raises(ValueError, match="30 tokens. Received: rows=4, length=8"):
        train.run(small_texts.recipe_of("gru"))


def test_the_facts_are_those_of_the_training_text(prepared):
    recipe = small_texts.recipe_of("lstm")
    before = write.facts(recipe)
    assert before.keys() == {"tokens", "known"}
    small_texts.prepare("made-up", seed=2)
    assert write.facts(recipe)["tokens"] != before["tokens"]
    assert write.facts(recipe)["known"] == before["known"]


class Stopped(Exception):
    """What stops a training on the way."""


def stop_before(monkeypatch, update):
    at = TextBatches.at

    def stop(self, asked):
        if asked == update:
            raise Stopped
        return at(self, asked)

    monkeypatch.setattr(TextBatches, "at", stop)


def test_killed_in_mid_epoch_it_ends_as_if_it_had_not_been(zoo_build, monkeypatch):
    # 400 characters in 4 rows of 8 make epochs of 12 updates; checkpoints at 5, 10.
    recipe = small_texts.recipe_of("lstm", updates=14)
    ends, written = [], []
    for name, stops in (("whole", ()), ("killed", (11,))):
        monkeypatch.setenv("ZOO_BUILD", str(zoo_build / name))
        small_texts.prepare("made-up")
        for stop in stops:
            with monkeypatch.context() as patch, pytest.raises(Stopped):
                stop_before(patch, stop)
                train.run(recipe)
        train.run(recipe)
        ends.append(checkpoint.load(train.folder(recipe))[1])
        lines = (train.folder(recipe) / "samples.jsonl").read_text().splitlines()
        written.append([json.loads(line) for line in lines])
    whole, killed = ends
    assert whole.keys() == killed.keys()
    for name in whole.keys() - {"seconds", "rows"}:  # rows hold seconds
        np.testing.assert_array_equal(killed[name], whole[name], name)
    assert written[0] == written[1]
    assert [line["update"] for line in written[0]] == [0, 10, 14]
    # A state that was lost would show: the one handed on is far from zero.
    carried = [leaf for name, leaf in whole.items() if name.startswith("model/")]
    assert any(leaf.shape[0] == 4 and np.abs(leaf).max() > 0.01 for leaf in carried)


def test_dev_is_measured_without_touching_the_state_of_training(prepared):
    # Evaluated after every update or only at the end, the weights are the same.
    ends = []
    for every in (1, 12):
        recipe = small_texts.recipe_of("gru", evaluate_every=every)
        train.run(recipe)
        ends.append(checkpoint.load(train.folder(recipe))[1])
        shutil.rmtree(train.folder(recipe))
    for name in ends[0]:
        if name.startswith(("model/", "optimizer/")):
            np.testing.assert_array_equal(ends[0][name], ends[1][name], name)


def test_a_transformer_learns_the_chain(prepared):
    recipe = small_texts.recipe_of("transformer", updates=60, learning_rate=1e-2)
    result = train.run(recipe)
    # Who knows how often each of the seven letters comes, and no more, loses 1.95.
    assert result["dev"] < 1.8


def test_samples_are_written_at_their_moments_and_in_the_alphabet(prepared):
    recipe = small_texts.recipe_of("rnn", updates=30)
    train.run(recipe)
    rows = samples.read(train.folder(recipe) / "samples.jsonl")
    assert [row["update"] for row in rows] == [0, 10, 30]
    for row in rows:
        assert len(row["text"]) == samples.CHARACTERS
        assert set(row["text"]) <= set(small_texts.LETTERS)
        assert 0.5 < row["nats"] < 4
    assert rows[0]["text"] != rows[2]["text"]
    assert samples.read(prepared / "nothing.jsonl") == []
