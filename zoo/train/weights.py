"""Weights as plain archives that any Keras backend reads."""

import keras
import numpy as np

from zoo import arrays


def save(path, layer, dtype=None):
    """Writes the weights of a layer or model, in order.

    Args:
        path: `pathlib.Path` ending in `.npz`.
        layer: Keras layer or model, built.
        dtype: Floating type to store, for example `"float16"`; None keeps theirs.
    """
    values = [keras.ops.convert_to_numpy(variable) for variable in layer.weights]
    named = {str(i): np.asarray(value, dtype) for i, value in enumerate(values)}
    with arrays.replacing(path) as partial:
        with open(partial, "wb") as file:
            np.savez(file, **named)


def load(path, layer):
    """Reads what `save` wrote, in whatever type it was stored.

    Args:
        path: `pathlib.Path` of the archive.
        layer: Keras layer or model, built, with the same weights.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The archive holds other weights.
    """
    with np.load(path) as archive:
        values = [archive[str(index)] for index in range(len(archive))]
    shapes = [tuple(variable.shape) for variable in layer.weights]
    if [value.shape for value in values] != shapes:
        raise ValueError(
            f"`path` must hold the {len(shapes)} weights of {layer.name!r}. "
            f"Received: path={str(path)!r} with {len(values)} weights of other shapes"
        )
    for variable, value in zip(layer.weights, values, strict=True):
        variable.assign(value.astype(variable.dtype))
