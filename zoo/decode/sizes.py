"""Sizes that are known when the code is written, or only when the graph runs."""

import operator

from keras import ops


def at_least_one(name, size):
    """Checks a size, and makes it a Python int wherever its value is known.

    A tensor below 1 counts as 1 instead of being refused: inside a graph its value
    cannot be checked, and the largest width of an empty batch is such a number.

    Args:
        name: str, the argument's name, for the error.
        size: int >= 1, or a scalar integer tensor.

    Returns:
        An int >= 1 or, inside a graph, a scalar int32 tensor >= 1.

    Raises:
        ValueError: `size` is neither a tensor nor an integer >= 1.
    """
    try:
        known = operator.index(size)
    except TypeError as error:
        if ops.is_tensor(size):
            return ops.maximum(ops.cast(size, "int32"), 1)
        raise ValueError(f"{name} must be an integer >= 1, got {size!r}.") from error
    if known < 1 and not ops.is_tensor(size):
        raise ValueError(f"{name} must be an integer >= 1, got {size!r}.")
    return max(known, 1)


def smaller(one, other):
    """The smaller of two sizes, a Python int where both are."""
    if isinstance(one, int) and isinstance(other, int):
        return min(one, other)
    return ops.minimum(one, other)
