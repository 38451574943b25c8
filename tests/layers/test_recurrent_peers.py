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


def make(torch, name):
    """Our layer with random weights and PyTorch's with the same."""
    ours, theirs, order = PAIRS[name]
    layer = ours(U, return_sequences=True, return_state=True, dtype="float64")
    layer.build((B, T, D))
    layer.set_weights([0.7 * normal(i, *w.shape) for i, w in enumerate(layer.weights)])
    kernel, recurrent, bias = layer.get_weights()
    # Where we have one bias PyTorch has two, that are added.
    biases = bias if len(bias.shape) == 2 else [bias, np.zeros_like(bias)]
    peer = getattr(torch.nn, theirs)(D, U, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        peer.weight_ih_l0.copy_(torch.tensor(rows(kernel, order)))
        peer.weight_hh_l0.copy_(torch.tensor(rows(recurrent, order)))
        peer.bias_ih_l0.copy_(torch.tensor(rows(biases[0], order)))
        peer.bias_hh_l0.copy_(torch.tensor(rows(biases[1], order)))
    return layer, peer, order


@pytest.mark.parametrize("name", PAIRS)
def test_outputs_states_and_gradients_are_those_of_torch(torch, name):
    layer, peer, order = make(torch, name)
    inputs, weighing = normal(5, B, T, D), normal(6, B, T, U)
    states = [normal(7 + i, B, U) for i, _ in enumerate(layer.states)]

    watched = torch.tensor(inputs, requires_grad=True)
    first = [torch.tensor(state)[None] for state in states]
    outputs, final = peer(watched, first[0] if len(first) == 1 else tuple(first))
    (outputs * torch.tensor(weighing)).sum().backward()
    final = [final] if len(first) == 1 else list(final)
    expected = [outputs, *[state[0] for state in final], watched.grad]
    expected += [peer.weight_ih_l0.grad, peer.weight_hh_l0.grad]
    expected += [peer.bias_ih_l0.grad]

    kernel, recurrent, bias = [w.value for w in layer.trainable_variables]
    with tf.GradientTape() as tape:
        constant = tf.constant(inputs)
        tape.watch(constant)
        results = layer(constant, initial_state=states)
        loss = tf.reduce_sum(results[0] * weighing)
    gradients = tape.gradient(loss, [constant, kernel, recurrent, bias])
    of_bias = gradients[3][0] if len(bias.shape) == 2 else gradients[3]
    answers = [*results, gradients[0], *[rows(g, order) for g in gradients[1:3]]]
    for one, other in zip([*answers, rows(of_bias, order)], expected, strict=True):
        np.testing.assert_allclose(one, other.detach(), rtol=1e-10, atol=1e-10)


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
