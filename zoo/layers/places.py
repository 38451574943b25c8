"""Real and padded places of a batch of rows: to blank, to pick, to average."""

import keras
from keras import ops


def last_steps(inputs, count):
    """Returns the last `count` steps of `[B, T, D]`; none of them where it is 0."""
    return inputs[:, -count:] if count else inputs[:, :0]


def real_places(inputs, mask):
    """Returns the mask `[B, S]` of `[B, S, D]`, all True where it is None."""
    if mask is None:
        return ops.ones(ops.shape(inputs)[:2], "bool")
    return ops.cast(mask, "bool")


def blank(inputs, mask):
    """Puts zeros at the masked places of `[B, S, D]`."""
    return ops.where(mask[..., None], inputs, ops.zeros_like(inputs))


def last_real(states, mask):
    """Picks each row's state at its last real place; zeros where no place is real.

    Args:
        states: `[B, S, D]`.
        mask: `[B, S]` boolean, True = real.

    Returns:
        `[B, D]`.
    """
    places = ops.arange(1, ops.shape(states)[1] + 1)  # [S], from 1: 0 is no place
    last = ops.max(ops.where(mask, places, 0), axis=1, keepdims=True)  # [B, 1]
    return ops.sum(blank(states, places == last), axis=1)  # [B, D]


def mean_real(states, mask):
    """Averages each row's real states; zeros where no place is real.

    What stands at a masked place is left out, not multiplied by 0: it may be NaN. The
    sum is taken in float32 at least, since half precision cannot count far.

    Args:
        states: `[B, S, D]`.
        mask: `[B, S]` boolean, True = real.

    Returns:
        `[B, D]`.
    """
    exact = keras.backend.result_type(states.dtype, "float32")
    total = ops.sum(ops.cast(blank(states, mask), exact), axis=1)  # [B, D]
    count = ops.sum(ops.cast(mask, exact), axis=1, keepdims=True)  # [B, 1]
    return ops.cast(total / ops.maximum(count, 1), states.dtype)
