"""Batches of sentence pairs: about as many tokens each, every pair once an epoch."""

import dataclasses
import itertools

import numpy as np
import pytest

from zoo import arrays, recipes
from zoo.tokens import END, PAD, START
from zoo.train import translate

PAIRS, VIEWS = 60, 3
TOKENS = 48


def ids_of(side, view, pair):
    """Made-up ids: side, view and pair are written in each of them."""
    length = 1 + (pair * 7 + view * 3 + (side == "target")) % 11
    return [1000 * (side == "target") + 100 * view + 100 + pair] * length


def archive(views):
    found = {"size": 2000}
    for side in ("source", "target"):
        rows = [
            [ids_of(side, view, pair) for pair in range(PAIRS)] for view in range(views)
        ]
        lengths = np.array([[len(row) for row in view] for view in rows])
        ends = np.cumsum(lengths).reshape(views, PAIRS)
        starts = np.concatenate([ends[:, :1] - lengths[:, :1], ends], axis=1)
        flat = [token for view in rows for row in view for token in row]
        found |= {f"{side}s": np.array(flat, np.uint16), f"{side}_starts": starts}
    return found


@pytest.fixture
def recipe(zoo_build):
    """A recipe whose corpus was prepared."""
    for split, views in (("train", VIEWS), ("dev", 1)):
        path = arrays.folder("made-up") / f"pairs-{split}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **archive(views))
    base = recipes.get("translate-en-de-gru")
    numbers = dataclasses.replace(base.training, batch=TOKENS)
    return dataclasses.replace(base, corpus="made-up", training=numbers)


def read(inputs, following):
    """The (view of the source, view of the target, pair) of each row, once checked."""
    told = []
    for source, known, after in zip(
        inputs["source"], inputs["tokens"], following, strict=True
    ):
        source, known, after = (
            row[row != PAD].tolist() for row in (source, known, after)
        )
        view, pair = divmod(source[0] - 100, 100)
        other = (after[0] - 1100) // 100
        target = ids_of("target", other, pair)
        assert source == ids_of("source", view, pair)
        assert known == [START, *target] and after == [*target, END]
        told.append((view, other, pair))
    return told


def test_every_pair_comes_once_an_epoch_with_its_translation(recipe):
    batches = translate.batches(recipe, "train")
    told = []
    for update in itertools.takewhile(
        lambda update: batches.buckets.epoch(update) == 0, itertools.count()
    ):
        told += read(*batches.at(update))
    assert sorted(pair for *_, pair in told) == list(range(PAIRS))
    assert {view for view, *_ in told} == set(range(VIEWS))
    assert batches.views(0).tolist() != batches.views(1).tolist()
    assert any(view != other for view, other, _ in told)  # drawn apart


def test_no_batch_has_more_tokens_than_said(recipe):
    batches = translate.batches(recipe, "train")
    for update in range(40):
        inputs, following = batches.at(update)
        assert inputs["source"].size <= TOKENS and following.size <= TOKENS
        assert inputs["tokens"].shape == following.shape


def test_a_batch_is_a_function_of_its_number(recipe):
    first, second = (translate.batches(recipe, "train") for _ in range(2))
    second.at(3)
    for update in (0, 17, 5):
        (one, after), (two, later) = first.at(update), second.at(update)
        np.testing.assert_array_equal(one["source"], two["source"])
        np.testing.assert_array_equal(after, later)


def test_dev_is_read_once_as_it_is_served(recipe):
    told = []
    for batch in translate.batches(recipe, "dev").whole():
        told += read(*batch)
    assert sorted(pair for *_, pair in told) == list(range(PAIRS))
    assert {(view, other) for view, other, _ in told} == {(0, 0)}


def test_a_sentence_of_nothing_still_has_an_end(recipe):
    path = arrays.folder("made-up") / "pairs-dev.npz"
    empty = {"targets": np.array([], np.uint16), "target_starts": np.zeros((1, 2), int)}
    np.savez(path, sources=np.array([7]), source_starts=np.array([[0, 1]]), **empty)
    ((inputs, following),) = translate.batches(recipe, "dev").whole()
    assert following[0].tolist() == [END, PAD, PAD, PAD]
    assert inputs["tokens"][0].tolist() == [START, PAD, PAD, PAD]


def test_facts_are_of_all_that_is_trained_on(recipe):
    before = translate.facts(recipe)
    path = arrays.folder("made-up") / "pairs-train.npz"
    changed = archive(VIEWS)
    changed["targets"][5] += 1
    np.savez(path, **changed)
    after = translate.facts(recipe)
    assert {name for name in before if before[name] != after[name]} == {"targets"}
