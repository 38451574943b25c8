"""Batches of texts, and the cross-entropy of their labels."""

import dataclasses
import math

import keras
import numpy as np
import pytest

from zoo import arrays, recipes
from zoo.tokens import PAD, UNKNOWN
from zoo.train import sentiment

TEXTS, VIEWS = 40, 3
BATCH = 8


def ids_of(view, text):
    """Made-up ids: which view and text they are of is written in the first one."""
    length = (text * 7) % 13 if view == 0 else (text * 5 + view) % 13
    return [100 + TEXTS * view + text] * length


@pytest.fixture
def recipe(zoo_build):
    """A recipe whose corpus was prepared: 40 texts in three segmentations."""
    for split, views in (("train", VIEWS), ("dev", 1)):
        rows = [[ids_of(view, text) for text in range(TEXTS)] for view in range(views)]
        lengths = [[len(row) for row in view] for view in rows]
        ends = np.cumsum(lengths).reshape(views, TEXTS)
        starts = np.concatenate([ends[:, :1] - np.array(lengths)[:, :1], ends], axis=1)
        path = arrays.folder("made-up") / f"texts-{split}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        flat = [token for view in rows for row in view for token in row]
        np.savez(
            path,
            tokens=np.array(flat, np.uint16),
            starts=starts,
            labels=np.arange(TEXTS) % 2,
            size=300,
        )
    base = recipes.get("sentiment-en-gru")
    numbers = dataclasses.replace(base.training, batch=BATCH)
    return dataclasses.replace(base, corpus="made-up", training=numbers)


def text_of(row):
    """Which (view, text) a row of a batch is; None where nothing tells."""
    known = row[(row != PAD) & (row != UNKNOWN)]
    return None if not len(known) else divmod(int(known[0]) - 100, TEXTS)


def test_every_text_comes_once_an_epoch_with_its_label(recipe, monkeypatch):
    monkeypatch.setattr(sentiment, "HIDDEN", 0.0)
    batches = sentiment.batches(recipe, "train")
    told = []
    for update in range(TEXTS // BATCH):
        tokens, labels = batches.at(update)
        for row, label in zip(tokens, labels, strict=True):
            found = text_of(row)
            if found is None:
                continue
            view, text = found
            assert row[row != PAD].tolist() == ids_of(view, text)
            assert label == text % 2
            told.append(text)
    assert len(told) == len(set(told)) >= TEXTS - 8


def test_an_epoch_draws_the_segmentations_anew(recipe):
    batches = sentiment.batches(recipe, "train")
    views = {}
    for update in range(6 * TEXTS // BATCH):
        for row in batches.at(update)[0]:
            if text_of(row):
                view, text = text_of(row)
                views.setdefault(text, set()).add(view)
    seen = set.union(*views.values())
    assert seen == set(range(VIEWS)) and max(map(len, views.values())) > 1


def test_batches_follow_from_the_updates_number_alone(recipe):
    here, there = (sentiment.batches(recipe, "train") for _ in range(2))
    far = 3 * TEXTS // BATCH + 2
    wanted = [there.at(update) for update in (far, 1, 0)]
    for update, (tokens, labels) in zip((far, 1, 0), wanted, strict=True):
        again = here.at(update)
        np.testing.assert_array_equal(again[0], tokens)
        np.testing.assert_array_equal(again[1], labels)


def test_a_share_of_the_pieces_is_hidden_and_no_padding_is(recipe, monkeypatch):
    monkeypatch.setattr(sentiment, "HIDDEN", 0.3)
    hidden = batches = sentiment.batches(recipe, "train")
    monkeypatch.setattr(sentiment, "HIDDEN", 0.3)
    with_hidden = [hidden.at(update)[0] for update in range(100)]
    monkeypatch.setattr(sentiment, "HIDDEN", 0.0)
    without = [batches.at(update)[0] for update in range(100)]
    count = total = 0
    for one, other in zip(with_hidden, without, strict=True):
        np.testing.assert_array_equal(one == PAD, other == PAD)
        changed = one != other
        assert (one[changed] == UNKNOWN).all()
        count, total = count + changed.sum(), total + (other != PAD).sum()
    assert abs(count / total - 0.3) < 4 * math.sqrt(0.3 * 0.7 / total)


def test_dev_comes_whole_as_it_is_served(recipe):
    told = []
    for tokens, labels in sentiment.batches(recipe, "dev").whole():
        assert tokens.shape[1] % sentiment.MULTIPLE == 0 and len(tokens) == len(labels)
        for row, label in zip(tokens, labels, strict=True):
            told.append((row[row != PAD].tolist(), int(label)))
    wanted = [(ids_of(0, text), text % 2) for text in range(TEXTS)]
    assert sorted(told) == sorted(wanted)


def test_texts_fewer_than_a_batch_are_one(recipe):
    numbers = dataclasses.replace(recipe.training, batch=500)
    large = dataclasses.replace(recipe, training=numbers)
    tokens, labels = sentiment.batches(large, "train").at(3)
    assert len(tokens) == len(labels) == TEXTS


def test_rows_of_a_batch_are_about_as_long(recipe):
    batches = sentiment.batches(recipe, "train")
    computed = real = 0
    for update in range(TEXTS // BATCH):
        tokens, _ = batches.at(update)
        computed, real = computed + tokens.size, real + (tokens != PAD).sum()
    in_any_order = TEXTS * 12  # every batch of eight has a text of eleven or twelve
    assert real < computed < 0.8 * in_any_order


def test_the_facts_change_with_tokens_and_with_labels(recipe):
    before = sentiment.facts(recipe)
    path = arrays.folder("made-up") / "texts-train.npz"
    held = dict(np.load(path))
    np.savez(path, **{**held, "labels": 1 - held["labels"]})
    after = sentiment.facts(recipe)
    assert before["tokens"] == after["tokens"] and before["labels"] != after["labels"]


def test_the_model_has_as_many_embeddings_as_the_corpus_has_ids(recipe):
    model = sentiment.build(recipe)
    assert model.enter.input_dim == 300
    assert model(np.array([[5, 6, PAD]])).shape == (1, 2)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.4])
def test_the_loss_is_keras_own(smoothing):
    random = np.random.default_rng(0)
    logits = random.normal(size=(6, 2)).astype("float32")
    labels = np.array([0, 1, 1, 0, 1, 0])
    theirs = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=smoothing
    )(np.eye(2)[labels], logits)
    ours = sentiment.LabelCrossEntropy(smoothing)(labels.astype("float32"), logits)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_the_dev_measure_is_nats_a_text_without_smoothing():
    logits = np.log(np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]], "float32"))
    objective = sentiment.LabelCrossEntropy(0.3)
    nats, count = objective.total(np.array([0, 0, 1]), logits)
    assert count == 3
    assert nats == pytest.approx(-math.log(0.9) - math.log(0.2) - math.log(0.5))
    assert objective.count(np.array([0, 0, 1])) == 3 and objective.unit == "texts"


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_a_smoothing_out_of_range_is_refused(smoothing):
    with pytest.raises(ValueError, match="`label_smoothing` must be"):
        sentiment.LabelCrossEntropy(smoothing)
