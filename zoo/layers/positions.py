"""Positions for a Transformer: sinusoidal, learned and rotary.

Attention sees a set: without positions, permuting its inputs permutes its outputs. The
first two are added to the inputs; the third turns queries and keys.
"""

import math

import keras
import numpy as np
from keras import ops

from zoo.layers.checks import check_sizes


def check_wavelength(max_wavelength):
    """Raises ValueError where a longest wavelength is not positive."""
    if max_wavelength <= 0:
        raise ValueError(
            "`max_wavelength` must be positive. "
            f"Received: max_wavelength={max_wavelength}"
        )


def angles(positions, width, max_wavelength=10000, dtype="float32"):
    """Multiplies positions by frequencies that fall from 1 to 1 / max_wavelength.

        angle(position, i) = position / max_wavelength^(2i / D),  i = 0 ... D/2 - 1

    Args:
        positions: Integers `[...]`.
        width: Even integer D.
        max_wavelength: Positive number; the wavelengths go from 2 pi to nearly
            2 pi times this.
        dtype: Floating type in which it is computed. Half precision would not tell
            far positions apart, so for those the least is `"float32"`.

    Returns:
        `[..., D / 2]`.

    Raises:
        ValueError: `width` is odd.
    """
    if width % 2:
        raise ValueError(
            "`width` must be even: positions pair the numbers of a vector. "
            f"Received: width={width}"
        )
    dtype = keras.backend.result_type(dtype, "float32")
    half = width // 2
    rates = np.exp(-math.log(max_wavelength) * np.arange(half) / half)
    rates = ops.convert_to_tensor(rates.astype(dtype))
    return ops.cast(positions, dtype)[..., None] * rates  # [..., D / 2]


def sinusoidal_positions(
    positions, width, max_wavelength=10000, interleaved=True, dtype="float32"
):
    """Encodes positions as sines and cosines of falling frequencies.

        P(position, 2i)     = sin(position / 10000^(2i / D))
        P(position, 2i + 1) = cos(position / 10000^(2i / D))

    These are the paper's columns, sines and cosines in turn. Where they are not to be
    `interleaved`, all sines stand first and all cosines after them: the same numbers,
    and since the weights that read them are learned, as are the embeddings they are
    added to, the order of columns makes no difference.

    Args:
        positions: Integers `[...]`.
        width: Even integer D.
        max_wavelength: Positive number, the paper's 10000.
        interleaved: Whether columns stand in the paper's order; if not, all sines
            stand first.
        dtype: Floating type in which it is computed, at least `"float32"`.

    Returns:
        `[..., D]`.

    Raises:
        ValueError: `width` is odd.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", section 3.5.
    """
    turned = angles(positions, width, max_wavelength, dtype)  # [..., D / 2]
    sines, cosines = ops.sin(turned), ops.cos(turned)
    if not interleaved:
        return ops.concatenate([sines, cosines], axis=-1)  # [..., D]
    pairs = ops.stack([sines, cosines], axis=-1)  # [..., D / 2, 2]
    return ops.reshape(pairs, (*ops.shape(turned)[:-1], width))  # [..., D]


def _count(inputs, positions):
    """Returns the given positions, or 0, 1, ... T - 1 of `[B, T, ...]`."""
    return ops.arange(ops.shape(inputs)[1]) if positions is None else positions


@keras.saving.register_keras_serializable(package="zoo")
class SinePositionEncoding(keras.layers.Layer):
    """Sinusoidal positions, to be added to the inputs; see `sinusoidal_positions`.

    It has no weights, and positions have no end.

    Args:
        max_wavelength: Positive number.
        interleaved: Whether columns stand in the paper's order, sines and cosines in
            turn; if not, all sines stand first.

    Call arguments:
        inputs: `[B, T, D]`, D even; only their shape and type matter.
        positions: Integers `[T]` or `[B, T]`; by default 0, 1, ... T - 1.

    Returns:
        `[T, D]` or `[B, T, D]`.

    Raises:
        ValueError: `max_wavelength` is not positive, or D is odd.

    Reference:
        Vaswani et al. 2017, "Attention Is All You Need", section 3.5.
    """

    def __init__(self, max_wavelength=10000, interleaved=True, **kwargs):
        super().__init__(**kwargs)
        check_wavelength(max_wavelength)
        self.max_wavelength = max_wavelength
        self.interleaved = interleaved
        self.supports_masking = True  # a padded place has a position too

    def call(self, inputs, positions=None):
        """Encodes the places of the inputs."""
        encoded = sinusoidal_positions(
            _count(inputs, positions),
            inputs.shape[-1],
            self.max_wavelength,
            self.interleaved,
            self.compute_dtype,
        )
        return ops.cast(encoded, self.compute_dtype)

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "max_wavelength": self.max_wavelength,
            "interleaved": self.interleaved,
        }


