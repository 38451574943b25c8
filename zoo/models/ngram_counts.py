"""Counting n-grams: exact maximum likelihood, no gradient; the floor for networks.

The fixed window of tau = n - 1 steps (`zoo/layers/window.py`) without a network: what
follows each context is counted, and k is added to every count so that nothing is
impossible (Laplace's rule for k = 1, Lidstone's for others):

    p(v | context) = (count(context, v) + k) / (count(context) + k V)

Order n = 2 is the first-order Markov model, n = 1 knows only how frequent each token
is. As k goes to 0 these are relative frequencies, the maximum of the likelihood. A
context that was never seen gives the uniform distribution 1 / V.

That is the case `prior="uniform"` of a rule that adds k V times a prior distribution,
with 1 / V for a prior. With `prior="shorter"` the prior is the model one order lower,
itself smoothed so, down to the uniform one (MacKay and Peto 1995, "A Hierarchical
Dirichlet Language Model"); a context that was never seen then gives what its end gives:

    p_n(v | context) = (count(context, v) + k V p_(n-1)(v)) / (count(context) + k V)

All here is plain numpy; `zoo/models/ngram.py` puts the counts into a model that writes.
"""

from typing import NamedTuple

import numpy as np

from zoo.tokens import START

PRIORS = ("uniform", "shorter")
LARGEST = 2**31 - 1  # of a code: JAX has no larger integers unless asked


class Table(NamedTuple):
    """What follows each context of one length, most of it left out for being zero.

    Attributes:
        contexts: `[C]` sorted codes of the contexts seen: the ids as the digits of a
            number in base V, the oldest first.
        totals: `[C]`, how often each was seen.
        pairs: `[P]` sorted codes of context and next token: the place of the context
            in `contexts`, times V, plus the token.
        counts: `[P]`, how often each was seen.
        base: The V of the codes; None where it is not known.
    """

    contexts: np.ndarray
    totals: np.ndarray
    pairs: np.ndarray
    counts: np.ndarray
    base: int | None = None


