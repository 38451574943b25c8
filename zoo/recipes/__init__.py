"""The table of recipes: which task, which architecture, which numbers, and why.

A recipe is data. `zoo.models.build` turns its `model` options into a Keras model and
`zoo.train` reads its `training` numbers. What all recipes of a task share beyond them
stands where it is used: the vocabulary in `zoo.prepare`, the widths and penalties that
are tried on dev in `zoo.export`.
"""

import dataclasses
import difflib

from zoo import architectures
from zoo.recipes import caption, sentiment, tag, write
from zoo.recipes.caption import EQUAL_WIDTH, PICTURE_WORDS
from zoo.recipes.recipe import Recipe, Training

__all__ = [
    "COMPARISONS",
    "EQUAL_WIDTH",
    "PICTURE_WORDS",
    "RECIPES",
    "Recipe",
    "Training",
    "get",
    "of_task",
]

# Beginnings of the names of recipes that are still to be trained.
TO_COME = (
    "sentiment-en-",
    "sentiment-ko-rnn",
    "sentiment-ko-transformer",
    "tag-en-",
    "write-",
)

# Trained to compare, at one width or with another reading; on no page.
COMPARISONS = {
    recipe.name
    for recipe in [
        *EQUAL_WIDTH,
        *sentiment.EQUAL_WIDTH,
        *sentiment.UNITS,
        *tag.EQUAL_WIDTH,
        *write.EQUAL_WIDTH,
    ]
    if not recipe.shipped
}

RECIPES = {
    recipe.name: dataclasses.replace(
        recipe, shipped=recipe.shipped and not recipe.name.startswith(TO_COME)
    )
    for recipe in [
        PICTURE_WORDS,
        *caption.RECIPES,
        *EQUAL_WIDTH,
        *sentiment.RECIPES,
        *sentiment.EQUAL_WIDTH,
        *sentiment.UNITS,
        *tag.RECIPES,
        *tag.EQUAL_WIDTH,
        *write.RECIPES,
        *write.EQUAL_WIDTH,
    ]
}


def get(name):
    """Looks a recipe up by name.

    Args:
        name: Recipe name, for example `"caption-lstm"`.

    Returns:
        The `Recipe`.

    Raises:
        ValueError: There is no such recipe; the message lists the nearest names.

    >>> get("picture-words").training.batch
    32
    """
    if name in RECIPES:
        return RECIPES[name]
    if name in architectures.ARCHITECTURES:
        trained = [known for known in RECIPES if known.endswith(f"-{name}")]
        raise ValueError(
            f"`name` must be the name of a recipe, and {name} is an architecture. Its "
            f"recipes: {', '.join(trained) or 'none yet'}. Received: name={name!r}"
        )
    near = difflib.get_close_matches(str(name), RECIPES, n=3) or sorted(RECIPES)
    raise ValueError(
        f"`name` must be the name of a recipe. Received: name={name!r}. "
        f"Did you mean: {', '.join(near)}?"
    )


def of_task(task):
    """Lists the shipped recipes of a task, in the order of the table.

    Args:
        task: For example `"caption"`.

    Returns:
        List of `Recipe`.
    """
    recipes = RECIPES.values()
    return [recipe for recipe in recipes if recipe.task == task and recipe.shipped]
