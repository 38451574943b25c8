"""Task heads: `build(recipe)` makes the Keras model that a recipe describes."""

import numpy as np

from zoo.models.caption import build_captioner
from zoo.models.picture_words import PictureWords


def _picture_words(options, vocabulary_size):
    """Builds a `PictureWords`; its vocabulary is the head of the corpus's."""
    model = PictureWords(**options)
    model(np.zeros((1, 224, 224, 3), np.uint8))
    return model


HEADS = {"caption": build_captioner, "picture-words": _picture_words}


def build(recipe, vocabulary_size):
    """Makes a recipe's model, with weights.

    Args:
        recipe: A `zoo.recipes.Recipe`.
        vocabulary_size: Integer, number of token ids of its corpus.

    Returns:
        A Keras model that has been called once.

    Raises:
        ValueError: The recipe's options do not go together.
    """
    return HEADS[recipe.task](recipe.model, vocabulary_size)
