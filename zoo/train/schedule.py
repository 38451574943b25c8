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
