"""Training: `run(recipe)` puts model, batches and objective together.

Keras only, on any backend; the arrays were prepared before. Each task has a module
that gives what is its own:

    build(recipe)             the Keras model, with weights as they are before training
    batches(recipe, split)    `at(update)` for training, `whole()` for dev
    objective(recipe)         what is minimised, and measured on dev
    facts(recipe)             sha256 of each thing that it is trained on, by name
    watch(recipe, model)      optional: a function of the update's number that is
                              called before the first update and after each
    finish(recipe, model, folder)   optional: what is left to do after the last update
    count(recipe, folder)     optional: the result of a recipe that has no gradient and
                              is counted; None for all others
"""

import keras

from zoo import corpora
from zoo.train import caption, picture_words, sentiment, tag, translate, write
from zoo.train.caption import encoder_weights
from zoo.train.fit import Run

__all__ = ["TASKS", "build", "encoder_weights", "facts", "folder", "run"]

TASKS = {
    "picture-words": picture_words,
    "caption": caption,
    "sentiment": sentiment,
    "tag": tag,
    "translate": translate,
    "write": write,
}


def folder(recipe):
    """Returns the folder of a recipe's checkpoints, log and best weights."""
    return corpora.build_folder() / "runs" / recipe.name


def build(recipe):
    """Makes a recipe's model for its prepared corpus, with weights.

    Args:
        recipe: The `Recipe`.

    Returns:
        Keras model.

    Raises:
        FileNotFoundError: The corpus was not prepared.
    """
    return TASKS[recipe.task].build(recipe)


def facts(recipe):
    """Returns the digests of what a recipe is trained on.

    Args:
        recipe: The `Recipe`.

    Returns:
        Dictionary from a name, such as `vocabulary`, to the sha256 of its content.
    """
    return TASKS[recipe.task].facts(recipe)


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
    task = TASKS[recipe.task]
    counted = task.count(recipe, folder(recipe)) if hasattr(task, "count") else None
    if counted is not None:
        return counted
    train, dev = (task.batches(recipe, split) for split in ("train", "dev"))
    keras.config.set_dtype_policy(precision)
    keras.utils.set_random_seed(recipe.training.seed)
    model = task.build(recipe)
    if start is not None:
        start(model)
    known = {"precision": precision, **task.facts(recipe)}
    objective = task.objective(recipe)
    training = Run(recipe, model, objective, train, dev, folder(recipe), known)
    watch = task.watch(recipe, model) if hasattr(task, "watch") else None
    result = training.fit(watch)
    if hasattr(task, "finish"):
        task.finish(recipe, model, folder(recipe))
    return result
