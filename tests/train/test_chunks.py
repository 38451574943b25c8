"""Chunks in order, states handed on, gradients that stop at the border."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers import GRU, LSTM, SimpleRNN
from zoo.train import chunks
from zoo.train.chunks import Chunks

B, T, D, U = 3, 4, 2, 5  # T steps a chunk
LAYERS = {
    "simple_rnn": (SimpleRNN, keras.layers.SimpleRNN),
    "lstm": (LSTM, keras.layers.LSTM),
    "gru": (GRU, keras.layers.GRU),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("size", [15, 16, 40, 100])
def test_a_row_goes_on_where_it_stopped(size):
    batches = Chunks(np.arange(size), rows=2, length=3, seed=1)
    last = None
    for update in range(3 * batches.per_epoch):
        inputs, targets = batches.at(update)
        assert inputs.shape == targets.shape == (2, 3)
        # Tokens are their own places here, so what comes next is one more.
        np.testing.assert_array_equal(inputs + 1, targets)
        np.testing.assert_array_equal(inputs[:, 1:], targets[:, :-1])
        if batches.begins(update):
            starts = inputs[:, 0]
            assert 0 <= starts[0] < 3 and starts[1] == starts[0] + 3 * batches.per_epoch
        else:
            np.testing.assert_array_equal(inputs[:, 0], last)
        last = targets[:, -1]


def test_an_epoch_takes_every_token_once_but_a_few_at_the_ends():
    batches = Chunks(np.arange(1000), rows=4, length=7, seed=1)
    taken = [batches.at(update)[0].ravel() for update in range(batches.per_epoch)]
    taken = np.sort(np.concatenate(taken))
    np.testing.assert_array_equal(taken, np.arange(taken[0], taken[-1] + 1))
    assert len(taken) > 1000 - (4 + 1) * 7


def test_borders_fall_elsewhere_in_other_epochs():
    batches = Chunks(np.arange(1000), rows=4, length=7, seed=1)
    updates = range(0, 40 * batches.per_epoch, batches.per_epoch)
    assert all(batches.begins(update) for update in updates)
    assert {int(batches.at(update)[0][0, 0]) for update in updates} == set(range(7))


def test_chunks_follow_from_seed_and_update_in_any_order():
    tokens = np.arange(100)
    one, other = (Chunks(tokens, 2, 5, seed=3) for _ in range(2))
    forwards = [one.at(update)[0].tolist() for update in range(40)]
    assert [other.at(u)[0].tolist() for u in reversed(range(40))] == forwards[::-1]
    again = [
        Chunks(tokens, 2, 5, seed=4).at(update)[0].tolist() for update in range(40)
    ]
    assert again != forwards


@pytest.mark.parametrize(("rows", "length"), [(2, 6), (0, 3), (3, 0)])
def test_a_stream_too_short_for_a_chunk_is_refused(rows, length):
    with pytest.raises(ValueError, match=f"17 tokens.*rows={rows}, length={length}"):
        Chunks(np.arange(17), rows, length, seed=1)


def test_a_sequence_is_cut_in_order_and_the_rest_is_kept():
    inputs = normal(1, B, 10, D)
    parts = list(chunks.cut(inputs, 4))
    assert [part.shape[1] for part in parts] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), inputs)


def make(name):
    """Our layer and Keras's with the same weights."""
    pair = [
        kind(U, return_sequences=True, return_state=True, dtype="float64")
        for kind in LAYERS[name]
    ]
    for layer in pair:
        layer.build((B, T, D))
    pair[0].set_weights([normal(i, *w.shape) for i, w in enumerate(pair[1].weights)])
    pair[1].set_weights(pair[0].get_weights())
    return pair


def start(layer, seed=20):
    """A first state that is not zero."""
    return [tf.constant(normal(seed + i, B, U)) for i, _ in enumerate(layer.states)]


def caller(layer):
    """What `chunks.read` calls: a chunk and a state in, outputs and a state out."""

    def call(inputs, state):
        outputs, *after = layer(inputs, initial_state=state)
        return outputs, after

    return call


