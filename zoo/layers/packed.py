"""Packed sequences: rows sorted by length, steps that compute only the rows alive.

Padding costs a step of every row for the sake of the longest. Batches of like lengths
(`zoo/train/buckets.py`) have little of it, and are the better half of the answer:
measured on film reviews (`make bench-layers`), they gain about four times in training
where packing batches of random order gains two, and packing them as well adds little.
Packing is for batches that must come in random order, or whose lengths differ widely.
"""

from typing import Any, NamedTuple

import numpy as np
from keras import ops


class Packed(NamedTuple):
    """Sequences of different lengths without their padding, step after step.

    Attributes:
        data: `[N, D]`, N the sum of the lengths: the first step of every row, longest
            row first, then the second step of every row that has one, and so on.
        alive: `[T]` integers, rows that have a step t; never rises.
        order: `[B]` integers, which row of the batch stands at each sorted place.
    """

    data: Any
    alive: Any
    order: Any


def pack(inputs, lengths):
    """Sorts rows by length and leaves the padding out.

    Works where shapes may be found while computing: TensorFlow without XLA, and JAX
    outside `jit`; recurrent layers read the result on TensorFlow without XLA only.
    Rows of one length stay in their order.

    Args:
        inputs: `[B, T, D]`, right-padded.
        lengths: `[B]` integers in 1..T.

    Returns:
        `Packed`.

    Raises:
        ValueError: `inputs` are no vectors in time, or the lengths are known and one
            is no integer in 1..T.

    >>> from numpy import arange
    >>> packed = pack(arange(6.0).reshape(2, 3, 1), [1, 3])
    >>> [int(rows) for rows in packed.alive], [int(row) for row in packed.order]
    ([2, 1, 1], [1, 0])
    >>> [float(value) for value in packed.data[:, 0]]
    [3.0, 0.0, 4.0, 5.0]
    """
    inputs = ops.convert_to_tensor(inputs)
    if len(inputs.shape) != 3:
        raise ValueError(
            "`inputs` must have the shape [B, T, D]. "
            f"Received: inputs of shape {tuple(inputs.shape)}"
        )
    batch, length = ops.shape(inputs)[:2]
    lengths = _checked(lengths, batch, length)
    # Unique keys, since sorting need not keep the order of equal ones.
    order = ops.argsort(ops.arange(batch, dtype="int32") - lengths * batch)
    lengths = ops.take(lengths, order, axis=0)  # [B], falling
    steps = ops.arange(length, dtype="int32")[: lengths[0]]  # [T]
    alive = ops.sum(ops.cast(lengths[None] > steps[:, None], "int32"), axis=1)  # [T]
    sorted_inputs = ops.swapaxes(ops.take(inputs, order, axis=0), 0, 1)  # [T, B, D]
    flat = ops.reshape(sorted_inputs, (-1, inputs.shape[-1]))  # [T * B, D]
    return Packed(ops.take(flat, places(alive, batch), axis=0), alive, order)


def pad(packed, length=None):
    """Puts packed sequences back into a padded batch, in their first order.

    Args:
        packed: `Packed`.
        length: Integer T at least that of the longest row, or None for its length.

    Returns:
        `[B, T, D]`, zeros where there is no step, and the lengths `[B]`.

    Raises:
        ValueError: `packed` is not packed, or `length` is known to be too short.
    """
    if not isinstance(packed, Packed):
        raise ValueError(
            f"`packed` must be Packed. Received: {type(packed).__name__}; see `pack`"
        )
    batch, longest = ops.shape(packed.order)[0], ops.shape(packed.alive)[0]
    if isinstance(length, int) and isinstance(longest, int) and length < longest:
        raise ValueError(
            "`length` must be at least that of the longest row. "
            f"Received: length={length}, longest row {longest}"
        )
    length = longest if length is None else length
    width = packed.data.shape[-1]
    indices = ops.expand_dims(places(packed.alive, batch), 1)  # [N, 1]
    flat = ops.scatter(indices, packed.data, (length * batch, width))
    rows = ops.swapaxes(ops.reshape(flat, (length, batch, width)), 0, 1)  # [B, T, D]
    back = unsort(packed)
    sorted_rows = ops.arange(batch, dtype="int32")
    lengths = ops.sum(
        ops.cast(packed.alive[None] > sorted_rows[:, None], "int32"), axis=1
    )  # [B]
    return ops.take(rows, back, axis=0), ops.take(lengths, back, axis=0)


def unsort(packed):
    """Returns the order that undoes the sorting: `ops.take(states, unsort(packed), 0)`.

    Args:
        packed: `Packed`.

    Returns:
        `[B]` integers, where each row of the batch stands among the sorted.
    """
    return ops.argsort(packed.order)


def places(alive, batch):
    """Returns where the real steps stand in a flat `[T * B]`, as `[N]` integers."""
    rows = ops.arange(batch, dtype="int32")
    real = rows[None] < ops.cast(alive, "int32")[:, None]  # [T, B]
    return ops.nonzero(ops.reshape(real, (-1,)))[0]


def _checked(lengths, batch, longest):
    """Returns the lengths as integers; raises ValueError where one is bad."""
    try:
        known = np.asarray(lengths)
    except (NotImplementedError, TypeError):
        # What a tensor of a graph (TensorFlow) or of a trace (JAX) raises: it has no
        # values yet, so there is nothing to check.
        return ops.cast(lengths, "int32")
    if isinstance(longest, int) and isinstance(batch, int):
        whole = known.shape == (batch,) and np.all(known == np.floor(known))
        if not whole or known.size and not 1 <= known.min() <= known.max() <= longest:
            raise ValueError(
                "`lengths` must be integers, one a row, between 1 and the number of "
                f"steps. Received: lengths={known.tolist()}, rows={batch}, "
                f"steps={longest}"
            )
    return ops.cast(lengths, "int32")
