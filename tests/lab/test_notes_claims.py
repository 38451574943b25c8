"""What docs/notes.md adds to the course's statements, in numbers."""

import itertools

import numpy as np
import tensorflow as tf
from keras import ops

from zoo.lab import hello
from zoo.layers.gru import GRU
from zoo.layers.lstm import LSTM
from zoo.layers.simple_rnn import SimpleRNN

D, U = 3, 4


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def orthogonal(seed, size):
    return np.linalg.qr(normal(seed, size, size))[0]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gradient_of_first_state(layer, inputs, seed, which=-1):
    """How the last state `[1, U]`, weighted at random, moves with the first."""
    states = [
        tf.constant(0.5 * normal(seed + i, 1, U)) for i in range(len(layer.states))
    ]
    weighing = normal(seed + 7, 1, U)
    weighing /= np.linalg.norm(weighing)
    with tf.GradientTape() as tape:
        tape.watch(states)
        final = layer(tf.constant(inputs), initial_state=states)[1:]
        loss = tf.reduce_sum(final[which] * weighing)
    return weighing, tape.gradient(loss, states)[which].numpy()


def recurrent(layer, recurrent_kernel, steps):
    """A layer of float64 with random inputs and a recurrent kernel that is given."""
    layer = layer(U, return_state=True, dtype="float64")
    layer.build((1, steps, D))
    kernel, _, bias = layer.get_weights()
    kernel = normal(2, *kernel.shape)
    layer.set_weights([kernel, recurrent_kernel, bias])
    return layer, normal(3, 1, steps, D)


def test_the_conditionals_of_all_texts_multiply_and_sum_to_one():
    model = hello.LetterModel(hello.UNITS, 4, seed=1)
    texts = np.array([(0, *rest) for rest in itertools.product(range(4), repeat=3)])
    conditionals = ops.softmax(model(np.eye(4, dtype="float32")[texts[:, :-1]]))
    chosen = np.take_along_axis(np.asarray(conditionals), texts[:, 1:, None], axis=2)
    product = chosen.prod(axis=(1, 2))  # of each of the 64 texts after an h
    assert len(product) == 64 and product.min() > 0
    np.testing.assert_allclose(product.sum(), 1.0, rtol=1e-5)
    # The last conditional alone is not the probability of the text.
    assert not np.allclose(chosen[:, -1].sum(), 1.0)


def test_below_one_the_largest_singular_value_makes_the_gradient_vanish():
    for steps in (1, 5, 20):
        layer, inputs = recurrent(SimpleRNN, 0.9 * orthogonal(5, U), steps)
        _, gradient = gradient_of_first_state(layer, inputs, seed=11)
        assert 0 < np.linalg.norm(gradient) < 0.9**steps


def test_at_exactly_one_it_still_vanishes_for_tanh_shrinks_every_step():
    norms = []
    for steps in (1, 10, 30):
        layer, inputs = recurrent(SimpleRNN, orthogonal(5, U), steps)
        norms.append(np.linalg.norm(gradient_of_first_state(layer, inputs, seed=11)[1]))
    assert 1 > norms[0] > 10 * norms[1] > 100 * norms[2] > 0


def test_above_one_the_gradient_need_not_explode():
    shift = 5.0 * np.eye(U, k=1)  # singular values 5, 5, 5 and 0; eigenvalues 0
    assert np.linalg.svd(shift)[1].max() == 5
    layer, inputs = recurrent(SimpleRNN, shift, steps=1)
    assert gradient_of_first_state(layer, inputs, seed=11)[1].any()
    layer, inputs = recurrent(SimpleRNN, shift, steps=U)
    assert not gradient_of_first_state(layer, inputs, seed=11)[1].any()


def test_above_one_the_gradient_can_explode():
    layer, inputs = recurrent(SimpleRNN, 3.0 * np.eye(U), steps=20)
    layer.set_weights([0 * layer.get_weights()[0], *layer.get_weights()[1:]])
    states = [tf.zeros((1, U), "float64")]
    with tf.GradientTape() as tape:
        tape.watch(states)
        loss = tf.reduce_sum(layer(tf.constant(inputs), initial_state=states)[0])
    np.testing.assert_allclose(tape.gradient(loss, states)[0], 3.0**20)


def one_step_of_an_lstm():
    """A layer, its input and first states, and its four signals by hand."""
    layer, inputs = recurrent(LSTM, normal(4, U, 4 * U), steps=1)
    hidden, cell = normal(5, 1, U), normal(6, 1, U)
    kernel, recurrent_kernel, bias = layer.get_weights()
    sums = inputs[:, 0] @ kernel + hidden @ recurrent_kernel + bias
    signals = [sigmoid, sigmoid, np.tanh, sigmoid]
    parts = np.split(sums, 4, axis=-1)
    signals = [signal(part) for signal, part in zip(signals, parts, strict=True)]
    return layer, inputs, hidden, cell, signals


def test_three_signals_are_gates_between_zero_and_one_and_the_candidate_is_none():
    layer, inputs, hidden, cell, signals = one_step_of_an_lstm()
    into, forget, candidate, output = signals
    after = layer(inputs, initial_state=[hidden, cell])[1:]
    new_cell = forget * cell + into * candidate
    np.testing.assert_allclose(after[1], new_cell)
    np.testing.assert_allclose(after[0], output * np.tanh(new_cell))
    gates = np.concatenate([into, forget, output])
    assert 0 < gates.min() and gates.max() < 1
    assert candidate.min() < 0 < candidate.max()


def test_the_gates_of_an_lstm_read_the_hidden_state_and_not_the_cell():
    layer, inputs, hidden, cell, signals = one_step_of_an_lstm()
    other_cell = cell + 1
    one = layer(inputs, initial_state=[hidden, cell])[2]
    other = layer(inputs, initial_state=[hidden, other_cell])[2]
    # Whatever the old cell, the same gate stands between it and the new one.
    np.testing.assert_allclose(np.asarray(other) - np.asarray(one), signals[1])


def test_along_the_cell_the_gradient_is_the_product_of_the_forget_gates():
    steps = 6
    layer, inputs = recurrent(LSTM, np.zeros((U, 4 * U)), steps)
    weighing, gradient = gradient_of_first_state(layer, inputs, seed=11)
    kernel, _, bias = layer.get_weights()
    forget = sigmoid((inputs @ kernel + bias)[..., U : 2 * U])  # [1, T, U]
    np.testing.assert_allclose(gradient, weighing * forget.prod(axis=1))


def test_a_forget_gate_that_starts_with_a_bias_of_one_is_open_by_three_quarters():
    layer, _ = recurrent(LSTM, np.zeros((U, 4 * U)), steps=1)
    weighing, gradient = gradient_of_first_state(layer, np.zeros((1, 20, D)), seed=11)
    np.testing.assert_allclose(gradient, weighing * sigmoid(1.0) ** 20)
    assert 0.73 < sigmoid(1.0) < 0.74 and sigmoid(1.0) ** 20 < 0.002


def test_a_gru_has_three_quarters_of_an_lstm_s_matrices():
    sizes = []
    for layer in (GRU(U), LSTM(U)):
        layer.build((None, None, D))
        kernel, recurrent_kernel, _ = layer.get_weights()
        sizes.append(kernel.size + recurrent_kernel.size)
    assert sizes == [3 * U * (D + U), 4 * U * (D + U)]
