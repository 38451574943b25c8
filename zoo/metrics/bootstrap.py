"""Percentile bootstrap: how far a score would move on other examples like these.

A score of a whole split is some function of sums over its examples. To resample
the examples with replacement is to say how often each one is drawn, so every
resample's sums come from one matrix product, and nothing is scored again:

    counts = draw_counts(len(statistics), resamples=1000, seed=0)  # [R, N]
    sums = counts @ statistics  # [R, N] @ [N, S] -> [R, S]

Shape letters here: R resamples, N examples, S statistics an example.

Reference: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section
13.3; Koehn, Statistical Significance Tests for Machine Translation Evaluation (2004).
"""

from collections.abc import Callable
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


def draw_counts(examples: int, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """Says how often each example is drawn in each resample.

    The same arguments give the same draws, so two models scored on the same
    examples are compared on the same resamples.

    Args:
        examples: int, at least 1: how many there are, and how many each resample has.
        resamples: int, at least 1.
        seed: int, at least 0.

    Returns:
        float64 [R, N], whole numbers; each row sums to N.

    Raises:
        ValueError: if `examples` or `resamples` is below 1.
    """
    for name, number in (("examples", examples), ("resamples", resamples)):
        if number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
    generator = np.random.default_rng(seed)
    shares = np.full(examples, 1 / examples)  # [N]
    counts = generator.multinomial(examples, shares, size=resamples)  # [R, N]
    # As floats, the product with the statistics goes through BLAS; sums of counts
    # stay exact far beyond any corpus.
    return counts.astype(np.float64)


def percentile_interval(value: float, resampled: np.ndarray) -> Interval:
    """Puts the bounds of the resampled scores around the score itself.

    Args:
        value: float, the score of the examples as they are.
        resampled: float [R], the score of each resample.

    Returns:
        Interval: the 2.5th and 97.5th percentiles as `low` and `high`.
    """
    low, high = np.percentile(resampled, PERCENTILES)
    return Interval(float(value), float(low), float(high))


def ratio(sums: np.ndarray) -> np.ndarray:
    """The score of examples that are scored alone: the first sum over the second.

    Args:
        sums: float [..., 2], of the examples' scores and of their sizes.

    Returns:
        float [...].
    """
    return sums[..., 0] / sums[..., 1]


def paired(
    ours: np.ndarray,
    theirs: np.ndarray,
    score: Callable[[np.ndarray], np.ndarray] = ratio,
    seed: int = 0,
) -> tuple[Interval, float]:
    """Compares two models on the same examples.

    Both are scored on the same resamples, so what makes an example easy or hard for
    both cancels, and far smaller differences can be told from chance than by laying
    two intervals side by side.

    Args:
        ours: float [N, S], the statistics of each example.
        theirs: float [N, S], the other model's, of the same examples in the same order.
        score: Function of sums of statistics [..., S] that gives scores [...].
        seed: int, at least 0.

    Returns:
        Pair of the difference of the scores with its 95 % interval, and the p-value:
        twice the share of resamples in which the difference is not on the side of 0
        where it is on the whole, at most 1.

    Raises:
        ValueError: the models were scored on different numbers of examples.
    """
    if ours.shape != theirs.shape:
        raise ValueError(
            f"theirs must have the shape of ours {ours.shape}, got {theirs.shape}"
        )
    value = score(ours.sum(axis=0)) - score(theirs.sum(axis=0))
    counts = draw_counts(len(ours), seed=seed)  # [R, N]
    resampled = score(counts @ ours) - score(counts @ theirs)  # [R]
    other_side = np.mean(resampled <= 0 if value > 0 else resampled >= 0)
    return percentile_interval(value, resampled), float(min(1.0, 2 * other_side))
