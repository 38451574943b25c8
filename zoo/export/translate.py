"""What a translator's export chooses, counts and writes; see `zoo.export`."""

import logging

import tensorflow as tf

from zoo import arrays
from zoo.corpora import catalogue
from zoo.export import translate_signatures
from zoo.export.beam_search import best_of
from zoo.export.translate_signatures import TranslationSearch
from zoo.metrics import translation as metrics
from zoo.prepare.translate import open_pieces

# Searched on the dev split. A translation's length hangs on both, so both are tried.
WIDTHS = (1, 3, 5, 8)
PENALTIES = (0.0, 0.5, 1.0, 1.5)
BATCH = 64  # sentences

log = logging.getLogger(__name__)


def choose(recipe, model):
    """Chooses the decoding on the dev split.

    Args:
        recipe: The `Recipe`.
        model: `zoo.models.translator.Translator` with its weights.

    Returns:
        The card's `dev`: the best width and penalty by BLEU, the best penalty for
        width 5, and the table that they were chosen from.
    """
    return best_of(search(recipe, model), "bleu")


def search(recipe, model):
    """Translates the dev split in every way and scores each.

    Args:
        recipe: The `Recipe`.
        model: `zoo.models.translator.Translator` with its weights.

    Returns:
        List of dictionaries `width`, `length_penalty`, `bleu` (cased, 13a).
    """
    pairs = catalogue.load(recipe.corpus, "dev")
    order = sorted(range(len(pairs)), key=lambda row: len(pairs[row].source))
    sources = [pairs[row].source for row in order]
    references = [pairs[row].target for row in order]
    translation = TranslationSearch(model, open_pieces(recipe.corpus))

    @tf.function(reduce_retracing=True)
    def translate(text, width, penalty):
        tokens, _ = translation.best(translation.read(text), width, penalty)
        return translation.write(tokens[:, 0])

    table = []
    for width in WIDTHS:
        for penalty in PENALTIES if width > 1 else (0.0,):
            said = []
            for begin in range(0, len(sources), BATCH):
                some = sources[begin : begin + BATCH]
                rows = len(some)
                text = translate(
                    tf.constant(some), tf.fill([rows], width), tf.fill([rows], penalty)
                )
                said += [sentence.decode() for sentence in text.numpy()]
            value = float(metrics.bleu_of(metrics.statistics(said, references).sum(0)))
            row = {"width": width, "length_penalty": penalty, "bleu": round(value, 2)}
            log.info("dev: %s", row)
            table.append(row)
    return table


def parameters(recipe, model):
    """Counts the weights of an artefact's parts.

    Returns:
        Dictionary: `total`, `embeddings` (source, target and softmax share them),
        `encoder`, and `decoder`, which is all the rest.
    """
    total, embeddings = model.count_params(), model.embedding.count_params()
    encoder = model.encoder.count_params()
    return {
        "total": total,
        "embeddings": embeddings,
        "encoder": encoder,
        "decoder": total - embeddings - encoder,
    }


def sizes(corpus):
    """Returns the card's sizes of a prepared corpus: pairs by split, and the pieces."""
    counts = {
        split: len(arrays.open_array(corpus, f"pairs-{split}.npz")["names"])
        for split in arrays.SPLITS
    }
    return {"pairs": counts, "pieces": open_pieces(corpus).size}


def write(folder, recipe, model, dev, dtype):
    """Writes the SavedModel, with what dev chose.

    Args:
        folder: `pathlib.Path` of an existing, empty folder.
        recipe: The `Recipe`.
        model: `zoo.models.translator.Translator` with its weights.
        dev: From `choose`.
        dtype: Floating type of the shipped weights.
    """
    translate_signatures.write(
        folder,
        model,
        open_pieces(recipe.corpus),
        dev["width"],
        dev["length_penalty"],
        dtype,
    )
