"""Rows of like length share a batch, every row once an epoch, the same in a resume."""

import functools
import itertools

import numpy as np
import pytest

from zoo.train import buckets
from zoo.train.batches import Shuffled
from zoo.train.buckets import TokenBuckets

# What `CaptionBatches._bucket`, from which `by_length` was taken, gave for 50 lengths
# (below), batches of 2 and seed 11: 25 updates, two pools of 12 batches and a rest.
BEFORE = [
    [[39, 21], [9, 18], [24, 26], [36, 37], [3, 10], [14, 16], [43, 49]],
    [[47, 33], [30, 38], [46, 45], [35, 7], [44, 31], [32, 5], [15, 4], [20, 13]],
    [[17, 29], [34, 11], [8, 48], [1, 42], [6, 0], [22, 40], [41, 2], [25, 23]],
    [[27, 12], [28, 19]],
]


def shuffled(lengths, batch, seed):
    arrange = functools.partial(buckets.by_length, lengths=lengths, batch=batch)
    return Shuffled(len(lengths), batch, seed, arrange)


def epoch(batches, number):
    updates = range(number * batches.per_epoch, (number + 1) * batches.per_epoch)
    return [batches.rows(update) for update in updates]


def test_batches_are_those_that_the_published_captioners_were_trained_on():
    lengths = np.random.default_rng(3).integers(3, 12, 50)
    found = [rows.tolist() for rows in epoch(shuffled(lengths, 2, 11), 0)]
    assert found == sum(BEFORE, [])


def test_a_pool_is_sorted_whole_and_its_batches_shuffled():
    lengths = np.random.default_rng(1).permutation(48)  # one pool of 12 batches of 4
    batches = epoch(shuffled(lengths, 4, 1), 0)
    firsts = [lengths[rows].min() for rows in batches]
    for rows, first in zip(batches, firsts, strict=True):
        assert sorted(lengths[rows]) == list(range(first, first + 4))
    assert sorted(firsts) == list(range(0, 48, 4))
    assert firsts != sorted(firsts)


def test_a_larger_pool_leaves_less_padding():
    lengths = np.random.default_rng(2).integers(1, 400, 960)
    order = np.random.default_rng(4).permutation(960)
    longest = [
        buckets.by_length(order, np.random.default_rng(5), lengths, 16, pool)
        for pool in (1, 12, 60)
    ]
    padded = [lengths[rows].reshape(-1, 16).max(axis=1).sum() * 16 for rows in longest]
    assert padded[0] > 1.5 * padded[1] > 1.5 * padded[2] > lengths.sum()


LENGTHS = np.random.default_rng(7).integers(0, 70, 500)


def always(lengths, tokens, seed=1):
    """Batches by tokens of lengths that stay the same."""
    return TokenBuckets(lambda epoch: lengths, tokens, seed)


def token_epoch(batches, number):
    updates = itertools.takewhile(
        lambda update: batches.epoch(update) <= number, itertools.count()
    )
    return [batches.rows(n) for n in updates if batches.epoch(n) == number]


def test_a_batch_by_tokens_is_full_and_never_too_full():
    tokens = []
    for rows in token_epoch(always(LENGTHS, 320), 0):
        length = -(-max(LENGTHS[rows].max(), 1) // 8) * 8
        tokens.append(length * len(rows))
    assert max(tokens) <= 320
    # All but the batch that takes the rest, of the shortest rows, is nearly full.
    assert np.sort(tokens)[1] > 320 - 72
    assert np.mean(tokens) > 280


def drawn(epoch):
    """Lengths that grow from epoch to epoch."""
    return np.random.default_rng(epoch).integers(0, 20 + 20 * epoch, 500)


@pytest.mark.parametrize("number", [0, 3])
def test_an_epoch_by_tokens_takes_every_row_once_whatever_its_lengths(number):
    batches = TokenBuckets(drawn, 320, seed=1)
    found = token_epoch(batches, number)
    assert sorted(np.concatenate(found)) == list(range(500))
    assert all(
        -(-drawn(number)[rows].max() // 8) * 8 * len(rows) <= 320 for rows in found
    )


def test_longer_rows_make_more_updates():
    batches = TokenBuckets(drawn, 320, seed=1)
    counts = [len(token_epoch(batches, number)) for number in range(4)]
    assert counts == sorted(set(counts))


def test_batches_by_tokens_follow_from_seed_and_update_in_any_order():
    one, other = (TokenBuckets(drawn, 320, seed=1) for _ in range(2))
    first, second = (len(token_epoch(one, number)) for number in range(2))
    forwards = [one.rows(update).tolist() for update in range(first + second)]
    backwards = [
        other.rows(update).tolist() for update in reversed(range(first + second))
    ]
    assert forwards == backwards[::-1]
    assert forwards[0] != TokenBuckets(drawn, 320, seed=2).rows(0).tolist()


def test_short_and_long_batches_come_in_no_order():
    found = [LENGTHS[rows].max() for rows in token_epoch(always(LENGTHS, 320), 0)]
    assert found not in (sorted(found), sorted(found, reverse=True))


def test_rows_of_one_rounded_length_are_dealt_anew_every_epoch():
    batches = always(np.full(20, 5), 32)  # 4 rows of 8 tokens
    meetings = {frozenset(rows) for n in range(5) for rows in token_epoch(batches, n)}
    assert len(meetings) == 25


def test_all_rows_may_fit_into_one_batch():
    batches = always([1, 2, 3], 24)
    assert batches.epoch(5) == 5
    assert sorted(batches.rows(5)) == [0, 1, 2]


def test_a_batch_that_holds_not_even_one_row_is_refused():
    with pytest.raises(ValueError, match="up to 16. .*tokens_per_batch=15"):
        always([3, 9], 15)


def test_no_examples_at_all_are_refused():
    with pytest.raises(ValueError, match="`lengths` must .*Received: 0"):
        always([], 15)
