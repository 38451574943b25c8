"""Stacks, one way and both ways, against PyTorch's, with copied weights."""

import numpy as np
import pytest
import tensorflow as tf

from zoo.layers.recurrent_stack import RecurrentStack

pytestmark = pytest.mark.peers
B, T, D, U, L = 4, 5, 3, 6, 2
LENGTHS = [5, 3, 1, 4]
# PyTorch's name, and where each of our blocks of columns stands among its.
PAIRS = {
    "simple_rnn": ("RNN", [0]),
    "lstm": ("LSTM", [0, 1, 2, 3]),
    "gru": ("GRU", [1, 0, 2]),
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


def in_torch_s_order(arrays, order):
    """Kernel, recurrent kernel and bias of every reader, as PyTorch lists them."""
    answer = []
    for kernel, recurrent, bias in zip(
        arrays[::3], arrays[1::3], arrays[2::3], strict=True
    ):
        # Where we have one bias PyTorch has two, that are added.
        bias = np.asarray(bias)
        biases = bias if bias.ndim == 2 else [bias, np.zeros_like(bias)]
        answer += [rows(each, order) for each in (kernel, recurrent, *biases)]
    return answer


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
def test_a_padded_batch_is_that_of_torch(torch, name, bidirectional):
    theirs, order = PAIRS[name]
    stack = RecurrentStack(name, U, L, bidirectional, dtype="float64")
    stack.build((None, None, D))
    stack.set_weights([0.7 * normal(i, *w.shape) for i, w in enumerate(stack.weights)])
    peer = getattr(torch.nn, theirs)(
        D, U, L, batch_first=True, bidirectional=bidirectional, dtype=torch.float64
    )
    weights = in_torch_s_order(stack.get_weights(), order)
    with torch.no_grad():
        for one, other in zip(peer.parameters(), weights, strict=True):
            one.copy_(torch.tensor(other))

    mask = np.arange(T) < np.array(LENGTHS)[:, None]
    inputs, weighing = normal(5, B, T, D), normal(6, B, T, stack.output_width)
    weighing = weighing * mask[..., None]
    watched = torch.tensor(inputs, requires_grad=True)
    rnn = torch.nn.utils.rnn
    packed = rnn.pack_padded_sequence(
        watched, LENGTHS, batch_first=True, enforce_sorted=False
    )
    outputs, final = peer(packed)
    outputs, _ = rnn.pad_packed_sequence(outputs, batch_first=True)
    (outputs * torch.tensor(weighing)).sum().backward()
    final = final if isinstance(final, tuple) else (final,)

    variables = [weight.value for weight in stack.trainable_variables]
    constant = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(constant)
        hidden, states = stack(constant, mask=mask)
        loss = tf.reduce_sum(hidden * weighing)
    gradients = tape.gradient(loss, [constant, *variables])

    def close(one, other):
        np.testing.assert_allclose(one, other.detach(), rtol=1e-10, atol=1e-10)

    close(hidden * mask[..., None], outputs)
    # PyTorch stacks layer by layer, and in each one direction by direction.
    readers = [
        states[layer][start : start + len(final)]
        for layer in range(L)
        for start in range(0, len(states[layer]), len(final))
    ]
    for index, reader in enumerate(readers):
        for state, expected in zip(reader, final, strict=True):
            close(state, expected[index])
    close(gradients[0], watched.grad)
    ours = in_torch_s_order(gradients[1:], order)
    for index, (one, other) in enumerate(zip(ours, peer.parameters(), strict=True)):
        if index % 4 == 3 and name != "gru":
            continue  # the second of two biases of which we have one
        close(one, other.grad)
