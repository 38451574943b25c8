"""What the training of sentiment classifiers needs: texts, verdicts, cross-entropy."""

import hashlib

import numpy as np
from keras import ops

from zoo import arrays, models
from zoo.tokens import PAD, UNKNOWN
from zoo.train import buckets
from zoo.train.batches import FlatRows, Shuffled
from zoo.train.objectives import check_smoothing, smoothed_nats

# Rate at which training hides a piece: a verdict must not hang on a single word, and
# few texts make every word look as if it decided (Iyyer et al. 2015, "Deep Unordered
# Composition Rivals Syntactic Methods for Text Classification", section 3.1).
HIDDEN = 0.1
MULTIPLE = 4  # lengths are rounded up to it: few shapes to compile, little padding
POOL = 40  # batches sorted by length together: a tenth of an epoch or less


def build(recipe):
    """Makes the model, with weights as they are before training."""
    return models.build(recipe, vocabulary_size(recipe.corpus))


def vocabulary_size(corpus):
    """Returns the number of ids of a prepared corpus."""
    return int(arrays.open_array(corpus, "texts-train.npz")["size"])


def facts(recipe):
    """Returns the digests of what a recipe is trained on."""
    archive = arrays.open_array(recipe.corpus, "texts-train.npz")
    return {
        name: hashlib.sha256(archive[name].tobytes()).hexdigest()
        for name in ("tokens", "labels")
    }


def objective(recipe):
    """Returns what is minimised, and measured on dev."""
    return LabelCrossEntropy(recipe.training.label_smoothing)


def batches(recipe, split):
    """Opens the batches of a split."""
    return TextBatches(recipe.corpus, split, recipe)


class TextBatches:
    """Texts of like length side by side, with their labels.

    Args:
        corpus: Name of a prepared corpus.
        split: `"train"` gives shuffled batches through `at`, each text in one of its
            segmentations and some of its pieces hidden; every split gives all texts as
            they are served through `whole`.
        recipe: The `Recipe`.
    """

    def __init__(self, corpus, split, recipe):
        archive = arrays.open_array(corpus, f"texts-{split}.npz")
        self.texts = FlatRows(archive["tokens"], archive["starts"])
        self.labels = archive["labels"].astype("int32")
        # One's own texts may be fewer than a batch.
        self.batch = min(recipe.training.batch, len(self.labels))
        self.seed = recipe.training.seed
        self.views = np.zeros(len(self.labels), int)  # of the epoch last asked for
        self.shuffled = Shuffled(len(self.labels), self.batch, self.seed, self._arrange)

    def _arrange(self, order, random):
        """Draws a segmentation of each text for an epoch, then sorts by length."""
        lengths = self.texts.lengths  # [K, P]
        self.views = random.integers(0, len(lengths), len(order))
        lengths = lengths[self.views, np.arange(len(order))]
        return buckets.by_length(order, random, lengths, self.batch, POOL)

    def at(self, update):
        """Returns `(tokens [B, S], labels [B])` of a shuffled batch."""
        rows = self.shuffled.rows(update)
        random = np.random.default_rng([self.seed, update, 1])
        tokens = self.texts.pad(self.views[rows], rows, MULTIPLE)
        hidden = (random.random(tokens.shape) < HIDDEN) & (tokens != PAD)
        return np.where(hidden, np.int32(UNKNOWN), tokens), self.labels[rows]

    def whole(self):
        """Yields the split once, the shortest texts first, a batch at a time."""
        order = np.argsort(self.texts.lengths[0], kind="stable")
        for begin in range(0, len(order), self.batch):
            rows = order[begin : begin + self.batch]
            served = np.zeros(len(rows), int)
            yield self.texts.pad(served, rows, MULTIPLE), self.labels[rows]


class LabelCrossEntropy:
    """Cross-entropy of a text's label, in nats.

    Args:
        label_smoothing: Float in [0, 1): mass spread evenly over the labels in
            training. The dev measure has none.

    Reference:
        Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7.
    """

    unit = "texts"

    def __init__(self, label_smoothing=0.0):
        self.label_smoothing = check_smoothing(label_smoothing)

    def __call__(self, targets, logits):
        """Returns the smoothed loss of a batch, a scalar."""
        return ops.mean(smoothed_nats(targets, logits, self.label_smoothing))

    def total(self, targets, logits):
        """Returns `(sum of nats, number of texts)` without smoothing."""
        return float(ops.sum(smoothed_nats(targets, logits))), float(len(targets))

    def count(self, targets):
        """Returns how many texts a batch trains on, for the progress line."""
        return len(targets)
