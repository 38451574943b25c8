"""Batches follow from the update's number alone and use every picture alike."""

import dataclasses

import numpy as np
import pytest

from zoo import arrays, recipes
from zoo.tokens import END, PAD, START, UNKNOWN
from zoo.train.batches import (
    CaptionBatches,
    FlatRows,
    PictureWordBatches,
    Shuffled,
    word_shares,
)


def small(name, **training):
    """A recipe with other numbers."""
    recipe = recipes.get(name)
    numbers = dataclasses.replace(recipe.training, **training)
    return dataclasses.replace(recipe, training=numbers)


def epoch(shuffled, number):
    updates = range(number * shuffled.per_epoch, (number + 1) * shuffled.per_epoch)
    return np.concatenate([shuffled.rows(update) for update in updates])


def test_an_epoch_takes_every_example_once():
    shuffled = Shuffled(examples=12, batch=4, seed=1)
    assert sorted(epoch(shuffled, 0)) == sorted(epoch(shuffled, 5)) == list(range(12))
    assert epoch(shuffled, 0).tolist() != epoch(shuffled, 1).tolist()


def test_what_an_epoch_leaves_out_comes_up_in_others():
    shuffled = Shuffled(examples=11, batch=4, seed=1)
    assert len(set(epoch(shuffled, 0))) == 8
    assert {row for number in range(20) for row in epoch(shuffled, number)} == set(
        range(11)
    )


def test_rows_follow_from_seed_and_update_in_any_order():
    one, other = (Shuffled(20, 3, seed=5) for _ in range(2))
    forwards = [one.rows(update).tolist() for update in range(30)]
    backwards = [other.rows(update).tolist() for update in reversed(range(30))]
    assert forwards == backwards[::-1]
    assert forwards != [Shuffled(20, 3, seed=6).rows(u).tolist() for u in range(30)]


@pytest.mark.parametrize("batch", [0, 4])
def test_a_batch_larger_than_the_split_or_empty_is_refused(batch):
    with pytest.raises(ValueError, match=f"batch={batch}, examples=3"):
        Shuffled(3, batch, seed=1)


def test_the_shares_of_words_are_counted_over_the_captions_there_are():
    tokens = np.array(
        [
            [
                [START, 4, 5, 4, END],  # a word used twice in a caption counts once
                [START, 4, 9, END, PAD],  # 9 is outside the vocabulary of 3
                [START, UNKNOWN, 6, 4, END],
                [START, 6, END, PAD, PAD],
            ],
            [[START, 5, END, PAD, PAD], *[[PAD] * 5] * 3],
        ]
    )
    np.testing.assert_allclose(
        word_shares(tokens, 3), [[0.75, 0.25, 0.5], [0.0, 1.0, 0.0]]
    )


@pytest.fixture
def pictures(zoo_build):
    """Six pictures of 8 x 8 random pixels, with a caption each."""
    folder = arrays.folder("flickr8k")
    folder.mkdir(parents=True)
    pixels = np.random.default_rng(9).integers(0, 256, (6, 8, 8, 3), np.uint8)
    tokens = np.array([[[START, 4 + row, END]] for row in range(6)], np.int32)
    for split in ("train", "dev"):
        np.save(folder / f"pictures-{split}.npy", pixels)
        np.savez(folder / f"captions-{split}.npz", tokens=tokens)
    return pixels


def picture_words(split):
    recipe = small("picture-words", batch=4)
    model = {"vocabulary_size": 6, "crop": 5}
    recipe = dataclasses.replace(recipe, model=model)
    return PictureWordBatches("flickr8k", split, recipe)


def places(pictures):
    """Bytes of every crop and mirrored crop to (picture, top, left, mirrored)."""
    found = {}
    for row in range(len(pictures)):
        for top in range(4):
            for left in range(4):
                crop = pictures[row, top : top + 5, left : left + 5]
                found[crop.tobytes()] = (row, top, left, False)
                found[crop[:, ::-1].tobytes()] = (row, top, left, True)
    return found


def test_pictures_are_cropped_anywhere_and_mirrored_half_the_time(pictures):
    known, seen = places(pictures), []
    batches = picture_words("train")
    for update in range(60):
        crops, shares = batches.at(update)
        assert crops.shape == (4, 5, 5, 3) and crops.dtype == np.uint8
        found = [known[crop.tobytes()] for crop in crops]
        assert [place[0] for place in found] == shares.argmax(axis=1).tolist()
        seen += found
    assert {place[1] for place in seen} == {place[2] for place in seen} == set(range(4))
    assert 80 < sum(place[3] for place in seen) < 160  # of 240


def test_a_batch_of_pictures_is_the_same_in_every_process(pictures):
    one, other = picture_words("train"), picture_words("train")
    other.at(3)
    for ours, again in zip(one.at(8), other.at(8), strict=True):
        np.testing.assert_array_equal(ours, again)


