"""Percentile bootstrap: how far a score would move on other pictures like these.

A score of a whole split is some function of sums over its pictures. To resample
the pictures with replacement is to say how often each one is drawn, so every
resample's sums come from one matrix product, and nothing is scored again:

    counts = draw_counts(len(statistics), resamples=1000, seed=0)  # [R, N]
    sums = counts @ statistics  # [R, N] @ [N, S] -> [R, S]

Shape letters here: R resamples, N pictures, S statistics a picture.

Reference: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section
13.3; Koehn, Statistical Significance Tests for Machine Translation Evaluation (2004).
"""

from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class Interval:
    """A score and the bounds of its 95 % bootstrap interval, on one scale."""

    value: float
    low: float
    high: float


def draw_counts(pictures: int, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Says how often each picture is drawn in each resample.

    The same arguments give the same draws, so two models scored on the same
    pictures are compared on the same resamples.

    Args:
        pictures: int, at least 1: how many there are, and how many each resample has.
        resamples: int, at least 1.
        seed: int, at least 0.

    Returns:
        float64 [R, N], whole numbers; each row sums to N.

    Raises:
        ValueError: if `pictures` or `resamples` is below 1.
    """
    for name, number in (("pictures", pictures), ("resamples", resamples)):
        if number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
    generator = np.random.default_rng(seed)
    shares = np.full(pictures, 1 / pictures)  # [N]
    counts = generator.multinomial(pictures, shares, size=resamples)  # [R, N]
    # As floats, the product with the statistics goes through BLAS; sums of counts
    # stay exact far beyond any corpus.
    return counts.astype(np.float64)


def percentile_interval(value: float, resampled: np.ndarray) -> Interval:
    """Puts the bounds of the resampled scores around the score itself.

    Args:
        value: float, the score of the pictures as they are.
        resampled: float [R], the score of each resample.

    Returns:
        Interval: the 2.5th and 97.5th percentiles as `low` and `high`.
    """
    low, high = np.percentile(resampled, PERCENTILES)
    return Interval(float(value), float(low), float(high))
