"""Every architecture that a task can have, as a tiny model; used on both backends."""

import keras
import numpy as np

from zoo import architectures, models, recipes
from zoo.layers import (
    convolution,
    latent,
    recurrent_encoder,
    transformer_encoder,
    window,
)
from zoo.models import ngram, ngram_counts

B, S, T, D, V, C, F, CELLS = 2, 4, 3, 8, 11, 3, 5, 3
SIZES = {
    "encoder": {
        "recurrent": {"units": 6},
        "transformer": {"num_layers": 1, "num_heads": 2, "intermediate_dim": 9},
        "window": {"window": 3, "units": 6},
        "convolution": {"filters": 6, "num_layers": 1},
    },
    "decoder": {
        "recurrent": {"units": 6, "attention_units": 5},
        "transformer": {"num_layers": 1, "num_heads": 2, "intermediate_dim": 9},
        "window": {"window": 3, "units": 6},
        "convolution": {"filters": 6, "num_layers": 1},
    },
}
HEAD_SIZES = {
    "caption": {"cells": CELLS, "features": F},
    "sentiment": {"classes": C, "pooling": "mean_max"},
    "tag": {"classes": C},
    "translate": {},
    "write": {},
    "digits": {
        "classes": C,
        "inputs": "vectors",
        "features": F,
        "vocabulary_size": None,
    },
    "video": {
        "classes": C,
        "inputs": "vectors",
        "features": F,
        "vocabulary_size": None,
    },
}
POSSIBLE = [
    (architecture, task)
    for architecture in architectures.ARCHITECTURES
    for task in architectures.TASKS
    if architectures.why_not(architecture, task) is None
]
NETWORKS = [pair for pair in POSSIBLE if pair[0] != "markov"]
WRITERS = [pair for pair in NETWORKS if pair[1] in ("caption", "translate", "write")]


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def make(architecture, task, **options):
    """A tiny model with random weights, made as a recipe is."""
    if architecture == "markov":
        return make_counts()
    parts = architectures.model_options(architecture, task, SIZES)
    for part in parts.values():
        if architecture == "restricted":  # narrower than the tiny sequences
            assert part["window"] == 8
            part["window"] = 1
    recipe = recipes.Recipe(
        name=f"{task}-{architecture}",
        task=task,
        title="",
        summary="",
        model={
            "width": D,
            **parts,
            **HEAD_SIZES[task],
            **options,
        },
        training=None,
        corpus="none",
    )
    model = models.build(recipe, V)
    model.set_weights(
        [0.5 * normal(9 + i, *w.shape) for i, w in enumerate(model.weights)]
    )
    return model


def make_counts():
    """A trigram model of a short text."""
    text = np.random.default_rng(5).integers(3, V, (1, 40), dtype="int32")
    tables = ngram_counts.count(list(text), 3, V)
    return ngram.NGram.of(tables, V, 0.5)


def make_functional():
    """A functional model over films of no known length: a layer of every kind."""
    inputs = keras.Input((None, F))
    hidden = recurrent_encoder.RecurrentEncoder("gru", 6, bidirectional=True)(inputs)
    hidden = latent.vanilla_rnn(6, D)(hidden.states)[0]
    hidden = window.WindowEncoder(2, 6, D)(hidden).states
    hidden = convolution.ConvolutionEncoder(6, D, 1)(hidden).states
    hidden = transformer_encoder.TransformerEncoder(1, D, 2, 9)(hidden).states
    model = keras.Model(inputs, hidden)
    model.set_weights(
        [0.5 * normal(9 + i, *w.shape) for i, w in enumerate(model.weights)]
    )
    return model


def inputs_of(task):
    """What a task's model is called with; the last row is padded on the right."""
    random = np.random.default_rng(1)
    source = random.integers(4, V, (B, S), dtype="int32")
    source[-1, 2:] = 0
    tokens = random.integers(4, V, (B, T), dtype="int32")
    if task == "caption":
        return {"grid": normal(2, B, CELLS, F), "tokens": tokens[:, None]}
    if task == "translate":
        return {"source": source, "tokens": tokens}
    if task == "write":
        return tokens
    return normal(2, B, S, F) if task in ("digits", "video") else source


def encode(model, task, inputs):
    """The memory of a writer; a language model has none."""
    if task == "write":
        return None
    return model.encode(inputs["grid" if task == "caption" else "source"])


def tokens_of(task, inputs):
    """The tokens `[B, T]` that a writer is given."""
    if task == "write":
        return inputs
    return inputs["tokens"][:, 0] if task == "caption" else inputs["tokens"]


def flat(logits):
    """Logits as float32 `[B, ..., classes]`."""
    return np.asarray(keras.ops.cast(logits, "float32"))
