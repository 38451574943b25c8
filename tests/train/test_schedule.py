"""The learning rate rises along a line, then falls as its schedule says."""

import math

import keras
import numpy as np
import pytest

from zoo.recipes import Training
from zoo.train.schedule import (
    WarmupCosine,
    WarmupInverseSquareRoot,
    make_schedule,
)


def rate(schedule, step):
    return float(schedule(step))


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 0.1), (1, 0.2), (9, 1.0), (10, 1.0), (60, 0.5), (110, 0.0), (500, 0.0)],
)
def test_the_rate_at_chosen_updates_is_that_of_the_formula(step, expected):
    schedule = WarmupCosine(peak=1.0, warmup=10, updates=110)
    assert rate(schedule, step) == pytest.approx(expected, abs=1e-6)


def test_after_the_warm_up_it_is_kerass_cosine_decay():
    ours = WarmupCosine(peak=3e-4, warmup=7, updates=50)
    keras_decay = keras.optimizers.schedules.CosineDecay(3e-4, decay_steps=43)
    steps = np.arange(7, 60)
    np.testing.assert_allclose(
        [rate(ours, step) for step in steps],
        [rate(keras_decay, step - 7) for step in steps],
        atol=1e-9,
    )


def test_without_warm_up_it_begins_at_the_peak():
    schedule = WarmupCosine(peak=0.5, warmup=0, updates=4)
    expected = [0.25 * (1 + math.cos(math.pi * step / 4)) for step in range(4)]
    assert [rate(schedule, step) for step in range(4)] == pytest.approx(expected)


def test_the_highest_rate_is_the_peak():
    schedule = WarmupCosine(peak=0.25, warmup=5, updates=30)
    rates = [rate(schedule, step) for step in range(31)]
    assert max(rates) == pytest.approx(0.25)
    assert min(rates) >= 0


@pytest.mark.parametrize(("warmup", "updates"), [(-1, 5), (5, 5), (0, 0)])
def test_a_warm_up_that_does_not_fit_is_refused(warmup, updates):
    with pytest.raises(ValueError, match=f"warmup={warmup}, updates={updates}"):
        WarmupCosine(1.0, warmup, updates)


def test_it_is_rebuilt_from_its_config():
    config = keras.optimizers.schedules.serialize(WarmupCosine(0.1, 2, 9))
    again = keras.optimizers.schedules.deserialize(config)
    assert again.get_config() == {"peak": 0.1, "warmup": 2, "updates": 9}


# Worked by hand with width 64 and warm-up 4: 1/8 * min(1 / sqrt(n), n / 8), n from 1.
@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 1 / 64), (1, 2 / 64), (3, 4 / 64), (8, 1 / 24), (15, 1 / 32), (99, 1 / 80)],
)
def test_the_transformer_s_rate_is_equation_three_of_its_paper(step, expected):
    schedule = WarmupInverseSquareRoot(width=64, warmup=4)
    assert rate(schedule, step) == pytest.approx(expected, rel=1e-6)


def test_the_transformer_s_rate_is_highest_at_the_end_of_the_warm_up():
    schedule = WarmupInverseSquareRoot(width=512)
    rates = [rate(schedule, step) for step in range(3990, 4010)]
    assert int(np.argmax(rates)) + 3990 == 3999  # the 4,000th update
    assert max(rates) == pytest.approx(6.98771e-4, rel=1e-5)  # 1 / sqrt(512 * 4000)


def test_the_factor_multiplies_the_transformer_s_rate():
    plain, double = (WarmupInverseSquareRoot(16, 9, factor) for factor in (1.0, 2.0))
    assert rate(double, 5) == pytest.approx(2 * rate(plain, 5))


@pytest.mark.parametrize(
    "options", [{"width": 0}, {"width": 8, "warmup": 0}, {"width": 8, "factor": -1.0}]
)
def test_a_size_of_the_transformer_s_schedule_that_is_not_positive_is_refused(options):
    name, value = list(options.items())[-1]
    with pytest.raises(ValueError, match=f"`{name}` must be positive.*{name}={value}"):
        WarmupInverseSquareRoot(**options)


def test_the_transformer_s_schedule_is_rebuilt_from_its_config():
    schedule = WarmupInverseSquareRoot(8, 3, 0.5)
    config = keras.optimizers.schedules.serialize(schedule)
    again = keras.optimizers.schedules.deserialize(config)
    assert again.get_config() == {"width": 8, "warmup": 3, "factor": 0.5}


NUMBERS = {"updates": 50, "batch": 1, "learning_rate": 0.25, "warmup": 9}


def test_a_recipes_rate_is_highest_after_its_warm_up_however_it_falls():
    root, cosine = (
        make_schedule(Training(**NUMBERS, falls=falls))
        for falls in ("inverse_square_root", "cosine")
    )
    for schedule in (root, cosine):
        rates = [rate(schedule, step) for step in range(50)]
        assert max(rates) == pytest.approx(0.25) == rates[8]
        assert rates[0] == pytest.approx(0.25 / 9)
    # Four times as many updates, half the rate; the cosine is near zero by then.
    assert rate(root, 35) == pytest.approx(0.125)
    assert rate(cosine, 49) < 0.001


def test_a_rate_that_falls_in_no_known_way_is_refused():
    with pytest.raises(ValueError, match="falls='linearly'"):
        make_schedule(Training(**NUMBERS, falls="linearly"))
