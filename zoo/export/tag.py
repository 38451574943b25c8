"""What a tagger's export chooses, counts and writes; see `zoo.export`."""

import logging

import numpy as np

from zoo import arrays
from zoo.export import tag_signatures
from zoo.models.tagger import build_tagger
from zoo.prepare.tag import open_words
from zoo.preprocess.sentence_words import SentenceWords
from zoo.recipes.tag import language
from zoo.train import tag

log = logging.getLogger(__name__)


def choose(recipe, model):
    """Measures the dev split; nothing is left to choose but what training chose.

    Args:
        recipe: The `Recipe`.
        model: `zoo.models.tagger.Tagger` with its weights.

    Returns:
        The card's `dev`: accuracy on gold words, in %.
    """
    objective, wrong, count = tag.objective(recipe), 0.0, 0.0
    for inputs, targets in tag.batches(recipe, "dev").whole():
        missed, words = objective.total(targets, model.predict_on_batch(inputs))
        wrong, count = wrong + missed, count + words
    found = {"accuracy": round(100 * (1 - wrong / count), 2), "words": int(count)}
    log.info("dev: %s", found)
    return found


def without_fine_tags(recipe, model):
    """Makes the tagger that ships: no finer tags, which it learned beside the others.

    Args:
        recipe: The `Recipe`.
        model: `zoo.models.tagger.Tagger` with its weights.

    Returns:
        `Tagger` of the universal tags alone, which says of them what `model` says.
    """
    classes = recipe.model["classes"]
    characters = model.words["spelling"]["characters"]
    options = tag.sized(recipe.model, characters, fine=0)
    small = build_tagger(options, model.vocabulary_size)
    *encoder, kernel, bias = model.get_weights()  # the softmax's are the last
    small.set_weights([*encoder, kernel[:, :classes], bias[:classes]])
    return small


def parameters(recipe, model):
    """Counts the weights of an artefact's parts.

    Returns:
        Dictionary: `total`, `embeddings` of words and characters, and `encoder`, which
        is all the rest.
    """
    total = without_fine_tags(recipe, model).count_params()
    tables = (model.enter.embedding, model.enter.spell.embedding)
    embeddings = sum(table.count_params() for table in tables)
    return {"total": total, "encoder": total - embeddings, "embeddings": embeddings}


def sizes(corpus):
    """Returns the card's sizes of a prepared corpus: sentences and words by split."""
    starts = {
        split: arrays.open_array(corpus, f"sentences-{split}.npz")["starts"]
        for split in arrays.SPLITS
    }
    return {
        "sentences": {split: len(places) - 1 for split, places in starts.items()},
        "words": {split: int(places[-1]) for split, places in starts.items()},
    }


def write(folder, recipe, model, dev, dtype):
    """Writes the SavedModel.

    Args:
        folder: `pathlib.Path` of an existing, empty folder.
        recipe: The `Recipe`.
        model: `zoo.models.tagger.Tagger` with its weights.
        dev: From `choose`.
        dtype: Floating type of the shipped weights.
    """
    code = language(recipe.name)
    exceptions = arrays.open_array(recipe.corpus, f"exceptions-{code}.npy")
    tag_signatures.write(
        folder,
        without_fine_tags(recipe, model),
        open_words(recipe.corpus),
        SentenceWords(code, np.asarray(exceptions).tolist()),
        dtype,
    )
