"""Fair rounds and plain statistics.

Every contestant runs once in every round, in a new order each, so that whatever the
machine does meanwhile (other work, its clock) falls on all alike. A round gives one
ratio of any two contestants; what is reported is the ratio of the medians over all
rounds, and the quartiles of the rounds' own ratios.
"""

import math
import random

import numpy as np


def orders(names, rounds, seed):
    """Lists the order of contestants in each round.

    Args:
        names: List of contestants.
        rounds: Integer.
        seed: Integer.

    Returns:
        `rounds` lists, each holding every name once.
    """
    generator = random.Random(seed)
    return [generator.sample(names, len(names)) for _ in range(rounds)]


def calls_for(seconds, least, most=200):
    """How many calls in a row to time together, so that the clock's grain is small.

    Args:
        seconds: Float, what one call takes.
        least: Float, seconds that a measurement should take at least.
        most: Integer.
    """
    return min(max(math.ceil(least / max(seconds, 1e-9)), 1), most)


def summary(values):
    """Returns median, lower and upper quartile of numbers, one a round."""
    low, middle, high = np.quantile(np.asarray(values, float), [0.25, 0.5, 0.75])
    return {"median": float(middle), "low": float(low), "high": float(high)}


def ratio(ours, theirs):
    """Compares two contestants measured in the same rounds.

    Args:
        ours: List of seconds, one a round.
        theirs: The same of the other, in the same order of rounds.

    Returns:
        Dictionary with the ratio of the medians and the quartiles of the ratios.

    Raises:
        ValueError: They were not measured in the same rounds.
    """
    if len(ours) != len(theirs):
        raise ValueError(
            "`theirs` must hold as many rounds as `ours`. "
            f"Received: {len(ours)} and {len(theirs)}"
        )
    each = summary(np.asarray(ours, float) / np.asarray(theirs, float))
    middle = float(np.median(ours) / np.median(theirs))
    return {"ratio": middle, "low": each["low"], "high": each["high"]}


def best(seconds, names):
    """Returns the name with the smallest median, of those measured; None of none."""
    there = [name for name in names if name in seconds]
    return min(there, key=lambda name: np.median(seconds[name]), default=None)
