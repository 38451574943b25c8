"""The practice: ten sequences through an embedding and a vanilla RNN, then packed.

The numbers and shapes are those of the course's practice; the layers are the zoo's.
Shapes are shown as the course has them, time first. The zoo itself puts the batch
first. The letters of the course: B rows, L longest length, d_w width of an embedding,
d_h width of the hidden state, C classes.
"""

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from zoo.lab import hello
from zoo.layers.packed import pack, pad
from zoo.layers.simple_rnn import SimpleRNN
from zoo.tokens import PAD

VOCABULARY = 100  # ids 0..99; 0 pads
EMBEDDING = 256
HIDDEN = 512
CLASSES = 2
LABELS = 5
SEQUENCES = (
    (85, 14, 80, 34, 99, 20, 31, 65, 53, 86, 3, 58, 30, 4, 11, 6, 50, 71, 74, 13),
    (62, 76, 79, 66, 32),
    (93, 77, 16, 67, 46, 74, 24, 70),
    (19, 83, 88, 22, 57, 40, 75, 82, 4, 46),
    (70, 28, 30, 24, 76, 84, 92, 76, 77, 51, 7, 20, 82, 94, 57),
    (58, 13, 40, 61, 88, 18, 92, 89, 8, 14, 61, 67, 49, 59, 45, 12, 47, 5),
    (22, 5, 21, 84, 39, 6, 9, 84, 36, 59, 32, 30, 69, 70, 82, 56, 1),
    (94, 21, 79, 24, 3, 86),
    (80, 80, 33, 63, 34, 63),
    (87, 32, 79, 65, 2, 96, 43, 80, 85, 20, 41, 52, 95, 50, 35, 96, 24, 80),
)


class Practice(NamedTuple):
    """Everything that the practice computes, as NumPy arrays in the course's shapes.

    Attributes:
        ids: `(B, L)`, padded.
        lengths: `(B,)`.
        embedded: `(B, L, d_w)`.
        hidden: `(L, B, d_h)`, the state after every step, padding read like words.
        last: `(1, B, d_h)`, the state after step L; 1 for one layer, one direction.
        classes: `(B, C)`, a classifier's logits, from `last`.
        labels: `(L, B, C)`, a labeller's logits, from `hidden`.
        order: `(B,)`, rows from the longest to the shortest.
        sorted_lengths: `(B,)`.
        alive: `(L,)`, rows that have not ended, for each step.
        packed_hidden: `(L, B, d_h)`, in the order of `order`, zero after a row's end.
        packed_last: `(1, B, d_h)`, in that order, the state after a row's last word.
    """

    ids: Any
    lengths: Any
    embedded: Any
    hidden: Any
    last: Any
    classes: Any
    labels: Any
    order: Any
    sorted_lengths: Any
    alive: Any
    packed_hidden: Any
    packed_last: Any


def fill(sequences):
    """Fills sequences up to the longest with `PAD`.

    Args:
        sequences: Sequence of sequences of ids, at least one.

    Returns:
        Pair of ids `[B, T]` and lengths `[B]`, both int32.

    >>> ids, lengths = fill([(7, 8, 9), (5,)])
    >>> ids.tolist(), lengths.tolist()
    ([[7, 8, 9], [5, 0, 0]], [3, 1])
    """
    lengths = np.array([len(sequence) for sequence in sequences], "int32")
    ids = np.full((len(sequences), lengths.max()), PAD, "int32")
    for row, sequence in zip(ids, sequences, strict=True):
        row[: len(sequence)] = sequence
    return ids, lengths


def layers(seed=1):
    """Makes the practice's four layers.

    Args:
        seed: Integer, of the weights.

    Returns:
        Embedding, SimpleRNN, classifier and labeller.
    """
    dense = keras.initializers.GlorotUniform
    return (
        keras.layers.Embedding(
            VOCABULARY,
            EMBEDDING,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=1, seed=seed),
        ),
        SimpleRNN(
            HIDDEN,
            kernel_initializer=keras.initializers.GlorotUniform(seed),
            recurrent_initializer=keras.initializers.Orthogonal(seed=seed),
            return_sequences=True,
            return_state=True,
        ),
        keras.layers.Dense(CLASSES, kernel_initializer=dense(seed)),
        keras.layers.Dense(LABELS, kernel_initializer=dense(seed)),
    )


def time_first(vectors):
    """Turns `[B, T, D]` into the course's order `[T, B, D]`."""
    return ops.swapaxes(vectors, 0, 1)


