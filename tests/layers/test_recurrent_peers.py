"""SimpleRNN, LSTM and GRU against PyTorch's, with copied weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers import GRU, LSTM, SimpleRNN

pytestmark = pytest.mark.peers
B, T, D, U = 4, 5, 3, 6
# Ours, theirs, and where each of our blocks of columns stands among theirs.
PAIRS = {
    "simple_rnn": (SimpleRNN, "RNN", [0]),
    "lstm": (LSTM, "LSTM", [0, 1, 2, 3]),
    "gru": (GRU, "GRU", [1, 0, 2]),
}


@pytest.fixture
def torch():
    """PyTorch; not imported with this file, which `make test` collects without it."""
    return pytest.importorskip("torch", reason="needs requirements-peers.txt")


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def rows(matrix, order):
    """Our `[.., G * U]` as PyTorch has it, `[G * U, ..]`."""
    blocks = np.split(np.asarray(matrix), len(order), axis=-1)
    return np.concatenate([blocks[i] for i in order], axis=-1).T


def make(torch, name, dtype="float64"):
    """Our layer with random weights and PyTorch's with the same."""
    ours, theirs, order = PAIRS[name]
    layer = ours(U, return_sequences=True, return_state=True, dtype=dtype)
    layer.build((B, T, D))
    layer.set_weights([0.7 * normal(i, *w.shape) for i, w in enumerate(layer.weights)])
    kernel, recurrent, bias = layer.get_weights()
    # Where we have one bias PyTorch has two, that are added.
    biases = bias if len(bias.shape) == 2 else [bias, np.zeros_like(bias)]
    peer = getattr(torch.nn, theirs)(
        D, U, batch_first=True, dtype=getattr(torch, dtype)
    )
    with torch.no_grad():
        peer.weight_ih_l0.copy_(torch.tensor(rows(kernel, order)))
        peer.weight_hh_l0.copy_(torch.tensor(rows(recurrent, order)))
        peer.bias_ih_l0.copy_(torch.tensor(rows(biases[0], order)))
        peer.bias_hh_l0.copy_(torch.tensor(rows(biases[1], order)))
    return layer, peer, order


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-10), ("float32", 1e-5)])
def test_outputs_states_and_gradients_are_those_of_torch(torch, name, dtype, tolerance):
    layer, peer, order = make(torch, name, dtype)
    inputs = normal(5, B, T, D).astype(dtype)
    states = [normal(7 + i, B, U).astype(dtype) for i, _ in enumerate(layer.states)]
    # Outputs and every final state count.
    weighing = [normal(6, B, T, U), *[normal(60 + i, B, U) for i in range(len(states))]]
    weighing = [weight.astype(dtype) for weight in weighing]

    watched = [torch.tensor(part, requires_grad=True) for part in (inputs, *states)]
    first = [state[None] for state in watched[1:]]
    outputs, final = peer(watched[0], first[0] if len(first) == 1 else tuple(first))
    final = [final[0]] if len(first) == 1 else [state[0] for state in final]
    expected = [outputs, *final]
    pairs = zip(expected, weighing, strict=True)
    sum((part * torch.tensor(weight)).sum() for part, weight in pairs).backward()
    expected += [part.grad for part in watched]
    expected += [peer.weight_ih_l0.grad, peer.weight_hh_l0.grad]
    expected += [peer.bias_ih_l0.grad]

    weights = [w.value for w in layer.trainable_variables]
    with tf.GradientTape() as tape:
        constants = [tf.constant(part) for part in (inputs, *states)]
        tape.watch(constants)
        results = layer(constants[0], initial_state=constants[1:])
        pairs = zip(results, weighing, strict=True)
        loss = sum(tf.reduce_sum(part * weight) for part, weight in pairs)
    *of_inputs, kernel, recurrent, bias = tape.gradient(loss, [*constants, *weights])
    of_bias = bias[0] if len(bias.shape) == 2 else bias
    answers = [*results, *of_inputs, rows(kernel, order), rows(recurrent, order)]
    for one, other in zip([*answers, rows(of_bias, order)], expected, strict=True):
        np.testing.assert_allclose(
            one, other.detach(), rtol=tolerance, atol=10 * tolerance
        )


@pytest.mark.parametrize("name", PAIRS)
def test_rows_of_different_lengths_are_those_of_torch(torch, name):
    layer, peer, _ = make(torch, name)
    inputs, lengths = normal(5, B, T, D), [5, 3, 1, 4]
    mask = keras.ops.arange(T)[None] < np.array(lengths)[:, None]
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        torch.tensor(inputs), lengths, batch_first=True, enforce_sorted=False
    )
    final = peer(packed)[1]
    final = final if isinstance(final, tuple) else (final,)
    for one, other in zip(layer(inputs, mask=mask)[1:], final, strict=True):
        np.testing.assert_allclose(one, other[0].detach(), rtol=1e-10, atol=1e-10)
