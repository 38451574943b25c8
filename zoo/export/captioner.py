"""From a finished training run to a published captioner."""

import json
import logging

import numpy as np
import tensorflow as tf

from zoo import arrays, artefact, train
from zoo.corpora import catalogue
from zoo.export import caption
from zoo.metrics import caption as caption_metrics
from zoo.models import build
from zoo.preprocess.words import Words
from zoo.train import grids, weights

# Searched on the dev split. A caption's length hangs on both, so both are tried.
WIDTHS = (1, 3, 5, 8)
PENALTIES = (0.0, 0.4, 0.8, 1.2)
BATCH = 100  # pictures

log = logging.getLogger(__name__)


def export(recipe, dtype="float16"):
    """Chooses the decoding on dev, writes the SavedModel and the start of its card.

    Args:
        recipe: The `Recipe`; its training must be finished.
        dtype: Floating type of the shipped weights.

    Returns:
        The card, a dictionary.

    Raises:
        FileNotFoundError: The recipe was not trained to its end.
        ValueError: It was trained with another picture encoder or vocabulary than
            those there are now.
    """
    run = train.folder(recipe)
    result = finished(recipe, run / "result.json")
    vocabulary = arrays.read_vocabulary(recipe.corpus)
    model = build(recipe, len(vocabulary))
    weights.load(run / "best.npz", model)
    encoder = grids.load_encoder(train.encoder_weights())
    table = choose(recipe, model, Words(vocabulary))
    best = max(table, key=lambda row: (row["cider"], -row["width"]))
    five = [row for row in table if row["width"] == 5]
    card = {
        "recipe": recipe.name,
        "task": recipe.task,
        "title": recipe.title,
        "summary": recipe.summary,
        "parameters": count_parameters(encoder, model),
        "corpus": {**catalogue.facts(recipe.corpus), "pictures": sizes(recipe.corpus)},
        "dev": {
            "width": best["width"],
            "length_penalty": best["length_penalty"],
            "length_penalty_beam5": max(five, key=lambda row: row["cider"])[
                "length_penalty"
            ],
            "table": table,
        },
        "training": result,
        "weights": dtype,
    }
    root = artefact.root() if recipe.shipped else artefact.comparisons()
    with artefact.publishing(recipe.name, root) as folder:
        caption.write(
            folder,
            encoder,
            model,
            vocabulary,
            best["width"],
            best["length_penalty"],
            dtype,
        )
        artefact.write_card(folder, card)
    return card


def finished(recipe, path):
    """Reads what training said of itself, if it belongs to the arrays of today.

    Args:
        recipe: The `Recipe`.
        path: `pathlib.Path` of the run's `result.json`.

    Returns:
        What it holds.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: The run's arrays were others.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: run `python -m zoo train {recipe.name}` to its end"
        )
    result = json.loads(path.read_text("utf-8"))
    for name, digest in train.facts(recipe).items():
        if result["began_with"][name] != digest:
            raise ValueError(
                f"`{name}` must be what {recipe.name} was trained with, and has "
                f"changed since: delete {path.parent} and train anew. "
                f"Received: {name} with sha256 {digest[:12]}"
            )
    return result


def choose(recipe, model, words):
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
    search = tf.function(caption.CaptionSearch(model), reduce_retracing=True)
    table = []
    for width in WIDTHS:
        for penalty in PENALTIES if width > 1 else (0.0,):
            said = []
            for begin in range(0, len(grid), BATCH):
                cells = tf.constant(np.asarray(grid[begin : begin + BATCH]))
                rows = len(cells)
                tokens, _ = search(
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


def count_parameters(encoder, model):
    """Counts the weights of an artefact's parts.

    Returns:
        Dictionary: `total`, `decoder` (all after the picture encoder but the word
        embeddings), `embeddings`, `picture_encoder`.
    """
    embeddings = model.embedding.count_params()
    decoder = model.count_params() - embeddings
    pictures = encoder.count_params()
    return {
        "total": decoder + embeddings + pictures,
        "decoder": decoder,
        "embeddings": embeddings,
        "picture_encoder": pictures,
    }


def sizes(corpus):
    """Returns the number of pictures in each split of a prepared corpus."""
    return {
        split: len(arrays.open_array(corpus, f"captions-{split}.npz")["names"])
        for split in arrays.SPLITS
    }


def lend_encoder(name):
    """Takes the picture encoder out of a shipped captioner, for training on others.

    Does nothing where an encoder was trained here.

    Args:
        name: Recipe name of a captioner.

    Raises:
        NotFound: There is no such artefact.
    """
    path = train.folder(train.PICTURE_ENCODER) / "encoder.npz"
    if path.exists():
        return
    loaded = artefact.open_model(artefact.locate(name))
    values = [variable.numpy() for variable in loaded.encoder_weights.stored]
    with arrays.replacing(path) as partial, open(partial, "wb") as file:
        np.savez(file, **{str(i): value for i, value in enumerate(values)})
    log.info("%s: the picture encoder of %s", path, name)
