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
    new order. An epoch takes every example once; it has more updates where the lengths
    drawn for it are longer.

    Args:
        lengths: Function of an epoch's number that returns the examples' lengths in
            it, `[examples]` integers.
        tokens_per_batch: Integer: rows times rounded length of a batch is at most
            that, and close to it but where the rounded lengths of neighbours differ.
        seed: Integer.
        multiple: Integer: few shapes to compile, little padding.

    Raises:
        ValueError: There are no examples, or the longest does not fit into a batch.
    """

    def __init__(self, lengths, tokens_per_batch, seed, multiple=8):
        self.lengths = lengths
        self.tokens_per_batch = tokens_per_batch
        self.seed = seed
        self.multiple = multiple
        self._begins = [0, len(self._borders(0)[1]) + 1]  # updates, by epoch
        self._batches = (None, None)  # the epoch last asked for, and its batches

    def epoch(self, update):
        """Returns the number of the epoch that an update belongs to."""
        while update >= self._begins[-1]:
            borders = self._borders(len(self._begins) - 1)[1]
            self._begins.append(self._begins[-1] + len(borders) + 1)
        return int(np.searchsorted(self._begins, update, side="right")) - 1

    def rows(self, update):
        """Returns the examples of one update, as many integers as fit."""
        epoch = self.epoch(update)
        if self._batches[0] != epoch:
            self._batches = (epoch, self._deal(epoch))
        return self._batches[1][update - self._begins[epoch]]

    def _deal(self, epoch):
        """All batches of one epoch."""
        padded, borders = self._borders(epoch)
        random = np.random.default_rng([self.seed, epoch])
        order = random.permutation(len(padded))
        order = order[np.argsort(padded[order], kind="stable")]
        batches = np.split(order, borders)
        return [batches[place] for place in random.permutation(len(batches))]

    def _borders(self, epoch):
        """The rounded lengths of an epoch, and where they are cut once sorted."""
        lengths = np.asarray(self.lengths(epoch))
        if not len(lengths):
            raise ValueError("`lengths` must give one example at least. Received: 0")
        lengths = np.maximum(lengths, 1)  # a row with nothing in it is padded too
        padded = -(-lengths // self.multiple) * self.multiple
        if padded.max() > self.tokens_per_batch:
            raise ValueError(
                "`tokens_per_batch` must be at least the longest example's length, "
                f"rounded up to {padded.max()}. "
                f"Received: tokens_per_batch={self.tokens_per_batch}"
            )
        return padded, _borders(np.sort(padded), self.tokens_per_batch)


def _borders(ascending, tokens):
    """Where sorted lengths are cut, from the longest on, so that a batch holds most."""
    borders, end = [], len(ascending)
    while end > 0:
        end = max(end - tokens // int(ascending[end - 1]), 0)
        borders.append(end)
    return borders[-2::-1]  # ascending, without the 0
