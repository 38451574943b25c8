"""The table of recipes: which task, which architecture, which numbers, and why.

A recipe is data. `zoo.models.build` turns its `model` options into a Keras model and
`zoo.train` reads its `training` numbers. What all recipes of a task share beyond them
stands where it is used: the vocabulary in `zoo.prepare`, the widths and penalties that
are tried on dev in `zoo.export`.
"""

import difflib

from zoo import architectures
from zoo.recipes import caption, sentiment, tag, translate, write
from zoo.recipes.caption import PICTURE_WORDS
from zoo.recipes.recipe import Recipe, Training

__all__ = [
    "COMPARISONS",
    "EQUAL_WIDTH",
    "PICTURE_WORDS",
    "RECIPES",
    "TASKS",
    "Recipe",
    "Training",
    "get",
    "of_task",
]

TASKS = {
    "caption": caption,
    "sentiment": sentiment,
    "tag": tag,
    "translate": translate,
    "write": write,
}
# By task: the second reading, RNN, GRU and LSTM of one width instead of one budget.
EQUAL_WIDTH = {name: task.EQUAL_WIDTH for name, task in TASKS.items()}
# By task: all that is trained to compare, and is on no page.
COMPARISONS = {
    name: [recipe for recipe in task.COMPARISONS if not recipe.shipped]
    for name, task in TASKS.items()
}

RECIPES = {
    recipe.name: recipe
    for recipe in [
        PICTURE_WORDS,
        *(
            recipe
            for name, task in TASKS.items()
            for recipe in [*task.RECIPES, *COMPARISONS[name]]
        ),
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
