"""Translation: six networks on one budget, English to German."""

import dataclasses

from zoo import architectures
from zoo.recipes.recipe import Recipe, Training

# One budget for the task: the same pairs, updates, tokens an update and, within 10 %,
# the same number of parameters outside the embeddings, about 2.2 million.
TRAINING = Training(
    updates=6000,
    batch=2048,  # tokens of the longer side, padding counted
    learning_rate=2e-3,
    warmup=400,
    weight_decay=0.02,
    label_smoothing=0.1,
    average=0.997,
    evaluate_every=300,
)
WIDTH = 192  # of the embeddings, which source, target and softmax share
DROPOUT = 0.3  # of embeddings, and before the softmax
LESS_DROPOUT = {"transformer": 0.1}  # it has more inside
# Units of encoder (a direction) and decoder.
UNITS = {
    "rnn": (676, 676),
    "lstm": (340, 340),
    "gru": (408, 408),
    "lstm-attention": (248, 336),
    "gru-attention": (296, 404),
}
ATTENTION_UNITS = 192
TRANSFORMER = {
    "num_layers": 3,
    "num_heads": 4,
    "intermediate_dim": 384,
    "normalize_first": False,  # as the paper has it
    "dropout": 0.1,
}
SUMMARIES = {
    "rnn": "The source as one vector c, which every step of the decoder reads.",
    "lstm": "The source as one vector c; gates and a cell on either side.",
    "gru": "The source as one vector c; gates and no cell.",
    "lstm-attention": "A bidirectional LSTM that the decoder looks at for each piece.",
    "gru-attention": "A bidirectional GRU that the decoder looks at for each piece.",
    "transformer": "Three layers either side, normalised after each, as in the paper.",
}
# What has to differ in training, with why.
DIFFERENT = {
    # Without gates a step can grow what it reads: a lower rate.
    "rnn": {"learning_rate": 1e-3},
    # The paper's schedule: it falls from the first, so the peak is higher, and never
    # to zero, so the average is longer.
    "transformer": {
        "learning_rate": 3e-3,
        "falls": "inverse_square_root",
        "average": 0.999,
    },
}


def _sizes(architecture, units):
    """The sizes of an encoder and a decoder, by what they are made of."""
    encoder, decoder = units
    reading = {"units": decoder, "memory_width": encoder}
    if "attention" in architecture:
        reading |= {
            "memory_width": 2 * encoder,  # from the left, and from the right
            "attention_units": ATTENTION_UNITS,
            # Who looks at the source anew for each piece needs no other vector of it.
            "summary_enters": None,
        }
    return {
        "encoder": {"recurrent": {"units": encoder}, "transformer": TRANSFORMER},
        "decoder": {"recurrent": reading, "transformer": TRANSFORMER},
    }


def _translate(corpus, architecture, shipped=True, units=None):
    """Makes a recipe."""
    direction = corpus.removeprefix("multi30k-")
    units = units or UNITS.get(architecture, (0, 0))  # a Transformer has none
    sizes = _sizes(architecture, units)
    return Recipe(
        name=f"translate-{direction}-{architecture}",
        task="translate",
        corpus=corpus,
        architecture=architecture,
        title=architectures.ARCHITECTURES[architecture].title,
        summary=SUMMARIES[architecture],
        model={
            "width": WIDTH,
            "dropout": LESS_DROPOUT.get(architecture, DROPOUT),
            **architectures.model_options(architecture, "translate", sizes),
        },
        training=dataclasses.replace(TRAINING, **DIFFERENT.get(architecture, {})),
        shipped=shipped,
    )


RECIPES = [
    *(_translate("multi30k-en-de", architecture) for architecture in SUMMARIES),
    # They can be trained alike; no artefact of them is in the repository.
    *(
        _translate(corpus, architecture, shipped=False)
        for corpus in ("multi30k-de-en", "multi30k-en-fr")
        for architecture in SUMMARIES
    ),
]


def _at_equal_width(architecture):
    """A recipe with the LSTM's units instead of the LSTM's budget."""
    units = UNITS["lstm"]
    recipe = _translate("multi30k-en-de", architecture, shipped=False, units=units)
    return dataclasses.replace(recipe, name=f"{recipe.name}-{units[0]}")


# The second reading: the same width instead of the same budget.
EQUAL_WIDTH = [
    *map(_at_equal_width, ("rnn", "gru")),
    _translate("multi30k-en-de", "lstm"),
]
COMPARISONS = EQUAL_WIDTH
