"""Batches of sentences, and the cross-entropy of their tags."""

import dataclasses
import math

import numpy as np
import pytest

from zoo import arrays, recipes
from zoo.preprocess.characters import LENGTH
from zoo.train import tag

SENTENCES, BATCH, CLASSES = 30, 8, 17


@pytest.fixture
def recipe(zoo_build):
    """A recipe whose corpus was prepared: word n of sentence p has the id 100 p + n."""
    lengths = [1 + (7 * p) % 11 for p in range(SENTENCES)]
    ids = [100 * p + n + 4 for p, length in enumerate(lengths) for n in range(length)]
    folder = arrays.folder("made-up")
    folder.mkdir(parents=True)
    for split in arrays.SPLITS:
        np.savez(
            folder / f"sentences-{split}.npz",
            words=np.array(ids, np.int32),
            characters=np.tile(np.array(ids, np.int32)[:, None], LENGTH),
            tags=np.stack([np.array(ids) % CLASSES, np.array(ids) % 3 - 1], axis=1),
            starts=np.concatenate([[0], np.cumsum(lengths)]),
        )
    (folder / "vocabulary.txt").write_text("a\nb\nc\nd\ne\n")
    np.save(folder / "characters.npy", np.array([97, 98], np.int32))
    np.save(folder / "fine-tags.npy", np.array(["A", "B"]))
    base = recipes.get("tag-en-gru")
    numbers = dataclasses.replace(base.training, batch=BATCH)
    return dataclasses.replace(base, corpus="made-up", training=numbers)


def sentences_of(inputs, targets):
    """Which sentences a batch holds; every word, character and tag is checked."""
    words, found = inputs["words"], []
    assert words.shape[1] % tag.MULTIPLE == 0
    for row, characters, tags in zip(words, inputs["characters"], targets, strict=True):
        sentence, length = (row[0] - 4) // 100, int((row > 0).sum())
        assert length == 1 + (7 * sentence) % 11
        ids = 100 * sentence + 4 + np.arange(length)
        assert row[:length].tolist() == ids.tolist()
        assert (characters[:length] == ids[:, None]).all()
        assert not row[length:].any() and not characters[length:].any()
        assert tags[:length].tolist() == [[i % CLASSES, i % 3 - 1] for i in ids]
        assert (tags[length:] == tag.NO_TAG).all()
        found.append(sentence)
    return found


def test_every_sentence_comes_whole_and_once_an_epoch(recipe):
    batches = tag.batches(recipe, "train")
    whole = SENTENCES // BATCH
    told = [s for u in range(whole) for s in sentences_of(*batches.at(u))]
    assert len(told) == len(set(told)) == whole * BATCH
    again = tag.batches(recipe, "train").at(1)
    np.testing.assert_array_equal(batches.at(1)[1], again[1])
    later = [s for u in range(whole) for s in sentences_of(*batches.at(u + whole))]
    assert later != told


def test_dev_is_read_in_order(recipe):
    found = [sentences_of(*batch) for batch in tag.batches(recipe, "dev").whole()]
    assert [s for batch in found for s in batch] == list(range(SENTENCES))


def test_a_model_scores_both_kinds_of_tags(recipe):
    model = tag.build(recipe)
    inputs, targets = next(tag.batches(recipe, "dev").whole())
    inputs = {name: np.minimum(part, 4) for name, part in inputs.items()}
    logits = np.asarray(model(inputs))
    assert logits.shape == (*targets.shape[:2], CLASSES + 2)


def test_what_it_is_trained_on_is_told_apart(recipe):
    facts = tag.facts(recipe)
    path = arrays.folder("made-up") / "sentences-train.npz"
    held = arrays.open_array("made-up", "sentences-train.npz")
    held["tags"][3, 1] += 1
    np.savez(path, **held)
    changed = tag.facts(recipe)
    assert changed["vocabulary"] == facts["vocabulary"]
    assert changed["sentences"] != facts["sentences"]


def by_hand(targets, logits, smoothing):
    """Mean over the real words of -sum(aim * log softmax)."""
    nats = []
    for target, scores in zip(targets.ravel(), logits.reshape(-1, 3), strict=True):
        if target == tag.NO_TAG:
            continue
        chances = [math.exp(s) / sum(map(math.exp, scores)) for s in scores]
        aim = [smoothing / 3 + (1 - smoothing) * (c == target) for c in range(3)]
        pairs = zip(aim, chances, strict=True)
        nats.append(-sum(a * math.log(c) for a, c in pairs))
    return sum(nats) / len(nats)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_the_cross_entropy_of_both_tags(smoothing):
    random = np.random.default_rng(0)
    logits = random.normal(size=(2, 4, 6)).astype("float32")
    targets = np.stack(
        [[[0, 1, 2, -1], [2, -1, -1, -1]], [[2, -1, 1, -1], [0, -1, -1, -1]]], axis=-1
    )
    first = by_hand(targets[..., 0], logits[..., :3], smoothing)
    second = by_hand(targets[..., 1], logits[..., 3:], smoothing)
    objective = tag.TagCrossEntropy(3, smoothing)
    both = float(objective(targets.astype("float32"), logits))
    assert both == pytest.approx(first + tag.FINE_WEIGHT * second, rel=1e-5)
    alone = float(objective(targets, logits[..., :3]))
    assert alone == pytest.approx(first, rel=1e-5)


def test_the_dev_measure_counts_wrong_universal_tags_of_real_words():
    logits = np.zeros((1, 4, 5), "float32")
    logits[0, [0, 1, 2, 3], [0, 1, 2, 1]] = 1  # said: 0, 1, 2, 1
    logits[..., 3:] = 9  # the finer tags' are not asked
    targets = np.stack([[[0, 2, 2, -1]], [[1, 1, 1, -1]]], axis=-1)
    objective = tag.TagCrossEntropy(3)
    assert objective.total(targets, logits) == (1.0, 3.0)
    assert objective.count(targets) == 3


def test_padding_alone_costs_nothing():
    objective = tag.TagCrossEntropy(3, 0.1)
    targets = np.full((1, 2, 2), tag.NO_TAG)
    assert float(objective(targets, np.ones((1, 2, 5), "float32"))) == 0.0


def test_a_smoothing_out_of_range_is_refused():
    with pytest.raises(ValueError, match="label_smoothing"):
        tag.TagCrossEntropy(3, 1.0)