def read_packed(recurrent, inputs, lengths):
    """Reads sequences without their padding.

    Packed where rows can leave the batch from step to step, which is on TensorFlow;
    elsewhere a mask gives the same numbers, at the cost of the padding.

    Args:
        recurrent: Recurrent layer with one state, that returns sequence and state.
        inputs: `[B, T, D]`, padded, the longest row T long.
        lengths: `[B]`, falling.

    Returns:
        Pair of hidden states `[B, T, U]`, zero after a row's end, and of the states
        after each row's last step `[B, U]`.
    """
    if keras.backend.backend() == "tensorflow":
        outputs, last = recurrent(pack(inputs, lengths))
        return pad(outputs)[0], last
    real = np.arange(inputs.shape[1]) < lengths[:, None]  # [B, T]
    hidden, last = recurrent(inputs, mask=real)
    return ops.where(real[..., None], hidden, 0.0), last


def run(embedding, recurrent, classifier, labeller):
    """Does the practice with layers from `layers`.

    Args:
        embedding: Layer from ids `[B, T]` to `[B, T, D]`.
        recurrent: Recurrent layer with one state, that returns sequence and state.
        classifier: Dense layer for the last hidden state.
        labeller: Dense layer for every hidden state.

    Returns:
        `Practice`.
    """
    ids, lengths = fill(SEQUENCES)
    embedded = embedding(ids)  # [B, T, D]
    hidden, last = recurrent(embedded)  # [B, T, U], [B, U]; from zero states

    order = np.argsort(-lengths, kind="stable")  # longest first
    sorted_lengths = lengths[order]
    packed_hidden, packed_last = read_packed(
        recurrent, embedding(ids[order]), sorted_lengths
    )
    done = Practice(
        ids=ids,
        lengths=lengths,
        embedded=embedded,
        hidden=time_first(hidden),  # [T, B, U]
        last=last[None],  # [1, B, U]
        classes=classifier(last),
        labels=labeller(time_first(hidden)),
        order=order,
        sorted_lengths=sorted_lengths,
        alive=(np.arange(ids.shape[1])[:, None] < sorted_lengths).sum(axis=1),
        packed_hidden=time_first(packed_hidden),  # [T, B, U]
        packed_last=packed_last[None],  # [1, B, U]
    )
    return Practice(*[ops.convert_to_numpy(array) for array in done])


def account(seed=1):
    """Yields the lines of an account of both parts of the practice.

    Args:
        seed: Integer, of all weights.
    """
    yield from explain(run(*layers(seed)))
    yield ""
    yield from hello.account(seed)


def explain(done):
    """Yields a line for each result of a `Practice`: name, shape, what it is."""

    def line(name, letters, array, meaning):
        shape = str(tuple(array.shape))
        return f"    {name:15}{letters:13}{shape:15}{meaning}"

    yield "Ten sequences through an embedding and a vanilla RNN."
    yield "B rows, L the longest length, C classes."
    yield line("ids", "(B, L)", done.ids, f"padded with {PAD} to the longest")
    yield line("lengths", "(B,)", done.lengths, spaced(done.lengths))
    yield line("embedded", "(B, L, d_w)", done.embedded, "each id picks a row")
    yield line("hidden states", "(L, B, d_h)", done.hidden, "one after every step")
    yield line("last", "(1, B, d_h)", done.last, "the one after step L; padding read")
    yield line("classifier", "(B, C)", done.classes, "from the last state: one answer")
    yield line("labeller", "(L, B, C)", done.labels, "from every state: an answer each")
    yield ""
    yield "The same, sorted by length and packed, which leaves the padding out."
    yield f"    lengths        {spaced(done.sorted_lengths)}"
    yield f"    rows alive     {spaced(done.alive)}"
    places, words = done.ids.size, done.lengths.sum()
    yield f"    steps          {words}, where padding makes it {places}"
    yield line(
        "hidden states", "(L, B, d_h)", done.packed_hidden, "0 after a row's end"
    )
    yield line("last", "(1, B, d_h)", done.packed_last, "the one after the last word")
    apart = np.abs(done.packed_last - done.last[:, done.order]).max(axis=(0, 2))
    changed, rows = int((apart > 1e-4).sum()), len(apart)
    yield (
        f"    {changed} of the {rows} last states differ from those above, "
        "which had read on through padding."
    )
    yield f"    The id {PAD} picks a row like any other, and that row is not zero."


def spaced(numbers):
    """Returns numbers in a row.

    >>> spaced([20, 18, 5])
    '20 18 5'
    """
    return " ".join(str(number) for number in numbers)
