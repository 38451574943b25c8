"""How well units track properties of a text, and how well they would by luck.

Of what is true or false the measure is the point-biserial correlation, which is
Pearson's with 0 and 1; of a number it is R squared of a straight line fitted to one
unit, which is Pearson's correlation squared, with the sign of the line's slope.

Luck is measured on shuffled units: all of them, with their values moved along the text
by a large random distance, which leaves each as smooth as it was, and as like the
others, and takes from it all that it knows of the text. Their best is chosen on the
first half and reported on the second as the best of the real ones is, R times over.

The rule, in four verdicts. The unit chosen scores on the second half, in the direction
in which it was chosen,

- `"tracks"`: higher than the best of all rounds of shuffled units, and the property
  explains a quarter of the unit's variance at least;
- `"faint"`: higher than they, but less than that;
- `"none"`: no higher than they: **this model has no such unit**. Of properties that a
  model does not track, one in R + 1 is yet held for faint;
- `"absent"`: the property is not in the text, so nothing can be said.

Shape letters here: T characters in a half, U units, P properties, R rounds, N blocks.

Reference: Phipson and Smyth 2010, "Permutation P-values Should Never Be Zero"; Künsch
1989, "The Jackknife and the Bootstrap for General Stationary Observations" (blocks).
"""

import numpy as np

from zoo.lab.properties import R_SQUARED
from zoo.metrics.bootstrap import draw_counts, percentile_interval

ROUNDS = 19  # so that luck passes the rule once in twenty times
BLOCK = 500  # characters resampled together
QUARTER = 0.25  # of the variance
AT_ONCE = 64  # units correlated
SEED = 0


def draw_shifts(length):
    """Draws how far the shuffled units of each round are moved along the text.

    Args:
        length: Integer T.

    Returns:
        Integers `[1 + R]`: first 0, for the units as they are; the others at least a
        tenth of the text, either way around.
    """
    drawn = np.random.default_rng(SEED).integers(
        length // 10, length - length // 10, ROUNDS
    )
    return np.concatenate([[0], drawn])  # [1 + R]


def correlate(states, values, shifts):
    """Correlates each unit with each property, as it is and moved along the text.

    Args:
        states: `[U, T]`.
        values: `[P, T]`.
        shifts: Integers `[1 + R]`, how far the units are moved; what leaves the text at
            its end comes in at its beginning.

    Returns:
        Pearson's correlations `[1 + R, P, U]`; 0 with what does not vary.
    """
    properties = standard(values)  # [P, T]
    # A unit moved to the right meets what the property moved to the left would.
    moved = np.concatenate([np.roll(properties, -shift, axis=1) for shift in shifts])
    found = [
        moved @ standard(states[first : first + AT_ONCE]).T  # [(1 + R) * P, AT_ONCE]
        for first in range(0, len(states), AT_ONCE)
    ]
    return np.concatenate(found, axis=1).reshape(len(shifts), *values.shape[:1], -1)


def standard(rows):
    """Returns rows `[N, T]` with mean 0 and length 1; one that does not vary is 0."""
    centred = rows - np.mean(rows, axis=1, dtype=float, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)  # [N, 1]
    varies = np.ptp(rows, axis=1, keepdims=True) > 0
    return np.where(varies, centred / np.where(varies, lengths, 1), 0).astype("float32")


def judge(first, second):
    """Chooses a property's unit on the first half and reports it on the second.

    Args:
        first: Correlations `[1 + R, U]` on the first half, luck from the second row on.
        second: The same on the second half.

    Returns:
        Pair of the unit chosen, and its correlations: chosen, reported and shuffled.
    """
    best = np.abs(first).argmax(axis=1)[:, np.newaxis]  # [1 + R, 1]
    chosen = np.take_along_axis(first, best, axis=1)[:, 0]  # [1 + R]
    reported = np.take_along_axis(second, best, axis=1)[:, 0]  # [1 + R]
    luck = max(0.0, (np.sign(chosen) * reported)[1:].max())
    scores = {
        "chosen": chosen[0],
        "reported": reported[0],
        "shuffled": np.sign(chosen[0]) * luck,
    }
    return int(best[0, 0]), scores


def verdict(scores, measure):
    """Returns the verdict on a property that is in the text, by the rule above.

    Args:
        scores: Dictionary of `chosen`, `reported` and `shuffled`, on their scale.
        measure: The property's.
    """
    direction = np.sign(scores["chosen"])
    reported = direction * scores["reported"]
    if not reported > direction * scores["shuffled"]:
        return "none"
    explained = reported if measure == R_SQUARED else reported**2
    return "tracks" if explained >= QUARTER else "faint"


def interval(state, values):
    """Bounds a correlation by resampling blocks of the text with replacement.

    Args:
        state: `[T]`, of one unit.
        values: `[T]`, of one property.

    Returns:
        Dictionary of `low` and `high`, the 95 % interval's.
    """
    x, y = (row - np.mean(row, dtype=float) for row in (state, values))
    products = np.stack([np.ones(len(x)), x, y, x * x, y * y, x * y])  # [6, T]
    sums = np.add.reduceat(products, range(0, len(x), BLOCK), axis=1)  # [6, N]
    drawn = draw_counts(sums.shape[1]) @ sums.T  # [resamples, 6]
    count, x, y, xx, yy, xy = drawn.T
    spread = (count * xx - x * x) * (count * yy - y * y)
    resampled = (count * xy - x * y) / np.sqrt(np.maximum(spread, 1e-30))
    bounds = percentile_interval(0.0, resampled)
    return {"low": bounds.low, "high": bounds.high}


def on_scale(correlation, measure):
    """Returns a correlation as its property is measured: R squared keeps its sign."""
    if measure == R_SQUARED:
        correlation = correlation * abs(correlation)
    return float(correlation)