@every_layer
def test_chunks_compute_what_the_whole_computes(name):
    layer, keras_layer = make(name)
    inputs = tf.constant(normal(5, B, 3 * T + 1, D))
    parts = list(chunks.read(caller(layer), start(layer), chunks.cut(inputs, T)))
    outputs, *after = keras_layer(inputs, initial_state=start(layer))
    assert len(parts) == 4
    np.testing.assert_allclose(
        np.concatenate([part for part, _ in parts], axis=1), outputs, atol=1e-12
    )
    for ours, theirs in zip(parts[-1][1], after, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def gradients(call, layer, inputs, first, stop):
    """Gradients of a weighted sum of all outputs, with a stop at the borders or not."""
    weighing = normal(6, *inputs.shape[:2], U)
    with tf.GradientTape() as tape:
        tape.watch([inputs, *first])
        state, outputs = first, []
        for begin in range(0, inputs.shape[1], T):
            part, state = call(inputs[:, begin : begin + T], state)
            state = [tf.stop_gradient(s) for s in state] if stop else state
            outputs.append(part)
        loss = tf.reduce_sum(tf.concat(outputs, axis=1) * weighing)
    values = [w.value for w in layer.trainable_variables]
    return tape.gradient(loss, [inputs, *first, *values])


@every_layer
def test_the_gradient_is_that_of_autodiff_with_a_stop_at_every_border(name):
    layer, keras_layer = make(name)
    inputs, first = tf.constant(normal(5, B, 3 * T, D)), start(layer)
    weighing = normal(6, B, 3 * T, U)
    with tf.GradientTape() as tape:
        tape.watch([inputs, *first])
        parts = chunks.read(caller(layer), first, chunks.cut(inputs, T))
        outputs = tf.concat([part for part, _ in parts], axis=1)
        loss = tf.reduce_sum(outputs * weighing)
    values = [w.value for w in layer.trainable_variables]
    found = tape.gradient(loss, [inputs, *first, *values])
    stopped = gradients(caller(keras_layer), keras_layer, inputs, first, stop=True)
    whole = gradients(caller(keras_layer), keras_layer, inputs, first, stop=False)
    for ours, theirs in zip(found, stopped, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    # The last chunk's outputs depend on the same steps either way; the first chunk's
    # inputs do not, nor does the kernel.
    np.testing.assert_allclose(found[0][:, -T:], whole[0][:, -T:], atol=1e-9)
    assert np.abs(found[0][:, :T] - whole[0][:, :T]).max() > 1e-3
    kernel = 1 + len(first)
    assert np.abs(found[kernel] - whole[kernel]).max() > 1e-3


def test_the_gradient_is_that_of_truncated_backpropagation_by_hand():
    layer, _ = make("simple_rnn")
    kernel, recurrent, _ = layer.get_weights()
    inputs = normal(5, B, 2 * T, D)
    # Forward, then backward inside the second chunk alone, in NumPy.
    hidden = [normal(20, B, U)]
    for step in range(2 * T):
        sums = inputs[:, step] @ kernel + hidden[-1] @ recurrent
        hidden.append(np.tanh(sums + layer.get_weights()[2]))
    arrived, expected = np.zeros((B, U)), np.zeros((U, U))
    for step in reversed(range(T, 2 * T)):
        of_sums = (1.0 + arrived) * (1 - hidden[step + 1] ** 2)  # loss: sum of outputs
        expected += hidden[step].T @ of_sums
        arrived = of_sums @ recurrent.T

    with tf.GradientTape() as tape:
        parts = chunks.read(caller(layer), start(layer), chunks.cut(inputs, T))
        _, (outputs, _) = parts
        loss = tf.reduce_sum(outputs)
    found = tape.gradient(loss, layer.recurrent_kernel.value)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def test_reading_goes_on_from_the_state_that_reading_gave():
    layer, _ = make("lstm")
    inputs = tf.constant(normal(5, B, 2 * T, D))
    whole = list(chunks.read(caller(layer), start(layer), chunks.cut(inputs, T)))
    ((_, state),) = chunks.read(caller(layer), start(layer), [inputs[:, :T]])
    ((resumed, _),) = chunks.read(caller(layer), state, [inputs[:, T:]])
    np.testing.assert_array_equal(resumed, whole[1][0])


def test_a_nested_state_is_handed_on_leaf_by_leaf():
    value = tf.constant([2.0])
    with tf.GradientTape() as tape:
        tape.watch(value)
        state = chunks.hand_on({"layers": [(value, 3 * value)]})
        assert [float(leaf[0]) for leaf in state["layers"][0]] == [2.0, 6.0]
        loss = tf.reduce_sum(state["layers"][0][1])
    assert tape.gradient(loss, value) is None
