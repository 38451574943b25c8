"""Our recurrent layers beside Keras's own, and how both are run."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from zoo.layers import GRU, LSTM, SimpleRNN

B, T, D, U = 4, 5, 3, 6
PAIRS = {
    "simple_rnn": (SimpleRNN, keras.layers.SimpleRNN),
    "lstm": (LSTM, keras.layers.LSTM),
    "gru": (GRU, keras.layers.GRU),
}
MASKS = {
    "none": None,
    # A whole row, a padded row, a row with a gap and a row with nothing real.
    "rows": np.array(
        [[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 0, 1, 1], [0, 0, 0, 0, 0]], bool
    ),
    "left": np.array([[0, 0, 1, 1, 1]] * B, bool),
}
every_layer = pytest.mark.parametrize("name", PAIRS)


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


def make(name, dtype="float64", **options):
    """A layer of ours with random weights, biases too."""
    layer = PAIRS[name][0](
        U, **{"return_sequences": True, "return_state": True, **options}, dtype=dtype
    )
    layer.build((B, T, D))
    layer.set_weights(
        [0.7 * normal(9 + i, *w.shape) for i, w in enumerate(layer.weights)]
    )
    return layer


def make_keras(name, layer, dtype="float64"):
    """Keras's own layer with the same weights."""
    theirs = PAIRS[name][1](
        U,
        return_sequences=True,
        return_state=True,
        use_bias=layer.use_bias,
        dtype=dtype,
    )
    theirs.build((B, T, D))
    theirs.set_weights(layer.get_weights())
    return theirs


def arguments(layer, dtype="float64", zero_states=False):
    """Inputs and initial states as tensors."""
    states = [normal(20 + i, B, U).astype(dtype) for i, _ in enumerate(layer.states)]
    scale = 0.0 if zero_states else 0.5
    return (
        tf.constant(normal(1, B, T, D).astype(dtype)),
        [tf.constant(scale * state) for state in states],
    )


def differentiate(call, inputs, states, variables, seen):
    """Outputs, final states, and the gradients of a weighted sum of both.

    `seen` [B, T] chooses the outputs that count.
    """
    with tf.GradientTape() as tape:
        tape.watch([inputs, states])
        outputs, *final = call(inputs, states)
        results = [outputs * seen[..., None], *final]
        weighing = [
            normal(30 + i, *r.shape).astype(outputs.dtype.as_numpy_dtype)
            for i, r in enumerate(results)
        ]
        loss = sum(
            tf.reduce_sum(result * weight)
            for result, weight in zip(results, weighing, strict=True)
        )
    values = [inputs, *states, *[variable.value for variable in variables]]
    return results, tape.gradient(loss, values)


def assert_close(ours, theirs, tolerance):
    for one, other in zip(ours, theirs, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def seen_of(mask, dtype="float64"):
    """Which outputs Keras and we agree to define.

    Before a row's first real step Keras gives zeros, we give the initial state.
    """
    if mask is None:
        return np.ones((B, T), dtype)
    return (np.cumsum(mask, axis=1) > 0).astype(dtype)


def by_loop(layer, inputs, states, mask):
    """The layer's equations in a plain loop, for autodiff to differentiate."""
    projected = layer.project(inputs)
    weights = [ops.convert_to_tensor(w) for w in layer.recurrent_weights()]
    sequence = []
    for step in range(T):
        after, _ = layer.step(projected[:, step], states, states[0], *weights)
        if mask is not None:
            real = mask[:, step, None]
            after = [
                ops.where(real, new, old)
                for new, old in zip(after, states, strict=True)
            ]
        states = after
        sequence.append(states[0])
    return [ops.stack(sequence, axis=1), *states]
