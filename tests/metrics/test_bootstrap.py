"""The bootstrap, against the theory of the mean and against drawing one by one."""

import numpy as np
import pytest

from zoo.metrics.bootstrap import Interval, draw_counts, percentile_interval


def interval_of_mean(scores, seed=0):
    resampled = draw_counts(len(scores), seed=seed) @ scores / len(scores)
    return percentile_interval(scores.mean(), resampled)


def width(interval):
    return interval.high - interval.low


def normal_scores(pictures):
    return np.random.default_rng(7).normal(50, 10, size=pictures)


def test_every_resample_draws_as_many_pictures_as_there_are():
    counts = draw_counts(13, resamples=50)
    assert counts.shape == (50, 13)
    assert (counts.sum(axis=1) == 13).all()
    assert (counts >= 0).all() and (counts == np.round(counts)).all()


def test_every_picture_is_as_likely_as_another():
    # A picture's count is binomial: mean 1, variance 1 - 1/N.
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


def test_four_times_the_pictures_halve_the_interval():
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


@pytest.mark.parametrize("name", ["pictures", "resamples"])
def test_a_size_below_one_is_refused_by_name(name):
    sizes = {"pictures": 5, "resamples": 5, name: 0}
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        draw_counts(**sizes)
