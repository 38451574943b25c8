"""Activations of recurrent layers, each with its slope as a function of its value.

Backpropagation through time keeps what a step has computed, not what went into it, so
only activations whose slope follows from their value can be used: tanh, for example,
has the slope 1 - tanh^2.
"""

import keras
from keras import ops

SLOPES = {
    "tanh": lambda value: 1 - value * value,
    "sigmoid": lambda value: value * (1 - value),
    "relu": lambda value: ops.cast(value > 0, value.dtype),
    "elu": lambda value: ops.where(value > 0, ops.ones_like(value), value + 1),
    "hard_sigmoid": lambda value: ops.cast((value > 0) & (value < 1), value.dtype) / 6,
    "linear": ops.ones_like,
}


def get(argument, activation):
    """Looks an activation up as Keras does.

    Args:
        argument: Name of the layer's argument, for the error.
        activation: Name, Keras's function of that name, or None for linear.

    Returns:
        Keras's function.

    Raises:
        ValueError: Its slope does not follow from its value.
    """
    function = keras.activations.get(activation)
    name = getattr(function, "__name__", None)
    if name not in SLOPES or function is not getattr(keras.activations, name):
        raise ValueError(
            f"`{argument}` must be one of {tuple(SLOPES)}, whose slope follows from "
            f"their value. Received: {argument}={activation!r}"
        )
    return function


def slope(function):
    """Returns the slope of an activation, as a function of its value.

    >>> slope(get("activation", "sigmoid"))(0.5)
    0.25
    """
    return SLOPES[function.__name__]
