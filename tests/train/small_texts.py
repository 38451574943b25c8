"""A small prepared text, and recipes small enough to train in a test."""

import dataclasses

import numpy as np

from zoo import arrays, recipes
from zoo.tokens import FIRST_WORD

LETTERS = "\n abcde"
BEGIN = FIRST_WORD  # the line feed's id


def prepare(corpus, sizes=None, seed=1):
    """Writes the arrays of a made-up text whose letters follow a simple chain."""
    random = np.random.default_rng(seed)
    known = np.array(sorted(map(ord, LETTERS)), np.int32)
    for split, size in (sizes or {"train": 400, "dev": 90, "test": 60}).items():
        steps = random.choice([1, 1, 1, 2, 5], size)
        tokens = FIRST_WORD + np.cumsum(steps) % len(LETTERS)
        path = arrays.folder(corpus) / f"letters-{split}.npz"
        with arrays.replacing(path) as partial, open(partial, "wb") as file:
            np.savez(
                file,
                tokens=tokens.astype(np.uint16),
                known=known,
                begin=BEGIN,
                sha256="made up",
            )


def recipe_of(architecture, **numbers):
    """A recipe of the zoo made small: 4 rows of 8 characters, 12 updates."""
    recipe = recipes.get(f"write-shakespeare-{architecture}")
    decoder = dict(recipe.model.get("decoder", {}))
    small = {"units": 6, "window": 4, "intermediate_dim": 8, "num_heads": 2}
    decoder.update({name: small[name] for name in small.keys() & decoder.keys()})
    if "num_layers" in decoder:
        decoder["num_layers"] = 2
    model = (
        {**recipe.model, "decoder": decoder, "width": 8} if decoder else recipe.model
    )
    training = dataclasses.replace(
        recipe.training,
        **{
            "updates": 12,
            "batch": 4,
            "length": 8,
            "warmup": 2,
            "evaluate_every": 5,
            **numbers,
        },
    )
    return dataclasses.replace(recipe, corpus="made-up", model=model, training=training)
