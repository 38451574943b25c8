"""What a language model's export chooses, counts and writes; see `zoo.export`."""

import math

import numpy as np
import tensorflow as tf

from zoo import arrays, train
from zoo.export import write_signatures
from zoo.models.ngram import NGram
from zoo.train import samples


def choose(recipe, model):
    """Measures the dev text, read as the artefact reads: from its first character on.

    There is nothing to choose beyond the checkpoint: temperature and the rest are the
    reader's. Training measures dev in as many rows as it has, which begin in the
    middle, a Transformer's every 256 characters; so its figure is a little higher.

    Args:
        recipe: The `Recipe`.
        model: What `zoo.train.build` made, with weights.

    Returns:
        The card's `dev`: nats and bits per character.
    """
    archive = arrays.open_array(recipe.corpus, "letters-dev.npz")
    reading = write_signatures.Reading(_writer(model), int(archive["begin"]))
    text = tf.RaggedTensor.from_tensor(archive["tokens"].astype(np.int32)[None])
    nats = float(tf.reduce_sum(tf.function(reading.score)(text))) / text.shape[1]
    return {
        "nats_per_character": round(nats, 4),
        "bits_per_character": round(nats / math.log(2), 4),
        "characters": int(text.shape[1]),
    }


def parameters(recipe, model):
    """Counts the weights of an artefact's parts.

    Returns:
        Dictionary: `total`, `decoder` (all but the character embeddings, which the
        softmax shares) and `embeddings`; of an n-gram, the numbers of its table.
    """
    writer = _writer(model)
    if isinstance(writer, NGram):
        return {"total": writer.count_params(), "embeddings": 0, "decoder": 0}
    embeddings, total = writer.embedding.count_params(), writer.count_params()
    return {
        "total": total,
        "decoder": total - embeddings,
        "embeddings": embeddings,
    }


def sizes(corpus):
    """Returns the card's sizes of a prepared corpus: characters by split, alphabet."""
    archives = {
        split: arrays.open_array(corpus, f"letters-{split}.npz")
        for split in arrays.SPLITS
    }
    return {
        "characters": {split: len(of["tokens"]) for split, of in archives.items()},
        "alphabet": "".join(map(chr, archives["train"]["known"].tolist())),
    }


def more(recipe):
    """Returns what else the card holds: the samples written along the training."""
    return {"progress": samples.read(train.folder(recipe) / "samples.jsonl")}


def write(folder, recipe, model, dev, dtype):
    """Writes the SavedModel.

    Args:
        folder: `pathlib.Path` of an existing, empty folder.
        recipe: The `Recipe`.
        model: What `zoo.train.build` made, with weights.
        dev: From `choose`; not used.
        dtype: Floating type of the shipped weights; an n-gram's counts are integers.
    """
    known = arrays.open_array(recipe.corpus, "letters-train.npz")["known"]
    write_signatures.write(folder, _writer(model), known, dtype)


def _writer(model):
    """The language model inside of what hands its state on in training."""
    return getattr(model, "writer", model)