@keras.saving.register_keras_serializable(package="zoo")
class PositionEmbedding(keras.layers.Layer):
    """Learned positions, to be added to the inputs: row `position` of a table.

    Args:
        sequence_length: Positive integer, rows of the table: positions from 0 to
            `sequence_length` - 1.
        initializer: Keras initializer of the table.

    Call arguments:
        inputs: `[B, T, D]`; only their shape and type matter.
        positions: Integers `[T]` or `[B, T]`, all less than `sequence_length`; by
            default 0, 1, ... T - 1. Given positions are data, so they cannot be
            checked here: whoever gives them keeps to the table.

    Returns:
        `[T, D]` or `[B, T, D]`.

    Raises:
        ValueError: `sequence_length` is not positive, or less than T.

    Reference:
        Gehring et al. 2017, "Convolutional Sequence to Sequence Learning", section
        3.1; compared with sinusoids in Vaswani et al. 2017, table 3, row E.
    """

    def __init__(self, sequence_length, initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        check_sizes(sequence_length=sequence_length)
        self.sequence_length = sequence_length
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True  # a padded place has a position too

    def build(self, inputs_shape, positions_shape=None):
        """Makes the table."""
        shape = (self.sequence_length, inputs_shape[-1])
        self.embeddings = self.add_weight(shape, self.initializer, name="embeddings")

    def check_length(self, length):
        """Raises ValueError where so many steps, if known, need more rows."""
        if isinstance(length, int) and length > self.sequence_length:
            raise ValueError(
                "`inputs` must have no more steps than the table of positions has "
                f"rows. Received: {length} steps, "
                f"sequence_length={self.sequence_length}"
            )

    def call(self, inputs, positions=None):
        """Looks the places of the inputs up."""
        self.check_length(ops.shape(inputs)[1])
        positions = _count(inputs, positions)
        return ops.take(self.embeddings, positions, axis=0)  # [..., T, D]

    def get_config(self):
        """Returns the arguments."""
        return {
            **super().get_config(),
            "sequence_length": self.sequence_length,
            "initializer": keras.initializers.serialize(self.initializer),
        }


@keras.saving.register_keras_serializable(package="zoo")
class RotaryEmbedding(keras.layers.Layer):
    """Rotary positions: turns every pair of numbers by an angle that grows with place.

        [a'; b'] = [cos t, -sin t; sin t, cos t] [a; b]
        t        = position / max_wavelength^(2i / D) for the pair's number i

    Turning a query at place m and a key at place n leaves a product that knows m and n
    through m - n alone, which is why it is done to these and not to values. Of a
    vector's D numbers, number i and number i + D / 2 are a pair (the paper pairs
    neighbours; as with sinusoidal positions that is only another order of columns).
    It has no weights, and positions have no end.

    Args:
        max_wavelength: Positive number.

    Call arguments:
        inputs: `[B, T, D]` or `[B, T, H, D]`, D even.
        positions: Integers `[T]` or `[B, T]`; by default 0, 1, ... T - 1.

    Returns:
        The same shape, each vector as long as before.

    Raises:
        ValueError: `max_wavelength` is not positive, or D is odd.

    Reference:
        Su et al. 2021, "RoFormer: Enhanced Transformer with Rotary Position
        Embedding", section 3.2.2, equations 14, 15 and 34.
    """

    def __init__(self, max_wavelength=10000, **kwargs):
        super().__init__(**kwargs)
        check_wavelength(max_wavelength)
        self.max_wavelength = max_wavelength
        self.supports_masking = True  # a padded place has a position too

    def call(self, inputs, positions=None):
        """Turns the vectors by the angles of their places."""
        turned = angles(
            _count(inputs, positions),
            inputs.shape[-1],
            self.max_wavelength,
            self.compute_dtype,
        )  # [T, D / 2] or [B, T, D / 2]
        if len(inputs.shape) == 4:
            turned = ops.expand_dims(turned, -2)  # [..., T, 1, D / 2]: all heads alike
        sine = ops.cast(ops.sin(turned), inputs.dtype)
        cosine = ops.cast(ops.cos(turned), inputs.dtype)
        first, second = ops.split(inputs, 2, axis=-1)  # [..., D / 2] each
        return ops.concatenate(
            [first * cosine - second * sine, first * sine + second * cosine], axis=-1
        )  # [..., D]

    def get_config(self):
        """Returns the arguments."""
        return {**super().get_config(), "max_wavelength": self.max_wavelength}
