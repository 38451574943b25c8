"""The decoders and encoders that have no recurrence, in every kind that is tested."""

import keras
import numpy as np

from zoo.layers.convolution import ConvolutionDecoder, ConvolutionEncoder
from zoo.layers.memory import Memory
from zoo.layers.window import WindowDecoder, WindowEncoder

B, S, T, D, U = 3, 4, 9, 5, 6
DECODERS = {
    "markov": (WindowDecoder, {"window": 1, "units": U}),
    "window": (WindowDecoder, {"window": 4, "units": U}),
    "deep window": (WindowDecoder, {"window": 3, "units": U, "num_layers": 3}),
    "convolution": (ConvolutionDecoder, {"filters": U, "num_layers": 2}),
    "pair convolution": (
        ConvolutionDecoder,
        {"filters": D, "num_layers": 2, "kernel_size": 2, "weight_norm": False},
    ),
    "point convolution": (
        ConvolutionDecoder,
        {"filters": U, "num_layers": 1, "kernel_size": 1},
    ),
}
ENCODERS = {
    "window": (WindowEncoder, {"window": 3, "units": U, "num_layers": 2}),
    "causal": (ConvolutionEncoder, {"filters": U, "num_layers": 2}),
    "centred": (
        ConvolutionEncoder,
        {"filters": U, "num_layers": 2, "padding": "centred"},
    ),
}


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


def make(kind, dtype="float64", **options):
    """A decoder (no memory unless asked for) or an encoder, with random weights."""
    given = {**kind[1], **options}
    if hasattr(kind[0], "project"):
        given.setdefault("summary_enters", None)
    layer = kind[0](width=D, dtype=dtype, **given)
    layer.build((None, None, D))
    layer.set_weights(
        [0.6 * normal(9 + i, *w.shape) for i, w in enumerate(layer.weights)]
    )
    return layer


def make_reader(kind, dtype="float64", **options):
    """A decoder that reads a memory; an encoder has none to read."""
    reads = {"summary_enters": "every"} if hasattr(kind[0], "project") else {}
    return make(kind, dtype, **reads, **options)


def remember(decoder):
    """A memory with a summary of its own, projected."""
    states, summary = normal(40, B, S, D), normal(41, B, D)
    mask = np.ones((B, S), bool)
    return decoder.project(Memory(*map(keras.ops.array, (states, mask, summary))))


def close(one, other, tolerance=1e-10):
    """Compares two arrays of one shape, number by number."""
    assert tuple(one.shape) == tuple(other.shape)
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
