"""What the training of captioners needs: grids, captions and their cross-entropy."""

import hashlib

from zoo import arrays, corpora, models, recipes
from zoo.train import batches as batches_of
from zoo.train import grids, objectives


def encoder_weights():
    """Returns where the fine-tuned picture encoder's weights are.

    Raises:
        FileNotFoundError: It was not trained; the message says how to.
    """
    name = recipes.PICTURE_WORDS.name
    path = corpora.build_folder() / "runs" / name / "encoder.npz"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: run `python -m zoo train {name}` first"
        )
    return path


def facts(recipe):
    """Returns the digests of what a recipe is trained on."""
    found = facts_of_captions(recipe)
    encoder = hashlib.sha256(encoder_weights().read_bytes())
    return {**found, "encoder": encoder.hexdigest()}


def facts_of_captions(recipe):
    """Returns the digests of vocabulary and captions."""
    tokens = arrays.open_array(recipe.corpus, "captions-train.npz")["tokens"]
    words = "\n".join(arrays.read_vocabulary(recipe.corpus))
    return {
        "vocabulary": hashlib.sha256(words.encode("utf-8")).hexdigest(),
        "captions": hashlib.sha256(tokens.tobytes()).hexdigest(),
    }


def build(recipe):
    """Makes the model, with weights as they are before training."""
    return models.build(recipe, len(arrays.read_vocabulary(recipe.corpus)))


def objective(recipe):
    """Returns what is minimised, and measured on dev."""
    return objectives.TokenCrossEntropy(recipe.training.label_smoothing)


def batches(recipe, split):
    """Opens the batches of a split; encodes its pictures the first time."""
    encoded = grids.encode(recipe.corpus, split, encoder_weights())
    return batches_of.CaptionBatches(recipe.corpus, split, recipe, encoded)
