"""What a captioner's export chooses, counts and writes; see `zoo.export`."""

import logging

import numpy as np
import tensorflow as tf

from zoo import arrays, artefact, recipes, train
from zoo.corpora import catalogue
from zoo.export import caption
from zoo.export.beam_search import best_of
from zoo.metrics import caption as caption_metrics
from zoo.preprocess.words import Words
from zoo.train import grids

# Searched on the dev split. A caption's length hangs on both, so both are tried.
WIDTHS = (1, 3, 5, 8)
PENALTIES = (0.0, 0.4, 0.8, 1.2)
BATCH = 100  # pictures

log = logging.getLogger(__name__)


def choose(recipe, model):
    """Chooses the decoding on the dev split.

    Args:
        recipe: The `Recipe`.
        model: `zoo.models.caption.Captioner` with its weights.

    Returns:
        The card's `dev`: the best width and penalty by CIDEr, the best penalty for
        width 5, and the table that they were chosen from.
    """
    words = Words(arrays.read_vocabulary(recipe.corpus))
    return best_of(search(recipe, model, words), "cider")


def write(folder, recipe, model, dev, dtype):
    """Writes the SavedModel, with the picture encoder and what dev chose.

    Args:
        folder: `pathlib.Path` of an existing, empty folder.
        recipe: The `Recipe`.
        model: `zoo.models.caption.Captioner` with its weights.
        dev: From `choose`.
        dtype: Floating type of the shipped weights.
    """
    caption.write(
        folder,
        _encoder(),
        model,
        arrays.read_vocabulary(recipe.corpus),
        dev["width"],
        dev["length_penalty"],
        dtype,
    )


def _encoder():
    return grids.load_encoder(train.encoder_weights())


def search(recipe, model, words):
    """Captions the dev split in every way and scores each.

    Args:
        recipe: The `Recipe`.
        model: `zoo.models.caption.Captioner` with its weights.
        words: `zoo.preprocess.words.Words`.

    Returns:
        List of dictionaries `width`, `length_penalty`, `bleu4`, `cider` (x 100).
    """
    grid = grids.encode(recipe.corpus, "dev", train.encoder_weights())[0]
    pictures = catalogue.load(recipe.corpus, "dev")
    references = {picture.name: list(picture.captions) for picture in pictures}
    decode = tf.function(caption.CaptionSearch(model), reduce_retracing=True)
    table = []
    for width in WIDTHS:
        for penalty in PENALTIES if width > 1 else (0.0,):
            said = []
            for begin in range(0, len(grid), BATCH):
                cells = tf.constant(np.asarray(grid[begin : begin + BATCH]))
                rows = len(cells)
                tokens, _ = decode(
                    cells, tf.fill([rows], width), tf.fill([rows], penalty)
                )
                said.extend(words.detokenize(tokens[:, 0]).numpy().tolist())
            captions = {
                picture.name: text.decode()
                for picture, text in zip(pictures, said, strict=True)
            }
            scores = caption_metrics.score(captions, references, resamples=1)
            row = {"width": width, "length_penalty": penalty}
            for metric in ("bleu4", "cider"):
                row[metric] = round(scores[metric].value, 2)
            log.info("dev: %s", row)
            table.append(row)
    return table


def parameters(recipe, model):
    """Counts the weights of an artefact's parts.

    Returns:
        Dictionary: `total`, `decoder` (all after the picture encoder but the word
        embeddings), `embeddings`, `picture_encoder`.
    """
    embeddings = model.embedding.count_params()
    decoder = model.count_params() - embeddings
    pictures = _encoder().count_params()
    return {
        "total": decoder + embeddings + pictures,
        "decoder": decoder,
        "embeddings": embeddings,
        "picture_encoder": pictures,
    }


def sizes(corpus):
    """Returns the card's sizes of a prepared corpus: pictures by split."""
    return {
        "pictures": {
            split: len(arrays.open_array(corpus, f"captions-{split}.npz")["names"])
            for split in arrays.SPLITS
        }
    }


def lend_encoder(name):
    """Takes the picture encoder out of a shipped captioner, for training on others.

    Does nothing where an encoder was trained here.

    Args:
        name: Recipe name of a captioner.

    Raises:
        NotFound: There is no such artefact.
    """
    path = train.folder(recipes.PICTURE_WORDS) / "encoder.npz"
    if path.exists():
        return
    loaded = artefact.open_model(artefact.locate(name))
    values = [variable.numpy() for variable in loaded.encoder_weights.stored]
    with arrays.replacing(path) as partial, open(partial, "wb") as file:
        np.savez(file, **{str(i): value for i, value in enumerate(values)})
    log.info("%s: the picture encoder of %s", path, name)
