"""Which architecture can do which task, and why not where it cannot.

An architecture gives a head its encoder, its decoder, or both; a task says which of
them its head needs. What cannot be is refused, with a sentence, when a recipe is made.
"""

import dataclasses
import difflib


@dataclasses.dataclass(frozen=True)
class Architecture:
    """One row of the matrix.

    Attributes:
        name: Short name, as in the names of recipes.
        title: Name for tables and pages.
        paper: Where it was first described, or is described best.
        year: Of the paper.
        summary: One line.
        encoder: Options of the encoder, by argument name; `kind` is a key of
            `zoo.models.parts.ENCODERS`. None where there is none.
        decoder: Options of the decoder; `kind` is a key of
            `zoo.models.parts.DECODERS`. None where there is none.
        cannot: Sentence by the task that it cannot do.
    """

    name: str
    title: str
    paper: str
    year: int
    summary: str
    encoder: dict | None
    decoder: dict | None
    cannot: dict


@dataclasses.dataclass(frozen=True)
class Task:
    """One column of the matrix.

    Attributes:
        name: Key of `zoo.models.HEADS`, once the task has a head.
        title: Name for tables and pages.
        form: One of the notes' forms, for example many-to-one.
        needs: Which of `"encoder"` and `"decoder"` its head takes from an
            architecture. A captioner's encoder is the picture's.
        decoder: Options of the decoder that the task decides, by kind.
        cannot: Sentence that refuses every architecture; empty for a task with any.
    """

    name: str
    title: str
    form: str
    needs: tuple
    decoder: dict = dataclasses.field(default_factory=dict)
    cannot: str = ""


NO_SEQUENCE = "One input and one output are no sequence: a feed-forward network does."
BOTH = ("encoder", "decoder")
# Plain seq2seq: s_0 from the encoder's last state through a feed-forward layer.
BRIDGE = {"recurrent": {"bridge": True}}

TASKS = {
    task.name: task
    for task in [
        Task("caption", "Captioning", "one-to-many", ("decoder",)),
        Task("sentiment", "Sentiment", "many-to-one", ("encoder",)),
        Task("tag", "Tagging", "many-to-many, aligned", ("encoder",)),
        Task("translate", "Translation", "many-to-many", BOTH, BRIDGE),
        Task("write", "Writing", "language model", ("decoder",)),
        Task("digits", "Digits by rows", "many-to-one", ("encoder",)),
        Task("video", "Frames of a film", "many-to-many, aligned", ("encoder",)),
        Task("one-to-one", "One input", "one-to-one", (), cannot=NO_SEQUENCE),
    ]
}

COUNTS = "An n-gram counts which token follows which: it has no place for "
NO_LABELS = "An n-gram scores the next token: it gives neither texts nor words labels."
NO_VECTORS = "An n-gram counts tokens: of vectors hardly any occurs twice."
SEES_IT = "A bidirectional {} would see the word that it is to predict."
NO_DECODER = (
    "This attention is a decoder's look at an encoder's states: a classifier or tagger "
    "has no decoder."
)
LABELLING = ("sentiment", "tag", "digits", "video")


def _recurrent(cell, **options):
    """Options of a recurrent encoder or decoder."""
    return {"kind": "recurrent", "cell": cell, **options}


def _row(name, title, paper, year, summary, encoder, decoder=None, cannot=None):
    """Makes a row; where no decoder is given, its options are the encoder's."""
    decoder = encoder if decoder is None else decoder
    return Architecture(
        name, title, paper, year, summary, encoder, decoder, cannot or {}
    )


def _attention(cell, paper):
    """Makes the row of a decoder with attention over a bidirectional encoder."""
    return _row(
        f"{cell}-attention",
        f"{cell.upper()} with attention",
        paper,
        2015,
        f"{cell.upper()} decoder that looks at its memory anew for every word: scored "
        "additively, as by Bahdanau; read after the recurrence, as in Luong et al. "
        "2015, section 3.1.",
        _recurrent(cell, bidirectional=True),
        _recurrent(cell, attention="additive"),
        {
            "write": "A language model has no memory to attend to.",
            **dict.fromkeys(LABELLING, NO_DECODER),
        },
    )


