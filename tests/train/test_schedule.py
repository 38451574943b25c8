"""The learning rate rises along a line and falls along half a cosine."""

import math

import keras
import numpy as np
import pytest

from zoo.train.schedule import WarmupCosine


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
