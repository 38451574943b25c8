"""Learning-rate schedules."""

import math

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="zoo")
class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up to a peak, then half a cosine down to zero.

    Args:
        peak: Float, the highest learning rate.
        warmup: Integer, updates until the peak.
        updates: Integer, updates until zero.

    Reference:
        Loshchilov and Hutter 2017, "SGDR", equation 5, with one cycle.
    """

    def __init__(self, peak, warmup, updates):
        if not 0 <= warmup < updates:
            raise ValueError(
                "`warmup` must be at least 0 and less than `updates`. "
                f"Received: warmup={warmup}, updates={updates}"
            )
        self.peak = peak
        self.warmup = warmup
        self.updates = updates

    def __call__(self, step):
        """Returns the learning rate of update number `step`, counted from 0."""
        step = ops.cast(step, "float32")
        rising = (step + 1.0) / max(self.warmup, 1)
        done = (step - self.warmup) / (self.updates - self.warmup)
        falling = 0.5 * (1.0 + ops.cos(math.pi * ops.clip(done, 0.0, 1.0)))
        return self.peak * ops.where(step < self.warmup, rising, falling)

    def get_config(self):
        """Returns the arguments."""
        return {"peak": self.peak, "warmup": self.warmup, "updates": self.updates}


@keras.saving.register_keras_serializable(package="zoo")
class WarmupInverseSquareRoot(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up, then a fall with the inverse square root of the update's number.

        rate = factor * width^-0.5 * min(step^-0.5, step * warmup^-1.5)

    Steps are counted from 1 here, as in the paper. The two sides are equal at
    step = warmup, where the rate is highest: factor / sqrt(width * warmup).

    Args:
        width: Positive integer, the model's width (512 in the paper).
        warmup: Positive integer, updates until the highest rate.
        factor: Positive float, multiplies all rates (1 in the paper).

    Raises:
        ValueError: One of them is not positive.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", equation 3.
    """

    def __init__(self, width, warmup=4000, factor=1.0):
        for name, value in {"width": width, "warmup": warmup, "factor": factor}.items():
            if value <= 0:
                raise ValueError(f"`{name}` must be positive. Received: {name}={value}")
        self.width = width
        self.warmup = warmup
        self.factor = factor

    def __call__(self, step):
        """Returns the learning rate of update number `step`, counted from 0."""
        step = ops.cast(step, "float32") + 1.0
        rising, falling = step * self.warmup**-1.5, ops.rsqrt(step)
        return self.factor * self.width**-0.5 * ops.minimum(rising, falling)

    def get_config(self):
        """Returns the arguments."""
        return {"width": self.width, "warmup": self.warmup, "factor": self.factor}


def make_schedule(numbers):
    """Makes the schedule of a recipe's numbers.

    Args:
        numbers: `zoo.recipes.Training`.

    Returns:
        A Keras schedule whose highest rate is `learning_rate`, after `warmup` updates.

    Raises:
        ValueError: There is no such way to fall.
    """
    peak, warmup = numbers.learning_rate, numbers.warmup
    if numbers.falls == "cosine":
        return WarmupCosine(peak, warmup, numbers.updates)
    if numbers.falls == "inverse_square_root":
        # The paper's peak follows from the width; here the recipe has it.
        warmup = max(warmup, 1)  # some fall from the first update on
        return WarmupInverseSquareRoot(1, warmup, peak * math.sqrt(warmup))
    raise ValueError(
        "`falls` must be 'cosine' or 'inverse_square_root'. "
        f"Received: falls={numbers.falls!r}"
    )
