"""Captioning: the picture encoder, five decoders on one budget, and the same width."""

import dataclasses

from zoo.recipes.recipe import Recipe, Training

PICTURE_WORDS = Recipe(
    name="picture-words",
    task="picture-words",
    corpus="flickr8k",
    title="MobileNetV2",
    summary="The picture encoder, fine-tuned to name the words of a caption.",
    # The 1,000 most frequent words are 93 % of the training captions' running words.
    model={"vocabulary_size": 1000, "dropout": 0.3, "crop": 192},
    training=Training(
        updates=2600,  # 14 passes over 6,000 pictures
        batch=32,
        learning_rate=3e-4,
        warmup=200,
        weight_decay=0.02,
        average=0.995,
        evaluate_every=188,  # once an epoch
    ),
)

# One budget for the task: the same pictures, captions, updates and, within 10 %, the
# same number of parameters outside the embeddings.
CAPTION_TRAINING = Training(
    updates=2880,  # 12 passes over 6,000 pictures, 30,000 captions
    batch=25,  # pictures, five captions each
    learning_rate=1e-3,
    warmup=300,
    weight_decay=0.01,
    label_smoothing=0.1,
    evaluate_every=240,
)


def _caption(architecture, title, summary, decoder, **training):
    """Makes a captioning recipe; `training` holds what has to differ, with why."""
    return Recipe(
        name=f"caption-{architecture}",
        task="caption",
        corpus="flickr8k",
        architecture=architecture,
        title=title,
        summary=summary,
        model={
            "decoder": decoder,
            "width": 256,
            "grid_dropout": 0.3,
            "dropout": 0.3,
        },
        training=dataclasses.replace(CAPTION_TRAINING, **training),
    )


# The picture's mean enters at every step, through W_ih; "first" is the other way.
RECURRENT = {"kind": "recurrent", "summary_enters": "every", "dropout": 0.3}

RECIPES = [
    _caption(
        "rnn",
        "Vanilla RNN",
        "One tanh layer; the picture's mean enters at every step.",
        {**RECURRENT, "cell": "simple_rnn", "units": 1152},
        # tanh without gates explodes at 1e-3.
        learning_rate=5e-4,
    ),
    _caption(
        "lstm",
        "LSTM",
        "Three gates and a cell; the picture's mean enters at every step.",
        {**RECURRENT, "cell": "lstm", "units": 512},
    ),
    _caption(
        "gru",
        "GRU",
        "Two gates; the picture's mean enters at every step.",
        {**RECURRENT, "cell": "gru", "units": 608},
    ),
    _caption(
        "lstm-attention",
        "LSTM with attention",
        "An LSTM that looks at the picture anew for every word.",
        {
            **RECURRENT,
            "cell": "lstm",
            "units": 464,
            "attention": "additive",
            "attention_units": 256,
        },
    ),
    _caption(
        "transformer",
        "Transformer",
        "Two layers of self-attention over the words and cross-attention to the grid.",
        {
            "kind": "transformer",
            "num_layers": 2,
            "num_heads": 8,
            "intermediate_dim": 1024,
            "normalize_first": True,  # learns from few updates with a short warm-up
            "dropout": 0.2,
        },
    ),
]


def _unshipped(recipe, name, **decoder):
    """Varies a captioner for a comparison; no artefact of it is in the repository."""
    options = {**recipe.model, "decoder": {**recipe.model["decoder"], **decoder}}
    return dataclasses.replace(recipe, name=name, model=options, shipped=False)


# The second reading: the same width instead of the same budget.
EQUAL_WIDTH = [
    _unshipped(RECIPES[0], "caption-rnn-512", units=512),
    _unshipped(RECIPES[2], "caption-gru-512", units=512),
    RECIPES[1],
]
COMPARISONS = EQUAL_WIDTH
