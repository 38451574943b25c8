"""What the command line's arguments mean: the recipe asked for, on whose data."""

import dataclasses
import pathlib
import re

from zoo import recipes

# Kind of corpus, in `zoo.corpora.catalogue`, that one file of one's own makes, by task.
OWN_FILES = {
    "sentiment": "texts",
    "tag": "sentences",
    "translate": "pairs",
    "write": "characters",
}


def recipe_of(arguments):
    """The recipe asked for, on the corpus asked for."""
    recipe = recipes.get(arguments.recipe)
    if arguments.data:
        _name_corpus(arguments, recipe)
    if arguments.corpus not in (None, recipe.corpus):
        if recipe.task == "picture-words":
            raise ValueError(
                "`--corpus` must be left out: the picture encoder is trained on "
                f"{recipe.corpus} and lent to others. "
                f"Received: --corpus {arguments.corpus}"
            )
        name = f"{recipe.name}-{arguments.corpus}"
        if name in recipes.RECIPES:
            raise ValueError(
                f"`--corpus` must not make the name of a recipe. "
                f"Received: --corpus {arguments.corpus}, which makes {name}"
            )
        recipe = dataclasses.replace(
            recipe,
            name=name,
            title=f"{recipe.title} ({arguments.corpus})",
            corpus=arguments.corpus,
            shipped=False,
        )
    numbers = recipe.training
    if arguments.updates is not None:
        at_least_one("--updates", arguments.updates)
        numbers = dataclasses.replace(
            numbers,
            updates=arguments.updates,
            warmup=min(numbers.warmup, arguments.updates // 10),
            evaluate_every=min(numbers.evaluate_every, arguments.updates),
        )
    if arguments.evaluate_every is not None:
        at_least_one("--evaluate-every", arguments.evaluate_every)
        numbers = dataclasses.replace(numbers, evaluate_every=arguments.evaluate_every)
    return dataclasses.replace(recipe, training=numbers)


def _name_corpus(arguments, recipe):
    """Names the corpus of one's own file after the file, where no name is given."""
    if recipe.task not in OWN_FILES:
        raise ValueError(
            f"`--data` must be left out: {recipe.task} has no corpus of one file. "
            f"Received: --data {arguments.data}"
        )
    name = pathlib.Path(arguments.data).stem.lower()
    arguments.corpus = arguments.corpus or re.sub("[^a-z0-9]+", "-", name).strip("-")
    if not arguments.corpus:
        raise ValueError(
            "`--corpus NAME` must be given where the file's name has no letter or "
            f"digit of ASCII. Received: --data {arguments.data}"
        )
    if not pathlib.Path(arguments.data).is_file():
        raise ValueError(
            "`--data` must be a file that is there; what was made of one that is gone "
            f"goes by `--corpus {arguments.corpus}`. Received: --data {arguments.data}"
        )


def register(arguments, recipe):
    """Remembers one's own file under the name of its corpus, once it is sound."""
    from zoo.corpora import catalogue

    if arguments.data:
        kind = OWN_FILES[recipe.task]
        catalogue.register(recipe.corpus, kind, file=arguments.data)


def at_least_one(option, value):
    if value < 1:
        raise ValueError(f"{option} must be at least 1. Received: {value}")
