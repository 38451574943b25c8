"""Correlations, luck and intervals, against NumPy's own and against brute force."""

import numpy as np
import pytest

from zoo.lab import tracking
from zoo.lab.properties import POINT_BISERIAL, R_SQUARED


def draws(*shape, seed=0):
    """Normal draws."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_a_point_biserial_correlation_is_the_textbook_s():
    states, holds = draws(1, 500), draws(500, seed=1) > 0.3
    states[0, holds] += 1
    values = holds[np.newaxis].astype(float)
    found = tracking.correlate(states, values, [0])
    share = holds.mean()
    means = states[0, holds].mean() - states[0, ~holds].mean()
    expected = means / states.std() * np.sqrt(share * (1 - share))
    np.testing.assert_allclose(found.item(), expected, rtol=1e-5)


def test_a_number_s_r_squared_is_that_of_a_fitted_line():
    states, values = draws(1, 300), draws(1, 300, seed=1)
    states -= 0.7 * values
    slope, intercept = np.polyfit(states[0], values[0], 1)
    left = values[0] - slope * states[0] - intercept
    expected = 1 - left.var() / values.var()
    found = tracking.correlate(states, values, [0]).item()
    assert tracking.on_scale(found, R_SQUARED) == pytest.approx(-expected, rel=1e-4)
    assert tracking.on_scale(found, POINT_BISERIAL) == pytest.approx(found)


def test_the_units_of_a_round_are_moved_along_the_text():
    count = tracking.AT_ONCE + 3
    states, values = draws(count, 40), draws(2, 40, seed=1)
    shifts = [0, 5, 39]
    found = tracking.correlate(states, values, shifts)
    assert found.shape == (3, 2, count)
    for place, kind, unit in np.ndindex(*found.shape):
        moved = np.roll(states[unit], shifts[place])
        expected = np.corrcoef(moved, values[kind])[0, 1]
        np.testing.assert_allclose(found[place, kind, unit], expected, atol=1e-6)


def test_what_never_varies_tracks_nothing():
    states, values = np.full((2, 50), 0.1, np.float32), np.full((1, 50), 0.3)
    states[1] = draws(50)
    found = tracking.correlate(states, values, [0])
    assert found.tolist() == [[[0, 0]]]
    found = tracking.correlate(states, draws(1, 50, seed=1), [0])
    assert found[0, 0, 0] == 0 and found[0, 0, 1] != 0


def test_a_large_constant_does_not_hide_a_small_signal():
    values = draws(1, 5000)
    states = (1000 + values).astype(np.float32)
    found = tracking.correlate(states, values, [0]).item()
    assert found == pytest.approx(1, abs=1e-4)


def test_shuffled_units_are_moved_far_and_the_real_ones_not_at_all():
    shifts = tracking.draw_shifts(1000)
    assert len(shifts) == 1 + tracking.ROUNDS == len(set(shifts.tolist()))
    assert shifts[0] == 0
    assert 100 <= shifts[1:].min() and shifts[1:].max() < 900
    assert np.array_equal(shifts, tracking.draw_shifts(1000))


def test_a_unit_is_chosen_on_the_first_half_and_reported_on_the_second():
    first = np.array([[0.1, -0.6, 0.5], [0.2, 0.0, 0.1], [0.0, 0.1, -0.3]])
    second = np.array([[0.9, -0.4, 0.8], [0.15, 0.7, 0.7], [0.7, 0.7, -0.25]])
    best, scores = tracking.judge(first, second)
    assert best == 1
    # Luck chose units 0 and 2; the second points down both times, as it was chosen.
    assert scores == {"chosen": -0.6, "reported": -0.4, "shuffled": -0.25}


def test_luck_that_turned_around_on_the_second_half_is_none():
    first = np.array([[0.5], [0.2], [-0.2]])
    best, scores = tracking.judge(first, second=np.array([[0.4], [-0.3], [0.3]]))
    assert scores["shuffled"] == 0


@pytest.mark.parametrize(
    ("chosen", "reported", "shuffled", "verdict"),
    [
        (0.5, 0.6, 0.3, "tracks"),
        (-0.5, -0.6, -0.3, "tracks"),
        (0.5, 0.4, 0.3, "faint"),
        (-0.5, -0.4, -0.3, "faint"),
        (0.5, 0.3, 0.3, "none"),
        (-0.5, -0.2, -0.3, "none"),
        (0.5, -0.9, 0.0, "none"),
        (0.0, 0.0, 0.0, "none"),
    ],
)
def test_a_unit_must_be_better_than_the_best_by_luck(
    chosen, reported, shuffled, verdict
):
    scores = {"chosen": chosen, "reported": reported, "shuffled": shuffled}
    assert tracking.verdict(scores, POINT_BISERIAL) == verdict


def test_r_squared_is_a_share_of_the_variance_already():
    scores = {"chosen": -0.4, "reported": -0.3, "shuffled": -0.1}
    assert tracking.verdict(scores, R_SQUARED) == "tracks"
    assert tracking.verdict(scores, POINT_BISERIAL) == "faint"


def test_of_units_that_know_nothing_one_property_in_twenty_passes():
    trials, passed = 400, 0
    for seed in range(trials):
        halves = draws(2, 1 + tracking.ROUNDS, 8, seed=seed)
        scores = tracking.judge(*halves)[1]
        passed += tracking.verdict(scores, POINT_BISERIAL) != "none"
    # A binomial of 1 in 20: five standard deviations around its mean.
    mean, deviation = trials / 20, np.sqrt(trials * 0.05 * 0.95)
    assert abs(passed - mean) < 5 * deviation


def test_the_interval_holds_the_correlation_and_narrows_with_more_text():
    widths = []
    for length in (5_000, 80_000):
        values = draws(length)
        state = values + draws(length, seed=1)
        bounds = tracking.interval(state, values)
        assert bounds["low"] < np.corrcoef(state, values)[0, 1] < bounds["high"]
        widths.append(bounds["high"] - bounds["low"])
    # Sixteen times the text, a quarter of the width.
    assert widths[1] == pytest.approx(widths[0] / 4, rel=0.5)


def test_the_interval_is_that_of_blocks_drawn_one_by_one():
    length = 6 * tracking.BLOCK
    values = draws(length) + np.repeat(draws(6, seed=2), tracking.BLOCK)
    state = values + draws(length, seed=1) * np.linspace(0, 3, length)
    generator = np.random.default_rng(5)
    blocks = np.arange(length).reshape(6, -1)
    drawn = [blocks[generator.integers(0, 6, 6)].ravel() for _ in range(500)]
    resampled = [np.corrcoef(state[rows], values[rows])[0, 1] for rows in drawn]
    expected = np.percentile(resampled, [2.5, 97.5])
    bounds = tracking.interval(state, values)
    found = [bounds["low"], bounds["high"]]
    np.testing.assert_allclose(found, expected, atol=0.08)


def test_a_unit_that_varies_in_no_resample_has_the_interval_nought():
    assert tracking.interval(np.ones(900), draws(900)) == {"low": 0, "high": 0}