def test_a_split_is_given_whole_and_in_order(pictures):
    given = list(picture_words("dev").whole())
    assert [len(batch) for batch, _ in given] == [4, 2]
    np.testing.assert_array_equal(np.concatenate([part for part, _ in given]), pictures)
    shares = np.concatenate([part for _, part in given])
    np.testing.assert_array_equal(shares, np.eye(6))


PICTURES = 26


@pytest.fixture
def grids():
    """Grids `[2, P, 1, 2]` that say which view and picture they are."""
    views, rows = np.indices((2, PICTURES))
    return np.stack([views, rows], axis=-1)[:, :, None].astype(np.float16)


@pytest.fixture
def tokens(zoo_build):
    """Two captions a picture; the longest of picture p has p + 1 ids and START."""
    tokens = np.full((PICTURES, 2, 30), PAD, np.int32)
    for row in range(PICTURES):
        tokens[row, 0, : row + 2] = [START, *[4 + row] * row, END]
        tokens[row, 1, :2] = START, END
    folder = arrays.folder("flickr8k")
    folder.mkdir(parents=True)
    for split in ("train", "dev"):
        np.savez(folder / f"captions-{split}.npz", tokens=tokens)
    return tokens


def caption_batches(split, grids, batch=5):
    return CaptionBatches("flickr8k", split, small("caption-gru", batch=batch), grids)


def test_captions_come_with_the_grid_of_their_own_picture(tokens, grids):
    batches = caption_batches("train", grids)
    views = []
    for update in range(40):
        inputs, targets = batches.at(update)
        rows = inputs["grid"][:, 0, 1].astype(int)
        views += inputs["grid"][:, 0, 0].astype(int).tolist()
        length = targets.shape[2]
        np.testing.assert_array_equal(inputs["tokens"], tokens[rows, :, :length])
        np.testing.assert_array_equal(targets, tokens[rows, :, 1 : length + 1])
        assert not tokens[rows, :, length + 1 :].any()  # nothing was cut off
        assert length % 4 == 0 and length - 4 < rows.max() + 1 <= length
    assert 60 < sum(views) < 140  # of 200


def test_captions_are_never_longer_than_their_array(tokens, grids):
    tokens = tokens[..., :27]  # 26 ids after START, which is no multiple of 4
    np.savez(arrays.folder("flickr8k") / "captions-dev.npz", tokens=tokens)
    *_, (_, targets) = caption_batches("dev", grids).whole()
    np.testing.assert_array_equal(targets, tokens[-1:, :, 1:])


def test_captions_of_like_length_share_a_batch_and_batches_are_shuffled(tokens, grids):
    batches = caption_batches("train", grids)  # 5 batches: one pool, sorted whole
    for number in range(3):
        rows = epoch(batches.shuffled, number).reshape(-1, 5)
        spread = np.ptp(rows, axis=1)
        assert spread.max() <= 5  # one of 26 pictures may be left out in between
    firsts = [epoch(batches.shuffled, number)[:5].min() for number in range(20)]
    assert len(set(firsts)) > 3


def test_a_batch_of_captions_is_the_same_in_every_process(tokens, grids):
    one, other = (caption_batches("train", grids) for _ in range(2))
    other.at(3)
    (inputs, targets), (again, targets_again) = one.at(11), other.at(11)
    np.testing.assert_array_equal(inputs["grid"], again["grid"])
    np.testing.assert_array_equal(targets, targets_again)


def test_dev_captions_come_whole_in_order_and_never_mirrored(tokens, grids):
    given = [inputs for inputs, _ in caption_batches("dev", grids).whole()]
    grid = np.concatenate([inputs["grid"] for inputs in given])
    np.testing.assert_array_equal(grid, grids[0])
    assert [len(inputs["tokens"]) for inputs in given] == [5, 5, 5, 5, 5, 1]


def test_dev_may_hold_fewer_pictures_than_a_batch(tokens, grids):
    ((inputs, _),) = caption_batches("dev", grids, batch=100).whole()
    assert len(inputs["tokens"]) == PICTURES


def test_train_may_not_hold_fewer_pictures_than_a_batch(tokens, grids):
    with pytest.raises(ValueError, match="batch=100, examples=26"):
        caption_batches("train", grids, batch=100)


def test_flat_rows_are_padded_in_the_segmentation_asked_for():
    starts = np.array([[0, 3, 3, 5], [5, 6, 9, 10]])
    rows = FlatRows(np.arange(10, 20), starts)
    assert rows.lengths.tolist() == [[3, 0, 2], [1, 3, 1]]
    padded = rows.pad(np.array([1, 0, 0]), np.array([1, 1, 2]), multiple=4)
    assert padded.tolist() == [[16, 17, 18, PAD], [PAD] * 4, [13, 14, PAD, PAD]]
    ended = rows.pad(np.array([1, 0, 0]), np.array([1, 1, 2]), multiple=3, end=END)
    assert ended[:, :4].tolist() == [
        [16, 17, 18, END],
        [END, PAD, PAD, PAD],
        [13, 14, END, PAD],
    ]
    assert ended.shape == (3, 6)
