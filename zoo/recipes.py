"""The table of recipes: which task, which architecture, which numbers, and why.

A recipe is data. `zoo.models.build` turns its `model` options into a Keras model and
`zoo.train` reads its `training` numbers. What all recipes of a task share beyond them
stands where it is used: the vocabulary in `zoo.prepare`, the widths and penalties that
are tried on dev in `zoo.export.captioner`.
"""

import dataclasses
import difflib

from zoo import architectures


@dataclasses.dataclass(frozen=True)
class Training:
    """How a recipe is trained.

    Attributes:
        updates: Number of optimiser updates; the same for a whole task.
        batch: Pictures a batch (a captioner sees all captions of each).
        learning_rate: Peak learning rate, reached after `warmup` updates and then
            lowered to zero along half a cosine.
        warmup: Updates of linear warm-up.
        weight_decay: Decoupled weight decay (AdamW).
        clip_norm: Largest global norm of the gradients.
        label_smoothing: Probability mass spread over the whole vocabulary.
        average: Momentum of the exponential moving average of the weights that is
            evaluated and shipped.
        evaluate_every: Updates between two evaluations on the dev split.
        beta_2: Decay of AdamW's second moment; shorter than the usual 0.999, as in
            Vaswani et al. 2017, section 5.3, for runs of a few thousand updates.
        jit: Whether to compile the update with XLA on TensorFlow. Measured on two
            cores, it made every recipe tried here at least twice as slow.
        seed: The recipe's one seed: initial weights, dropout and shuffling.
    """

    updates: int
    batch: int
    learning_rate: float
    warmup: int
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    label_smoothing: float = 0.0
    average: float = 0.998
    evaluate_every: int = 200
    beta_2: float = 0.98
    jit: bool = False
    seed: int = 1


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A task, an architecture and their numbers.

    Attributes:
        name: The name used on the command line and in `saved_models/`.
        task: Key of `zoo.models.HEADS`.
        title: A short name for tables and pages.
        summary: One sentence for the page.
        model: Options of the task's model, by argument name.
        training: How it is trained.
        corpus: Name of the corpus it is trained on.
        shipped: Whether its artefact is in the repository.
        architecture: Key of `zoo.architectures.ARCHITECTURES`; None for a model that
            reads no sequence.

    Raises:
        ValueError: The architecture cannot do the task; the message says why.
    """

    name: str
    task: str
    title: str
    summary: str
    model: dict
    training: Training
    corpus: str = "flickr8k"
    shipped: bool = True
    architecture: str | None = None

    def __post_init__(self):
        """Refuses what cannot be."""
        if self.architecture is not None:
            architectures.refuse_impossible(self.architecture, self.task)


PICTURE_WORDS = Recipe(
    name="picture-words",
    task="picture-words",
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

CAPTIONERS = [
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
    _unshipped(CAPTIONERS[0], "caption-rnn-512", units=512),
    _unshipped(CAPTIONERS[2], "caption-gru-512", units=512),
    CAPTIONERS[1],
]

RECIPES = {recipe.name: recipe for recipe in [PICTURE_WORDS, *CAPTIONERS, *EQUAL_WIDTH]}


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
