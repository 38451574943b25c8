"""Task heads: `build(recipe)` makes the Keras model that a recipe describes."""

import numpy as np

from zoo.models.caption import build_captioner
from zoo.models.classifier import build_classifier
from zoo.models.language_model import build_language_model
from zoo.models.picture_words import PictureWords
from zoo.models.tagger import build_tagger
from zoo.models.translator import build_translator


def _picture_words(options, vocabulary_size):
    """Builds a `PictureWords`; its vocabulary is the head of the corpus's."""
    model = PictureWords(**options)
    model(np.zeros((1, 224, 224, 3), np.uint8))
    return model


HEADS = {
    "picture-words": _picture_words,
    "caption": build_captioner,
    "sentiment": build_classifier,
    "tag": build_tagger,
    "translate": build_translator,
    "write": build_language_model,
    "digits": build_classifier,
    "video": build_tagger,
}


def build(recipe, vocabulary_size):
    """Makes a recipe's model, with weights.

    Args:
        recipe: A `zoo.recipes.Recipe`.
        vocabulary_size: Integer, number of token ids of its corpus.

    Returns:
        A Keras model with weights.

    Raises:
        ValueError: The recipe's options do not go together.
    """
    return HEADS[recipe.task](recipe.model, vocabulary_size)
