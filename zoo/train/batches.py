"""Batches as a pure function of the update's number, so that a run can resume.

`batches.at(update)` returns the same `(inputs, targets)` in every process: shuffling
and augmentation draw from generators seeded with (seed, epoch or update).
"""

import functools

import numpy as np

from zoo import arrays
from zoo.tokens import FIRST_WORD, PAD
from zoo.train import buckets


class Shuffled:
    """Cuts examples into shuffled batches, a new order an epoch.

    Args:
        examples: Integer, number of examples.
        batch: Integer, examples a batch; the last, smaller batch of an epoch is left
            out (its examples come up in other epochs).
        seed: Integer.
        arrange: Function of an epoch's order and a generator that returns the order
            to use, or None.

    Raises:
        ValueError: There are fewer examples than one batch takes.
    """

    def __init__(self, examples, batch, seed, arrange=None):
        if not 1 <= batch <= examples:
            raise ValueError(
                "`batch` must be between 1 and the number of examples. "
                f"Received: batch={batch}, examples={examples}"
            )
        self.examples = examples
        self.batch = batch
        self.seed = seed
        self.arrange = arrange
        self.per_epoch = examples // batch
        self._order = (None, None)  # the epoch last asked for, and its order

    def rows(self, update):
        """Returns the examples of one update, `[batch]` integers."""
        epoch, place = divmod(update, self.per_epoch)
        if self._order[0] != epoch:
            self._order = (epoch, self.order(epoch))
        return self._order[1][place * self.batch :][: self.batch]

    def order(self, epoch):
        """Returns all examples in the order of one epoch."""
        random = np.random.default_rng([self.seed, epoch])
        order = random.permutation(self.examples)
        return order if self.arrange is None else self.arrange(order, random)


