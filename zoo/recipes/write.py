"""Writing: an n-gram and five networks on one budget, on plays and on source code."""

import dataclasses

from zoo import architectures
from zoo.recipes.recipe import Recipe, Training

# One budget for the task: the same text, the same updates of 2,048 characters each
# and, within 10 %, the same number of parameters outside the embeddings, about 1.0
# million: more would see less of the text in the same time.
TRAINING = Training(
    updates=2600,  # 5.6 passes over tiny Shakespeare, 3 over Keras's source
    batch=32,  # rows read side by side
    length=64,  # characters a row; what lies further back arrives as the state
    learning_rate=3e-3,
    warmup=100,
    weight_decay=0.02,
    evaluate_every=260,
)
CORPORA = {"shakespeare": "tiny-shakespeare", "source": "keras-source"}
WIDTH = 96  # of the embeddings, shared by the softmax
RECURRENT = {"rnn": 928, "lstm": 448, "gru": 524}  # units
# Of the hidden states. With 0.1 an LSTM came to 1.24 nats on train and 1.50 on dev (of
# an earlier cut), with 0.25 to 1.29 and 1.41. An RNN learns too slowly to get so far.
DROPOUT = {"rnn": 0.1, "lstm": 0.25, "gru": 0.25}
SIZES = {
    "window": {
        "window": 12,
        "units": 448,
        "num_layers": 3,
        "activation": "relu",  # three layers of tanh learn more slowly
    },
    "transformer": {
        "num_layers": 5,
        "num_heads": 4,
        "intermediate_dim": 512,
        "normalize_first": True,  # learns from few updates with a short warm-up
        # How far apart two characters are is all that is asked; so a text may be longer
        # than any chunk, and nothing is computed twice.
        "positions": "rotary",
        "window": 64,  # characters a layer; five layers reach back 320
        "dropout": 0.1,
    },
}
SUMMARIES = {
    "markov": "Counts which character follows which; no gradient.",
    "window": "A feed-forward network over the last twelve characters.",
    "rnn": "One tanh layer that hands its state from character to character.",
    "lstm": "Three gates and a cell; its units can be looked at one by one.",
    "gru": "Two gates and no cell.",
    "transformer": "Five layers, each of which looks back 64 characters.",
}


def _write(corpus, architecture, model=None, **training):
    """Makes a recipe; `model` and `training` hold what has to differ, with why."""
    if architecture == "markov":
        options = model
    else:
        units = RECURRENT.get(architecture)
        dropout = DROPOUT.get(architecture)
        sizes = {"recurrent": {"units": units, "dropout": dropout}, **SIZES}
        decoder = architectures.model_options(architecture, "write", {"decoder": sizes})
        options = {"width": WIDTH, **decoder, **(model or {})}
    return Recipe(
        name=f"write-{corpus}-{architecture}",
        task="write",
        corpus=CORPORA[corpus],
        architecture=architecture,
        title=architectures.ARCHITECTURES[architecture].title,
        summary=SUMMARIES[architecture],
        model=options,
        training=dataclasses.replace(TRAINING, **training),
    )


def _of(corpus):
    """The recipes of a corpus, from the simplest to the latest."""
    return [
        # First order: one character of context. What more would be worth stands in the
        # card, measured on dev.
        _write(corpus, "markov", {"order": 2, "prior": "uniform"}),
        # Three layers without a residual or a norm learn better slowly.
        _write(corpus, "window", learning_rate=1e-3),
        # With 1e-3 it was at 1.93 nats on dev halfway, and going down as slowly.
        _write(corpus, "rnn", learning_rate=3e-3),
        _write(corpus, "lstm"),
        _write(corpus, "gru"),
        # It reads each chunk from nothing, so its chunks are longer, and fewer side by
        # side; attention is less steady at 3e-3.
        _write(
            corpus,
            "transformer",
            {"width": 128},
            batch=8,
            length=256,
            learning_rate=2e-3,
        ),
    ]


RECIPES = [recipe for corpus in CORPORA for recipe in _of(corpus)]


def _at_equal_width(recipe):
    """The same recipe with the LSTM's units instead of the LSTM's budget."""
    if recipe.architecture == "lstm":
        return recipe
    units = RECURRENT["lstm"]
    decoder = {**recipe.model["decoder"], "units": units}
    return dataclasses.replace(
        recipe,
        name=f"{recipe.name}-{units}",
        model={**recipe.model, "decoder": decoder},
        shipped=False,
    )


# The second reading: the same width instead of the same budget.
EQUAL_WIDTH = [
    _at_equal_width(recipe)
    for recipe in RECIPES
    if recipe.architecture in ("rnn", "gru", "lstm")
]
COMPARISONS = EQUAL_WIDTH
