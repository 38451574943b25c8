"""What the training of taggers needs: sentences of like length, and their tags.

Beside the universal tag of a word, the treebank's own finer one is learnt (NNS and not
just NOUN; in Korean, the parts of speech of all morphemes). It costs some columns of
the last layer, which are not asked for when tagging, and teaches the encoder what the
universal tag alone does not tell.
"""

import functools
import hashlib

import numpy as np
from keras import ops

from zoo import arrays
from zoo.models.tagger import build_tagger
from zoo.tokens import FIRST_WORD, PAD
from zoo.train import buckets
from zoo.train.batches import Shuffled
from zoo.train.objectives import check_smoothing, mean_where, smoothed_nats

NO_TAG = -1  # the target of padding, and of rare finer tags
FINE_WEIGHT = 0.2  # of the finer tags' loss, against 1 for the universal ones'
MULTIPLE = 4  # lengths are rounded up to it: few shapes to compile, little padding


def build(recipe):
    """Makes the model, with weights as they are before training."""
    words = len(arrays.read_vocabulary(recipe.corpus))
    characters = FIRST_WORD + len(arrays.open_array(recipe.corpus, "characters.npy"))
    fine = len(arrays.open_array(recipe.corpus, "fine-tags.npy"))
    return build_tagger(sized(recipe.model, characters, fine), words)


def sized(options, characters, fine):
    """Puts what a corpus decides among a tagger's options.

    Args:
        options: A recipe's `model`.
        characters: Integer, the number of character ids.
        fine: Integer, the number of finer tags, whose logits follow on those of the
            universal ones.

    Returns:
        Dictionary of the options of `Tagger`.
    """
    spelling = {**options["words"]["spelling"], "characters": characters}
    words = {**options["words"], "spelling": spelling}
    return {**options, "classes": options["classes"] + fine, "words": words}


def batches(recipe, split):
    """Opens the batches of a split."""
    return SentenceBatches(recipe.corpus, split, recipe.training)


def objective(recipe):
    """Returns what is minimised, and measured on dev."""
    return TagCrossEntropy(recipe.model["classes"], recipe.training.label_smoothing)


def facts(recipe):
    """Returns the digests of what a recipe is trained on."""
    words = "\n".join(arrays.read_vocabulary(recipe.corpus))
    arrays_of = arrays.open_array(recipe.corpus, "sentences-train.npz")
    digest = hashlib.sha256()
    for name in ("words", "characters", "tags", "starts"):
        digest.update(np.ascontiguousarray(arrays_of[name]).tobytes())
    return {
        "vocabulary": hashlib.sha256(words.encode("utf-8")).hexdigest(),
        "sentences": digest.hexdigest(),
    }


class SentenceBatches:
    """Sentences of like length together, padded to the longest.

    Args:
        corpus: Name of a prepared corpus.
        split: `"train"` gives shuffled batches through `at`; every split gives all
            sentences in order through `whole`.
        training: `zoo.recipes.Training`.
    """

    def __init__(self, corpus, split, training):
        self.arrays = arrays.open_array(corpus, f"sentences-{split}.npz")
        self.starts = self.arrays["starts"]
        self.lengths = np.diff(self.starts)  # [P]
        self.batch = training.batch
        if split == "train":  # other splits may hold fewer sentences than a batch
            arrange = functools.partial(
                buckets.by_length, lengths=self.lengths, batch=self.batch
            )
            self.shuffled = Shuffled(
                len(self.lengths), self.batch, training.seed, arrange
            )

    def at(self, update):
        """Returns `({words [B, S], characters [B, S, C]}, tags [B, S, 2])`."""
        return self._cut(self.shuffled.rows(update))

    def whole(self):
        """Yields the split once, in order, a batch at a time."""
        for begin in range(0, len(self.lengths), self.batch):
            yield self._cut(np.arange(len(self.lengths))[begin : begin + self.batch])

    def _cut(self, rows):
        longest = int(self.lengths[rows].max())
        length = -(-longest // MULTIPLE) * MULTIPLE
        steps = np.arange(length)
        real = steps < self.lengths[rows, None]  # [B, S]
        places = np.where(real, self.starts[rows, None] + steps, 0)  # [B, S]
        words = np.where(real, self.arrays["words"][places], PAD)
        characters = self.arrays["characters"][places]  # [B, S, C]
        characters = np.where(real[..., None], characters, PAD)
        tags = np.where(real[..., None], self.arrays["tags"][places], NO_TAG)
        return {"words": words, "characters": characters}, tags


class TagCrossEntropy:
    """Cross-entropy of each word's tags, in nats, averaged over the words.

        loss = nats(universal tag) + FINE_WEIGHT * nats(finer tag)

    The dev measure is what the figures are of: the share of words whose universal tag
    is wrong.

    Args:
        classes: Positive integer C, the number of universal tags; their logits come
            first, those of the finer tags after them.
        label_smoothing: Float in [0, 1): mass spread evenly over the tags in training.

    Raises:
        ValueError: `label_smoothing` is out of range.

    Reference:
        Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7;
        Caruana 1997, "Multitask Learning", for the second tag.
    """

    unit = "words"

    def __init__(self, classes, label_smoothing=0.0):
        self.classes = classes
        self.label_smoothing = check_smoothing(label_smoothing)

    def __call__(self, targets, logits):
        """Returns the smoothed loss of a batch, a scalar."""
        loss = self._nats(targets[..., 0], logits[..., : self.classes])
        if logits.shape[-1] > self.classes:
            fine = self._nats(targets[..., 1], logits[..., self.classes :])
            loss = loss + FINE_WEIGHT * fine
        return loss

    def _nats(self, targets, logits):
        """Smoothed nats of one kind of tags, a scalar; NO_TAG counts for nothing."""
        nats = smoothed_nats(targets, logits, self.label_smoothing)  # [B, S]
        return mean_where(targets != NO_TAG, nats)

    def total(self, targets, logits):
        """Returns `(number of words tagged wrongly, number of words)`."""
        logits = ops.convert_to_numpy(logits)[..., : self.classes]
        tags = targets[..., 0]
        real = tags != NO_TAG
        wrong = (logits.argmax(axis=-1) != tags) & real
        return float(wrong.sum()), float(real.sum())

    def count(self, targets):
        """Returns how many words a batch trains on, for the progress line."""
        return int((targets[..., 0] != NO_TAG).sum())