class FlatRows:
    """Rows of ids that lie one after another, in one segmentation or several.

    Args:
        tokens: `[N]` integers.
        starts: `[K, P + 1]` integers; row p in segmentation k is
            `tokens[starts[k, p] : starts[k, p + 1]]`.

    Attributes:
        lengths: `[K, P]` integers.
    """

    def __init__(self, tokens, starts):
        self.tokens, self.starts = tokens, starts
        self.lengths = np.diff(starts)

    def pad(self, views, rows, multiple, end=None):
        """Puts rows side by side, one segmentation of each.

        Args:
            views: `[B]` integers, which segmentation.
            rows: `[B]` integers, which row.
            multiple: Integer; the length is rounded up to it.
            end: Integer, an id that stands after each row; None for none.

        Returns:
            `[B, S]` int32, PAD on the right; S is at least `multiple`.
        """
        lengths = self.lengths[views, rows]
        places = int(lengths.max()) + (end is not None)
        places = np.arange(-(-max(places, 1) // multiple) * multiple)
        real = places < lengths[:, None]  # [B, S]
        tokens = np.full(real.shape, PAD, np.int32)
        tokens[real] = self.tokens[(self.starts[views, rows][:, None] + places)[real]]
        if end is not None:
            tokens[np.arange(len(rows)), lengths] = end
        return tokens


class PictureWordBatches:
    """Random crops of pictures, and the words of their captions.

    Args:
        corpus: Name of a prepared corpus.
        split: `"train"` gives shuffled, cropped, mirrored batches through `at`; every
            split gives whole pictures in order through `whole`.
        recipe: The `Recipe`.
    """

    def __init__(self, corpus, split, recipe):
        self.pictures = arrays.open_array(corpus, f"pictures-{split}.npy")
        tokens = arrays.open_array(corpus, f"captions-{split}.npz")["tokens"]
        self.targets = word_shares(tokens, recipe.model["vocabulary_size"])
        self.crop = recipe.model["crop"]
        self.batch = recipe.training.batch
        self.seed = recipe.training.seed
        if split == "train":  # other splits may hold fewer pictures than a batch
            self.shuffled = Shuffled(len(self.pictures), self.batch, self.seed)

    def at(self, update):
        """Returns `(pictures [B, crop, crop, 3] uint8, targets [B, words])`."""
        rows = self.shuffled.rows(update)
        random = np.random.default_rng([self.seed, update, 1])
        slack = self.pictures.shape[1] - self.crop
        tops, lefts = random.integers(0, slack + 1, (2, len(rows)))
        mirrored = random.integers(0, 2, len(rows))
        crops = np.empty((len(rows), self.crop, self.crop, 3), np.uint8)
        for place, row in enumerate(rows):
            down = slice(tops[place], tops[place] + self.crop)
            across = slice(lefts[place], lefts[place] + self.crop)
            crop = self.pictures[row, down, across]
            crops[place] = crop[:, ::-1] if mirrored[place] else crop
        return crops, self.targets[rows]

    def whole(self):
        """Yields the split once, in order and uncropped, a batch at a time."""
        for begin in range(0, len(self.pictures), self.batch):
            rows = slice(begin, begin + self.batch)
            yield np.asarray(self.pictures[rows]), self.targets[rows]


class CaptionBatches:
    """Pictures as grids, with all their captions; captions of like length together.

    Args:
        corpus: Name of a prepared corpus.
        split: `"train"` gives shuffled batches through `at`; every split gives all
            pictures in order through `whole`.
        recipe: The `Recipe`.
        grids: `[views, P, S, features]`, see `zoo.train.grids`. The first view is the
            picture itself; training draws one view at random.
    """

    def __init__(self, corpus, split, recipe, grids):
        self.tokens = arrays.open_array(corpus, f"captions-{split}.npz")["tokens"]
        self.lengths = (self.tokens != PAD).sum(axis=2).max(axis=1)  # [P]
        self.grids = grids
        self.batch = recipe.training.batch
        self.seed = recipe.training.seed
        if split == "train":  # other splits may hold fewer pictures than a batch
            arrange = functools.partial(
                buckets.by_length, lengths=self.lengths, batch=self.batch
            )
            self.shuffled = Shuffled(len(self.tokens), self.batch, self.seed, arrange)

    def at(self, update):
        """Returns `({grid, tokens}, next tokens)` of a shuffled batch."""
        rows = self.shuffled.rows(update)
        random = np.random.default_rng([self.seed, update, 1])
        views = random.integers(0, len(self.grids), len(rows))
        return self._cut(rows, self.grids[views, rows])

    def whole(self):
        """Yields the split once, in order and as it is, a batch at a time."""
        for begin in range(0, len(self.tokens), self.batch):
            rows = np.arange(len(self.tokens))[begin : begin + self.batch]
            yield self._cut(rows, self.grids[0, rows])

    def _cut(self, rows, grid):
        # A multiple of 4: few shapes to compile, little padding.
        longest = int(self.lengths[rows].max()) - 1
        length = min(-(-longest // 4) * 4, self.tokens.shape[2] - 1)
        tokens = self.tokens[rows, :, : length + 1]  # [B, R, T + 1]
        inputs = {"grid": np.asarray(grid), "tokens": tokens[:, :, :-1]}
        return inputs, tokens[:, :, 1:]


def word_shares(tokens, vocabulary_size):
    """Share of a picture's captions that use a word, for the most frequent words.

    Args:
        tokens: `[P, R, T + 1]` ids; a caption that is all PAD is not there.
        vocabulary_size: Integer, number of words counted, from id 4 on.

    Returns:
        `[P, vocabulary_size]` float32 in [0, 1].
    """
    shares = np.zeros((len(tokens), FIRST_WORD + vocabulary_size), np.float32)
    used = np.clip(tokens, 0, FIRST_WORD + vocabulary_size)
    for picture, captions in enumerate(used):
        present = captions[(captions != PAD).any(axis=1)]
        for caption in present:
            words = np.unique(caption[caption < FIRST_WORD + vocabulary_size])
            shares[picture, words] += 1.0 / len(present)
    return shares[:, FIRST_WORD:]
