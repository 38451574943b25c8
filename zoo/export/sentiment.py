"""What a sentiment classifier's export chooses, counts and writes; see `zoo.export`."""

import dataclasses
import logging

import numpy as np
import tensorflow as tf

from zoo import arrays
from zoo.corpora import catalogue
from zoo.export import sentiment_signatures
from zoo.prepare.sentiment import open_pieces
from zoo.train import sentiment

BATCH = 64  # texts
WHOLE = 2000  # ids: of a text so long, all is read for the comparison of cuts

log = logging.getLogger(__name__)


def choose(recipe, model):
    """Measures the dev split; nothing is left to choose but what training chose.

    Args:
        recipe: The `Recipe`.
        model: `zoo.models.classifier.Classifier` with its weights.

    Returns:
        The card's `dev`: accuracy in %, nats a text, and under `cut` the accuracy if
        the same model read other parts of texts too long.
    """
    objective = sentiment.LabelCrossEntropy()
    right, nats, count = 0, 0.0, 0.0
    for tokens, labels in sentiment.batches(recipe, "dev").whole():
        logits = model.predict_on_batch(tokens)
        right += int((logits.argmax(axis=1) == labels).sum())
        total, texts = objective.total(labels, logits)
        nats, count = nats + total, count + texts
    found = {
        "accuracy": round(100 * right / count, 2),
        "nats": round(nats / count, 4),
        "cut": cuts(recipe.corpus, model),
    }
    log.info("dev: %s", found)
    return found


def cuts(corpus, model):
    """Measures what reading other parts of texts too long would do.

    Args:
        corpus: Name of a prepared corpus.
        model: `zoo.models.classifier.Classifier` with its weights.

    Returns:
        Dictionary: `ids`, the most that are read; how many texts have more,
        `texts_cut`, of how many `texts`; and the accuracy in % on those alone when the
        model reads `as_shipped`, only the `head`, only the `tail`, or the `whole` text.
    """
    pieces = open_pieces(corpus)
    shipped = pieces.reading
    most = shipped.head + shipped.tail
    pieces.reading = dataclasses.replace(shipped, head=WHOLE, tail=0)
    texts = catalogue.load(corpus, "dev")
    whole = pieces.tokenize(tf.constant([example.text for example in texts])).to_list()
    long = [row for row, tokens in enumerate(whole) if len(tokens) > most]
    labels = np.array([texts[row].label for row in long])
    found = {"ids": most, "texts": len(texts), "texts_cut": len(long)}
    ways = {
        "as_shipped": shipped,
        "head": dataclasses.replace(shipped, head=most, tail=0),
        "tail": dataclasses.replace(shipped, head=0, tail=most),
        "whole": pieces.reading,
    }
    for way, reading in ways.items() if long else ():
        said = _verdicts(model, [reading.cut(whole[row]) for row in long])
        found[way] = round(100 * float((said == labels).mean()), 2)
    return found


def _verdicts(model, rows):
    """The label that a model gives each list of ids, `[rows]`."""
    order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    said = np.empty(len(rows), int)
    for begin in range(0, len(order), BATCH):
        some = order[begin : begin + BATCH]
        tokens = tf.ragged.constant([rows[row] for row in some], tf.int32).to_tensor()
        said[some] = model.predict_on_batch(tokens).argmax(axis=1)
    return said


def parameters(recipe, model):
    """Counts the weights of an artefact's parts.

    Returns:
        Dictionary: `total`, `embeddings`, and `encoder`, which is all the rest.
    """
    total, embeddings = model.count_params(), model.enter.count_params()
    return {
        "total": total,
        "encoder": total - embeddings,
        "embeddings": embeddings,
    }


def sizes(corpus):
    """Returns the card's sizes of a prepared corpus: texts by split, and its units."""
    counts = {
        split: len(arrays.open_array(corpus, f"texts-{split}.npz")["labels"])
        for split in arrays.SPLITS
    }
    pieces = open_pieces(corpus)
    reading = dataclasses.asdict(pieces.reading) | {"size": pieces.size}
    return {"texts": counts, "reading": reading}


def write(folder, recipe, model, dev, dtype):
    """Writes the SavedModel.

    Args:
        folder: `pathlib.Path` of an existing, empty folder.
        recipe: The `Recipe`.
        model: `zoo.models.classifier.Classifier` with its weights.
        dev: From `choose`.
        dtype: Floating type of the shipped weights.
    """
    sentiment_signatures.write(folder, model, open_pieces(recipe.corpus), dtype)
