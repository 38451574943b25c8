"""What the training of translators needs: sentence pairs of like length."""

import hashlib

import numpy as np

from zoo import arrays, models
from zoo.tokens import END, PAD, START
from zoo.train.batches import FlatRows
from zoo.train.buckets import TokenBuckets
from zoo.train.objectives import TokenCrossEntropy

MULTIPLE = 4  # lengths are rounded up to it: few shapes to compile, little padding
ROWS = 64  # pairs a batch where nothing is trained


def build(recipe):
    """Makes the model, with weights as they are before training."""
    size = int(arrays.open_array(recipe.corpus, "pairs-train.npz")["size"])
    return models.build(recipe, size)


def facts(recipe):
    """Returns the digests of what a recipe is trained on."""
    archive = arrays.open_array(recipe.corpus, "pairs-train.npz")
    return {
        name: hashlib.sha256(archive[name].tobytes()).hexdigest()
        for name in ("sources", "targets", "source_starts", "target_starts")
    }


def objective(recipe):
    """Returns what is minimised, and measured on dev."""
    return TokenCrossEntropy(recipe.training.label_smoothing)


def batches(recipe, split):
    """Opens the batches of a split."""
    return PairBatches(recipe.corpus, split, recipe.training)


class PairBatches:
    """Sentence pairs of like length side by side.

    Args:
        corpus: Name of a prepared corpus.
        split: `"train"` gives shuffled batches through `at`, each sentence in one of
            its segmentations; every split gives all pairs as they are served through
            `whole`.
        training: `zoo.recipes.Training`; `batch` is a number of tokens: of the longer
            side, padding counted.
    """

    def __init__(self, corpus, split, training):
        archive = arrays.open_array(corpus, f"pairs-{split}.npz")
        self.sources, self.targets = (
            FlatRows(archive[f"{side}s"], archive[f"{side}_starts"])
            for side in ("source", "target")
        )
        self.seed = training.seed
        self._views = (None, None)  # the epoch last asked for, and what it draws
        if split == "train":
            self.buckets = TokenBuckets(
                self._longer, training.batch, training.seed, MULTIPLE
            )

    def at(self, update):
        """Returns `({source [B, S], tokens [B, T]}, next tokens [B, T])`."""
        rows = self.buckets.rows(update)
        return self._cut(rows, *self.views(self.buckets.epoch(update))[:, rows])

    def views(self, epoch):
        """Returns the segmentations of an epoch, `[2, P]`: sources and targets."""
        if self._views[0] != epoch:
            random = np.random.default_rng([self.seed, epoch, 1])
            kinds, pairs = self.sources.lengths.shape
            self._views = (epoch, random.integers(0, kinds, (2, pairs)))
        return self._views[1]

    def _longer(self, epoch):
        """The tokens of each pair's longer side in an epoch, `[P]`, END counted."""
        of_source, of_target = self.views(epoch)
        pairs = np.arange(len(of_source))
        return np.maximum(
            self.sources.lengths[of_source, pairs],
            self.targets.lengths[of_target, pairs] + 1,
        )

    def whole(self):
        """Yields the split once, the shortest sources first, a batch at a time."""
        order = np.argsort(self.sources.lengths[0], kind="stable")
        for begin in range(0, len(order), ROWS):
            rows = order[begin : begin + ROWS]
            served = np.zeros(len(rows), int)
            yield self._cut(rows, served, served)

    def _cut(self, rows, of_source, of_target):
        source = self.sources.pad(of_source, rows, MULTIPLE)
        following = self.targets.pad(of_target, rows, MULTIPLE, END)  # [B, T]
        known = np.roll(following, 1, axis=1)
        known[:, 0] = START
        known[known == END] = PAD  # it is foreseen, never read
        return {"source": source, "tokens": known}, following