ARCHITECTURES = {
    row.name: row
    for row in [
        _row(
            "markov",
            "N-gram",
            "Shannon, A Mathematical Theory of Communication",
            1948,
            "Counts which token follows which few; learns without a gradient.",
            None,
            cannot={
                "caption": COUNTS + "a picture.",
                "translate": COUNTS + "a second sentence.",
                **dict.fromkeys(("sentiment", "tag"), NO_LABELS),
                **dict.fromkeys(("digits", "video"), NO_VECTORS),
            },
        ),
        _row(
            "window",
            "Fixed window",
            "Bengio et al., A Neural Probabilistic Language Model",
            2003,
            "A feed-forward network over the last few inputs.",
            {"kind": "window"},
        ),
        _row(
            "rnn",
            "Vanilla RNN",
            "Elman, Finding Structure in Time",
            1990,
            "One tanh layer that hands its state from step to step.",
            _recurrent("simple_rnn"),
        ),
        _row(
            "lstm",
            "LSTM",
            "Hochreiter and Schmidhuber, Long Short-Term Memory",
            1997,
            "Three gates and a cell that is added to.",
            _recurrent("lstm"),
        ),
        _row(
            "gru",
            "GRU",
            "Cho et al., Learning Phrase Representations using RNN Encoder-Decoder",
            2014,
            "Two gates and no cell: three quarters of the LSTM's matrices.",
            _recurrent("gru"),
        ),
        _row(
            "deep-lstm",
            "Multi-layer LSTM",
            "Graves et al., Speech Recognition with Deep Recurrent Neural Networks",
            2013,
            "LSTMs one above the other, each reading the hidden states below.",
            _recurrent("lstm", num_layers=2),
        ),
        _row(
            "bilstm",
            "Bidirectional LSTM",
            "Schuster and Paliwal, Bidirectional Recurrent Neural Networks",
            1997,
            "One LSTM reads from the left, one from the right.",
            _recurrent("lstm", bidirectional=True),
            _recurrent("lstm"),
            {
                "caption": SEES_IT.format("captioner"),
                "write": SEES_IT.format("language model"),
            },
        ),
        _attention("lstm", "Xu et al., Show, Attend and Tell"),
        _attention("gru", "Bahdanau et al., Jointly Learning to Align and Translate"),
        _row(
            "transformer",
            "Transformer",
            "Vaswani et al., Attention Is All You Need",
            2017,
            "Every step looks at every other in several heads; no recurrence.",
            {"kind": "transformer"},
        ),
        _row(
            "restricted",
            "Restricted self-attention",
            "Vaswani et al., Attention Is All You Need, section 4",
            2017,
            "A Transformer whose self-attention looks at a neighbourhood only.",
            {"kind": "transformer", "window": 8},
        ),
        _row(
            "convolution",
            "Causal convolution (TCN)",
            "Bai et al., Convolutional and Recurrent Networks for Sequence Modeling",
            2018,
            "Convolutions over time with gaps that double from layer to layer.",
            {"kind": "convolution"},
        ),
    ]
}


def _look_up(table, argument, name):
    """Finds a row or a column by name."""
    if name in table:
        return table[name]
    near = difflib.get_close_matches(str(name), table, n=3) or list(table)
    raise ValueError(
        f"`{argument}` must be one of the matrix. Received: {argument}={name!r}. "
        f"Did you mean: {', '.join(near)}?"
    )


def why_not(architecture, task):
    """Says why an architecture cannot do a task.

    Args:
        architecture: Key of `ARCHITECTURES`.
        task: Key of `TASKS`.

    Returns:
        A sentence; None where it can.

    Raises:
        ValueError: There is no such architecture or task.

    >>> why_not("lstm-attention", "write")
    'A language model has no memory to attend to.'
    >>> why_not("transformer", "write") is None
    True
    """
    row = _look_up(ARCHITECTURES, "architecture", architecture)
    column = _look_up(TASKS, "task", task)
    return column.cannot or row.cannot.get(task)


def refuse_impossible(architecture, task):
    """Raises ValueError, with the reason, where an architecture cannot do a task.

    Args:
        architecture: Key of `ARCHITECTURES`.
        task: Key of `TASKS`.
    """
    reason = why_not(architecture, task)
    if reason:
        raise ValueError(
            f"`architecture` must be one that can do the task. {reason} "
            f"Received: architecture={architecture!r}, task={task!r}"
        )


def model_options(architecture, task, sizes):
    """Puts together the encoder and decoder options of a possible pair.

    Args:
        architecture: Key of `ARCHITECTURES`.
        task: Key of `TASKS`.
        sizes: Dictionary of sizes by part, and in it by kind, for example
            `{"encoder": {"recurrent": {"units": 512}}}`.

    Returns:
        Dictionary of `encoder`, `decoder` or both, for the task's model.

    Raises:
        ValueError: The architecture cannot do the task.

    >>> model_options("lstm", "tag", {"encoder": {"recurrent": {"units": 8}}})
    {'encoder': {'kind': 'recurrent', 'cell': 'lstm', 'units': 8}}
    """
    refuse_impossible(architecture, task)
    column, options = TASKS[task], {}
    for part in column.needs:
        own = getattr(ARCHITECTURES[architecture], part)
        if own is None:  # counts have no parts
            continue
        kind = own["kind"]
        decided = column.decoder.get(kind, {}) if part == "decoder" else {}
        options[part] = {**own, **decided, **sizes.get(part, {}).get(kind, {})}
    return options
