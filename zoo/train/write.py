"""What the training of language models needs: long texts, a chunk an update."""

import hashlib

import numpy as np

from zoo import arrays, corpora, models
from zoo.models.chunk_reader import ChunkReader
from zoo.tokens import FIRST_WORD, PAD
from zoo.train import counted
from zoo.train.chunks import Chunks
from zoo.train.objectives import TokenCrossEntropy
from zoo.train.samples import Samples


class CharacterCrossEntropy(TokenCrossEntropy):
    """Cross-entropy of the next character, in nats."""

    unit = "characters"


class TextBatches:
    """One long text as rows that are read side by side, a chunk of each an update.

    Args:
        tokens: `[N]` integers.
        rows: Integer B.
        length: Integer T.
        seed: Integer.

    Raises:
        ValueError: By `at`: the text is too short for one chunk.
    """

    def __init__(self, tokens, rows, length, seed):
        self.tokens = tokens.astype(np.int32)
        self.rows = rows
        self.length = length
        self.seed = seed
        self.chunks = None

    def at(self, update):
        """Returns `({tokens [B, T], begins [B]}, next tokens [B, T])`."""
        if self.chunks is None:  # dev may be too short for it, and is never asked
            self.chunks = Chunks(self.tokens, self.rows, self.length, self.seed)
        tokens, following = self.chunks.at(update)
        return self._with_begins(tokens, self.chunks.begins(update)), following

    def whole(self):
        """Yields the text once, in order, as B rows; the last chunk is filled up."""
        each = max((len(self.tokens) - 1) // self.rows, 1)  # characters a row
        places = each * np.arange(self.rows)[:, None] + np.arange(each)  # [B, each]
        places = np.minimum(places, len(self.tokens) - 2)
        missing = -each % self.length
        filling = [[0, 0], [0, missing]]
        tokens = np.pad(self.tokens[places], filling, constant_values=PAD)
        following = np.pad(self.tokens[places + 1], filling, constant_values=PAD)
        for begin in range(0, each, self.length):
            part = slice(begin, begin + self.length)
            yield self._with_begins(tokens[:, part], begin == 0), following[:, part]

    def _with_begins(self, tokens, begins):
        return {"tokens": tokens, "begins": np.full(self.rows, begins)}


def count(recipe, folder):
    """Counts an n-gram, which has no gradient; None for a network."""
    return counted.run(recipe, folder) if _is_counted(recipe) else None


def build(recipe):
    """Makes the model, with weights as they are before training."""
    if _is_counted(recipe):
        return counted.build(recipe)
    known = _archive(recipe, "train")["known"]
    writer = models.build(recipe, FIRST_WORD + len(known))
    return ChunkReader(writer, recipe.training.batch)


def objective(recipe):
    """Returns what is minimised, and measured on dev."""
    return CharacterCrossEntropy(recipe.training.label_smoothing)


def batches(recipe, split):
    """Opens the chunks of a split."""
    numbers = recipe.training
    tokens = _archive(recipe, split)["tokens"]
    return TextBatches(tokens, numbers.batch, numbers.length, numbers.seed)


def facts(recipe):
    """Returns the digests of the training text and its alphabet."""
    archive = _archive(recipe, "train")
    return {
        name: hashlib.sha256(archive[name].tobytes()).hexdigest()
        for name in ("tokens", "known")
    }


def watch(recipe, model):
    """Returns what writes a sample now and then."""
    numbers = recipe.training
    path = corpora.build_folder() / "runs" / recipe.name / "samples.jsonl"
    dev = _archive(recipe, "dev")
    return Samples(model.writer, dev, path, numbers.updates, numbers.seed)


def _is_counted(recipe):
    return recipe.architecture == "markov"


def _archive(recipe, split):
    return arrays.open_array(recipe.corpus, f"letters-{split}.npz")
