"""Tagging: five encoders on one budget, in English and in Korean."""

import dataclasses

from zoo import architectures
from zoo.recipes.recipe import Recipe, Training

LANGUAGES = {"en": "ud-english-ewt", "ko": "ud-korean-gsd"}

# One budget for a treebank: the same sentences, updates and, within 10 %, the same
# number of parameters outside the embeddings.
TRAINING = {
    "en": Training(
        updates=3136,  # 8 passes over 12,544 sentences
        batch=32,
        learning_rate=6e-3,
        warmup=200,
        weight_decay=0.05,
        label_smoothing=0.05,
        evaluate_every=196,  # twice an epoch
    ),
    "ko": Training(
        updates=1644,  # 12 passes over 4,400 sentences
        batch=32,
        learning_rate=6e-3,
        warmup=200,
        weight_decay=0.05,
        label_smoothing=0.05,
        evaluate_every=137,  # once an epoch
    ),
}

WIDTH = 128  # of the words' vectors, and of the Transformer
MODEL = {
    "classes": 17,  # the universal parts of speech
    "width": WIDTH,
    "inputs": "words",
    "dropout": 0.25,
    "words": {
        "embedding_width": 96,
        "word_dropout": 0.15,
        "dropout": 0.15,
        "spelling": {"width": 24, "filters": 64, "kernels": (2, 3, 4)},
    },
}
# About 310,000 parameters each, over vectors of `WIDTH`.
UNITS = {"rnn": 496, "lstm": 220, "gru": 264, "bilstm": 144}
TRANSFORMER = {
    "num_layers": 2,
    "num_heads": 4,
    "intermediate_dim": 352,
    "normalize_first": True,  # learns from few updates with a short warm-up
    "dropout": 0.1,
}

TITLES = {
    "rnn": ("Vanilla RNN", "One tanh layer; a word is tagged from those before it."),
    "lstm": ("LSTM", "Three gates and a cell; a word is tagged from those before it."),
    "gru": ("GRU", "Two gates; a word is tagged from those before it."),
    "bilstm": ("Bidirectional LSTM", "One LSTM from the left, one from the right."),
    "transformer": ("Transformer", "Two layers in which every word sees every word."),
}
# What has to differ in training, with why.
DIFFERENT = {
    # Without gates a step can grow what it reads: a lower rate, as in captioning.
    "rnn": {"learning_rate": 1.5e-3},
    # With so short a warm-up attention is given a lower rate. At 6e-3, as for the
    # others, 9.2 % of dev were wrong after 2,548 updates instead of 8.8 %.
    "transformer": {"learning_rate": 2e-3},
}


def _tagger(language, architecture, **sizes):
    """Makes a recipe; `sizes` are those of its encoder where they are not the usual."""
    recurrent = sizes or {"units": UNITS.get(architecture)}
    encoder = {"recurrent": recurrent, "transformer": TRANSFORMER}
    title, summary = TITLES[architecture]
    return Recipe(
        name=f"tag-{language}-{architecture}",
        task="tag",
        corpus=LANGUAGES[language],
        architecture=architecture,
        title=title,
        summary=summary,
        model={
            **MODEL,
            **architectures.model_options(architecture, "tag", {"encoder": encoder}),
        },
        training=dataclasses.replace(
            TRAINING[language], **DIFFERENT.get(architecture, {})
        ),
    )


def language(name):
    """Returns the language of a tagger, the second part of its name.

    Args:
        name: Recipe name.

    >>> language("tag-ko-lstm")
    'ko'
    """
    return name.split("-")[1]


RECIPES = [_tagger(code, architecture) for code in LANGUAGES for architecture in TITLES]


def _at_equal_width(recipe):
    """The same recipe with the LSTM's units instead of the LSTM's budget."""
    if recipe.architecture == "lstm":
        return recipe
    code = language(recipe.name)
    other = _tagger(code, recipe.architecture, units=UNITS["lstm"])
    name = f"{recipe.name}-{UNITS['lstm']}"
    return dataclasses.replace(other, name=name, shipped=False)


# The second reading: the same width instead of the same budget.
EQUAL_WIDTH = [
    _at_equal_width(recipe)
    for recipe in RECIPES
    if recipe.architecture in ("rnn", "gru", "lstm")
]
COMPARISONS = EQUAL_WIDTH
