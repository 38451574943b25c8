"""The bootstrap, against the theory of the mean and against drawing one by one."""

import numpy as np
import pytest

from zoo.metrics.bootstrap import Interval, draw_counts, paired, percentile_interval


def interval_of_mean(scores, seed=0):
    resampled = draw_counts(len(scores), seed=seed) @ scores / len(scores)
    return percentile_interval(scores.mean(), resampled)


def width(interval):
    return interval.high - interval.low


def normal_scores(examples):
    return np.random.default_rng(7).normal(50, 10, size=examples)


def test_every_resample_draws_as_many_examples_as_there_are():
    counts = draw_counts(13, resamples=50)
    assert counts.shape == (50, 13)
    assert (counts.sum(axis=1) == 13).all()
    assert (counts >= 0).all() and (counts == np.round(counts)).all()


def test_every_example_is_as_likely_as_another():
    # An example's count is binomial: mean 1, variance 1 - 1/N.
    counts = draw_counts(20, resamples=20_000)
    assert counts.mean(axis=0) == pytest.approx(np.ones(20), abs=0.05)
    assert counts.var(axis=0) == pytest.approx(np.full(20, 0.95), abs=0.06)


def test_the_interval_covers_the_value():
    interval = interval_of_mean(normal_scores(200))
    assert interval.low < interval.value < interval.high


def test_the_width_is_that_of_the_normal_interval_of_a_mean():
    scores = normal_scores(400)
    expected = 2 * 1.96 * scores.std() / np.sqrt(400)
    assert width(interval_of_mean(scores)) == pytest.approx(expected, rel=0.1)


def test_four_times_the_examples_halve_the_interval():
    few, many = normal_scores(200), normal_scores(800)
    ratio = width(interval_of_mean(many)) / width(interval_of_mean(few))
    assert ratio == pytest.approx(0.5, rel=0.2)


def test_a_seed_gives_its_draws_again_and_another_seed_gives_others():
    scores = normal_scores(100)
    assert interval_of_mean(scores, seed=3) == interval_of_mean(scores, seed=3)
    assert interval_of_mean(scores, seed=3) != interval_of_mean(scores, seed=4)


def test_the_bounds_are_the_percentiles_that_leave_two_and_a_half_percent():
    resampled = np.arange(1001.0)
    assert percentile_interval(500, resampled) == Interval(500.0, 25.0, 975.0)


def test_one_picture_has_an_interval_of_no_width():
    assert interval_of_mean(np.array([4.0])) == Interval(4.0, 4.0, 4.0)


@pytest.mark.parametrize("name", ["examples", "resamples"])
def test_a_size_below_one_is_refused_by_name(name):
    sizes = {"examples": 5, "resamples": 5, name: 0}
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        draw_counts(**sizes)


def alone(scores):
    """Statistics of examples of one size, `[N, 2]`."""
    return np.stack([scores, np.ones(len(scores))], axis=1)


def test_a_pair_tells_what_two_intervals_cannot():
    hard = normal_scores(500)  # moves both models alike, by far more than they differ
    noise = np.random.default_rng(3).normal(0, 1, 500)
    difference, p_value = paired(alone(hard + 0.5), alone(hard + noise))
    assert difference.low > 0 and p_value < 0.01
    assert difference.value == pytest.approx(np.mean(0.5 - noise))
    ours, theirs = interval_of_mean(hard + 0.5, 0), interval_of_mean(hard + noise, 0)
    assert ours.low < theirs.high and theirs.low < ours.high


def test_a_model_does_not_differ_from_itself():
    scores = normal_scores(50)
    difference, p_value = paired(alone(scores), alone(scores))
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)
    assert p_value == 1


def test_the_p_value_of_a_coin_is_its_exact_one():
    # 60 of 100 pairs are won by one: the sign test's normal p-value is 0.0455.
    won = np.repeat([1.0, -1.0], [60, 40])
    _, p_value = paired(alone(won), alone(np.zeros(100)))
    assert p_value == pytest.approx(0.0455, abs=0.03)


def test_a_pair_of_different_lengths_is_refused():
    with pytest.raises(ValueError, match="the shape of ours"):
        paired(np.zeros((3, 2)), np.zeros((4, 2)))


def test_a_longer_example_counts_for_more():
    ours = np.array([[9.0, 10.0], [1.0, 2.0]])
    theirs = np.array([[5.0, 10.0], [2.0, 2.0]])
    difference, _ = paired(ours, theirs)
    assert difference.value == pytest.approx(10 / 12 - 7 / 12)


def test_a_score_of_sums_is_compared_resample_by_resample():
    random = np.random.default_rng(4)
    ours, theirs = random.integers(1, 9, (2, 30, 3)).astype(float)

    def score(sums):
        return np.sqrt(sums[..., 0] * sums[..., 1]) / sums[..., 2]

    difference, _ = paired(ours, theirs, score)
    drawn = []
    for counts in draw_counts(30):
        one, other = (np.repeat(x, counts.astype(int), axis=0) for x in (ours, theirs))
        drawn.append(score(one.sum(0)) - score(other.sum(0)))
    assert difference == percentile_interval(
        score(ours.sum(0)) - score(theirs.sum(0)), np.array(drawn)
    )
