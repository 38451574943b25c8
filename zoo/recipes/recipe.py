"""What a recipe is: data, and the one check that its pair can be."""

import dataclasses

from zoo import architectures


@dataclasses.dataclass(frozen=True)
class Training:
    """How a recipe is trained.

    Attributes:
        updates: Number of optimiser updates; the same for a whole task.
        batch: Examples a batch: pictures (a captioner sees all captions of each),
            texts, sentences, or the rows that a language model reads side by side. Of
            a translator, tokens of the longer side, padding counted.
        learning_rate: Peak learning rate, reached after `warmup` updates.
        falls: What lowers it then: `"cosine"`, to zero along half a cosine, or
            `"inverse_square_root"` of the update's number, as in Vaswani et al. 2017.
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
        length: Tokens of a row that a language model reads an update; None for other
            tasks.
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
    length: int | None = None
    falls: str = "cosine"
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
    corpus: str
    shipped: bool = True
    architecture: str | None = None

    def __post_init__(self):
        """Refuses what cannot be."""
        if self.architecture is not None:
            architectures.refuse_impossible(self.architecture, self.task)
