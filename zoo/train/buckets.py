"""Batches of like length, so that little padding is computed.

A batch is as long as its longest row. In random order most of it is padding; where
rows of like length share a batch, next to none is. Both ways here are pure functions
of the update's number, so that a run can resume.
"""

import numpy as np

POOL = 12  # batches sorted by length at a time: little padding, still shuffled


def by_length(order, random, lengths, batch, pool=POOL):
    """Sorts pools of batches by length, then shuffles the batches.

    Args:
        order: `[examples]` integers, the examples in an order drawn before.
        random: NumPy generator.
        lengths: `[examples]` integers, the length of each example.
        batch: Integer, examples a batch.
        pool: Integer, batches that are sorted together: more of them, less padding;
            fewer, more chance in which examples meet.

    Returns:
        `[whole batches * batch]` integers: the examples in their new order. What is
        left over at the end of `order` is left out.
    """
    whole = len(order) // batch * batch
    step = pool * batch
    pools = [
        part[np.argsort(lengths[part], kind="stable")]
        for part in np.split(order[:whole], range(step, whole, step))
    ]
    batches = np.concatenate(pools).reshape(-1, batch)
    return random.permutation(batches).ravel()


class TokenBuckets:
    """Shuffled batches of about equal numbers of tokens, padding counted.

    Long rows come in small batches, short rows in large ones, so that each update
    costs about the same time and memory. Lengths are rounded up to a multiple; rows
    of the same rounded length are dealt anew every epoch, and the batches come in a
    new order. How many rows each batch takes follows from the lengths alone, so that
    every epoch has as many updates and takes every example once.

    Args:
        lengths: `[examples]` integers.
        tokens_per_batch: Integer: rows times rounded length of a batch is at most
            that, and close to it but where the rounded lengths of neighbours differ.
        seed: Integer.
        multiple: Integer: few shapes to compile, little padding.

    Raises:
        ValueError: There are no examples, or the longest does not fit into a batch.
    """

    def __init__(self, lengths, tokens_per_batch, seed, multiple=8):
        if not len(lengths):
            raise ValueError("`lengths` must name one example at least. Received: 0")
        lengths = np.maximum(lengths, 1)  # a row with nothing in it is padded too
        self.padded = -(-lengths // multiple) * multiple
        if self.padded.max() > tokens_per_batch:
            raise ValueError(
                "`tokens_per_batch` must be at least the longest example's length, "
                f"rounded up to {self.padded.max()}. "
                f"Received: tokens_per_batch={tokens_per_batch}"
            )
        self.tokens_per_batch = tokens_per_batch
        self.seed = seed
        self._borders = _borders(np.sort(self.padded), tokens_per_batch)
        self.per_epoch = len(self._borders) + 1
        self._batches = (None, None)  # the epoch last asked for, and its batches

    def rows(self, update):
        """Returns the examples of one update, as many integers as fit."""
        epoch, place = divmod(update, self.per_epoch)
        if self._batches[0] != epoch:
            self._batches = (epoch, self._deal(epoch))
        return self._batches[1][place]

    def length(self, update):
        """Returns the length to which the rows of one update are padded."""
        return int(self.padded[self.rows(update)].max())

    def _deal(self, epoch):
        """All batches of one epoch."""
        random = np.random.default_rng([self.seed, epoch])
        order = random.permutation(len(self.padded))
        order = order[np.argsort(self.padded[order], kind="stable")]
        batches = np.split(order, self._borders)
        return [batches[place] for place in random.permutation(len(batches))]


def _borders(ascending, tokens):
    """Where sorted lengths are cut, from the longest on, so that a batch holds most."""
    borders, end = [], len(ascending)
    while end > 0:
        end = max(end - tokens // int(ascending[end - 1]), 0)
        borders.append(end)
    return borders[-2::-1]  # ascending, without the 0