def count(streams, order, vocabulary_size):
    """Counts what follows every context of up to `order - 1` tokens.

    Args:
        streams: Iterable of `[T]` id arrays without padding, such as one text of
            millions of characters or many sentences. Before the first token of each
            stand `order - 1` times START, which is not itself predicted.
        order: Positive integer n: n - 1 tokens of context.
        vocabulary_size: Positive integer V; every id is less.

    Returns:
        List of n `Table`s, for contexts of 0, 1, ..., n - 1 tokens.

    Raises:
        ValueError: `order` or V is not positive, an id is not in the vocabulary, there
            is nothing to count, or a code would not fit into 32 bits.
    """
    check_order(order, vocabulary_size)
    contexts, tokens = _examples(streams, order, vocabulary_size)
    # All n tokens in one code. Sorted once: a shorter context's counts are sums of a
    # longer one's.
    codes, counts = np.unique(contexts * vocabulary_size + tokens, return_counts=True)
    tables = []
    for length in reversed(range(order)):
        seen, places = np.unique(codes // vocabulary_size, return_inverse=True)
        if len(seen) * vocabulary_size > LARGEST:
            raise ValueError(
                "`order` must give contexts that fit, times V, into 32 bits. "
                f"Received: order={order}, {len(seen)} contexts, V={vocabulary_size}"
            )
        pairs = places * vocabulary_size + codes % vocabulary_size
        arrays = (seen, np.bincount(places, counts), pairs, counts)
        arrays = (array.astype(np.int32) for array in arrays)
        tables.insert(0, Table(*arrays, base=vocabulary_size))
        codes, places = np.unique(
            codes % vocabulary_size**length, return_inverse=True
        )  # without the oldest token
        counts = np.bincount(places, counts)
    return tables


def nats_per_token(tables, streams, vocabulary_size, k, prior="uniform"):
    """Scores streams: the mean of -log p over their tokens; its exp is the perplexity.

    Args:
        tables: From `count`.
        streams: Iterable of `[T]` id arrays, as `count` takes them.
        vocabulary_size: Positive integer V.
        k: Positive float.
        prior: `"uniform"` or `"shorter"`.

    Returns:
        Float.

    Raises:
        ValueError: `k` is not positive, `prior` not known, or as `count`.
    """
    return choose(tables, streams, vocabulary_size, [k], prior)[1].item()


def choose(tables, streams, vocabulary_size, grid, prior="uniform"):
    """Chooses the k of a grid that scores best on streams not counted.

    Args:
        tables: From `count`.
        streams: The dev split, as `count` takes streams.
        vocabulary_size: Positive integer V.
        grid: List of K positive floats.
        prior: `"uniform"` or `"shorter"`.

    Returns:
        Pair of the best k and of the nats per token of every k, `[K]`.

    Raises:
        ValueError: As `nats_per_token`.
    """
    if not len(grid):
        raise ValueError(f"`grid` must hold at least one k. Received: grid={grid}")
    for k in grid:
        check_smoothing(k, prior)
    check_base(tables, vocabulary_size)
    contexts, tokens = _examples(streams, len(tables), vocabulary_size)
    codes, times = np.unique(contexts * vocabulary_size + tokens, return_counts=True)
    contexts, tokens = np.divmod(codes, vocabulary_size)  # each once: [N]
    added = np.array(grid, np.float64)[:, None] * vocabulary_size  # [K, 1]
    probabilities = 1.0 / vocabulary_size
    for length in lengths(len(tables), prior):
        table = tables[length]
        place, known = find(np, table.contexts, contexts % vocabulary_size**length)
        totals = np.where(known, table.totals[place], 0)  # [N]
        pair, seen = find(np, table.pairs, place * vocabulary_size + tokens)
        counts = np.where(known & seen, table.counts[pair], 0)  # [N]
        probabilities = (counts + added * probabilities) / (totals + added)  # [K, N]
    nats = -np.log(probabilities) @ times / times.sum()  # [K]
    return grid[int(np.argmin(nats))], nats


def lengths(order, prior):
    """The lengths of the contexts used, in tokens, shortest first."""
    return {"uniform": range(order - 1, order), "shorter": range(order)}[prior]


def _examples(streams, order, vocabulary_size):
    """Gives every token of all streams, and the code of the n - 1 tokens before it."""
    start = np.full(order - 1, START, np.int64)
    parts, real = [start[:0]], [np.zeros(0, bool)]
    for stream in streams:
        stream = np.asarray(stream)
        if stream.ndim != 1 or (len(stream) and stream.dtype.kind not in "iu"):
            raise ValueError(
                "`streams` must be a list of arrays of ids, `[T]` integers each. "
                f"Received: a stream of shape {stream.shape} of {stream.dtype}"
            )
        parts += [start, stream.astype(np.int64)]
        real += [np.zeros(len(start), bool), np.ones(len(stream), bool)]
    flat, real = np.concatenate(parts), np.concatenate(real)
    if not real.any():
        raise ValueError("`streams` must hold at least one token. Received: none")
    if flat.min() < 0 or flat.max() >= vocabulary_size:
        raise ValueError(
            "`streams` must hold ids from 0 to vocabulary_size - 1. Received: ids from "
            f"{flat.min()} to {flat.max()}, vocabulary_size={vocabulary_size}"
        )
    codes = np.zeros_like(flat)
    for back in range(1, order):  # 1 is the token before
        codes[back:] += flat[:-back] * vocabulary_size ** (back - 1)
    return codes[real], flat[real]


def find(library, ordered, codes):
    """Looks codes up in an ordered table, in numpy or in `keras.ops`.

    Returns:
        Pair, shaped as the codes: a place in the table, and whether the code is there.
    """
    flat = library.reshape(codes, (-1,))  # TensorFlow searches for lists alone
    place = library.reshape(library.searchsorted(ordered, flat), library.shape(codes))
    place = library.minimum(place, ordered.shape[0] - 1)
    return place, library.take(ordered, place) == codes


def check_order(order, vocabulary_size):
    """Raises ValueError where contexts have no code of 32 bits."""
    if not isinstance(order, int) or order < 1:
        raise ValueError(
            f"`order` must be an integer of at least 1. Received: order={order!r}"
        )
    if vocabulary_size <= START:
        raise ValueError(
            f"`vocabulary_size` must be more than START, which is {START}. "
            f"Received: vocabulary_size={vocabulary_size}"
        )
    if vocabulary_size ** (order - 1) > LARGEST:
        raise ValueError(
            "`order` must be such that vocabulary_size ** (order - 1) fits into 32 "
            f"bits. Received: order={order}, vocabulary_size={vocabulary_size}"
        )


def check_base(tables, vocabulary_size):
    """Raises ValueError where tables were counted with another vocabulary."""
    base = tables[0].base
    if base not in (None, vocabulary_size):
        raise ValueError(
            "`vocabulary_size` must be that of the counts. "
            f"Received: vocabulary_size={vocabulary_size}, counted with {base}"
        )


def check_smoothing(k, prior):
    """Raises ValueError where something would be impossible, or a prior is unknown."""
    if not k > 0:
        raise ValueError(
            "`k` must be more than 0, or what was never seen would be impossible. "
            f"Received: k={k}"
        )
    if prior not in PRIORS:
        raise ValueError(f"`prior` must be one of {PRIORS}. Received: prior={prior!r}")
