"""Training: `run(recipe)` puts model, batches and objective together.

Keras only, on any backend; the arrays were prepared before.
"""

import hashlib

import keras

from zoo import arrays, corpora, recipes
from zoo.models import build
from zoo.train import batches, grids, objectives, weights
from zoo.train.fit import Run

OBJECTIVES = {
    "picture-words": objectives.WordCrossEntropy,
    "caption": objectives.TokenCrossEntropy,
}
PICTURE_ENCODER = recipes.PICTURE_WORDS


def folder(recipe):
    """Returns the folder of a recipe's checkpoints, log and best weights."""
    return corpora.build_folder() / "runs" / recipe.name


def encoder_weights():
    """Returns where the fine-tuned picture encoder's weights are.

    Raises:
        FileNotFoundError: It was not trained; the message says how to.
    """
    path = folder(PICTURE_ENCODER) / "encoder.npz"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: run `python -m zoo train {PICTURE_ENCODER.name}` first"
        )
    return path


def facts(recipe):
    """Returns the digests of what a recipe is trained on.

    Args:
        recipe: The `Recipe`.

    Returns:
        Dictionary from `vocabulary`, `captions` and, for a captioner, `encoder` to
        the sha256 of its content.
    """
    tokens = arrays.open_array(recipe.corpus, "captions-train.npz")["tokens"]
    words = "\n".join(arrays.read_vocabulary(recipe.corpus))
    made_of = {"vocabulary": words.encode("utf-8"), "captions": tokens.tobytes()}
    if recipe.task == "caption":
        made_of["encoder"] = encoder_weights().read_bytes()
    return {
        name: hashlib.sha256(content).hexdigest() for name, content in made_of.items()
    }


def run(recipe, precision="float32", start=None):
    """Trains a recipe, or resumes its training.

    Args:
        recipe: The `Recipe`.
        precision: Keras dtype policy: `"float32"`, `"mixed_float16"`,
            `"mixed_bfloat16"`.
        start: Function that puts published weights into the model before the first
            update, or None.

    Returns:
        Dictionary of what `result.json` holds.
    """
    train, dev = (_batches(recipe, split) for split in ("train", "dev"))
    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(recipe.training.seed)
    model = build(recipe, len(arrays.read_vocabulary(recipe.corpus)))
    if start is not None:
        start(model)
    objective = OBJECTIVES[recipe.task](recipe.training.label_smoothing)
    known = {"precision": precision, **facts(recipe)}
    result = Run(recipe, model, objective, train, dev, folder(recipe), known).fit()
    encoder = folder(recipe) / "encoder.npz"
    if recipe.task == "picture-words" and not encoder.exists():
        weights.load(folder(recipe) / "best.npz", model)
        weights.save(encoder, model.encoder)  # which is what was trained for
    return result


def _batches(recipe, split):
    """Opens the arrays a recipe's task needs."""
    if recipe.task == "picture-words":
        return batches.PictureWordBatches(recipe.corpus, split, recipe)
    encoded = grids.encode(recipe.corpus, split, encoder_weights())
    return batches.CaptionBatches(recipe.corpus, split, recipe, encoded)
