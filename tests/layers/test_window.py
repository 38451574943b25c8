"""The fixed window against its equation, a loop, and Keras's causal convolution."""

import keras
import numpy as np
import pytest

from tests.layers.feed_forward import (
    B,
    D,
    T,
    U,
    close,
    make,
    make_reader,
    normal,
    remember,
)
from zoo import decode
from zoo.layers.window import WindowDecoder, WindowEncoder

windows = pytest.mark.parametrize("window", [1, 2, 4, T + 3])


def by_hand(decoder, inputs, summary=None):
    """The equations of the docstring, row by row and step by step."""
    first, bias = decoder.input_layer.get_weights()  # [tau, D, U]
    matrix = first.reshape(-1, U)  # of the inputs side by side: [tau * D, U]
    last, last_bias = decoder.output_layer.get_weights()
    outputs = np.zeros(inputs.shape)
    for row in range(len(inputs)):
        for step in range(inputs.shape[1]):
            seen = [
                inputs[row, place] if place >= 0 else np.zeros(D)
                for place in range(step - decoder.window + 1, step + 1)
            ]
            sums = np.concatenate(seen) @ matrix + bias
            if summary is not None:
                sums += summary[row] @ np.asarray(decoder.enter.kernel)
            hidden = np.tanh(sums)
            for layer in decoder.hidden_layers:
                kernel, own_bias = layer.get_weights()
                hidden = np.tanh(hidden @ kernel + own_bias)
            outputs[row, step] = hidden @ last + last_bias
    return outputs


@windows
@pytest.mark.parametrize("layers", [1, 3])
def test_it_is_a_network_over_the_last_inputs_side_by_side(window, layers):
    kind = (WindowDecoder, {"window": window, "units": U, "num_layers": layers})
    decoder, inputs = make(kind), normal(1, B, T, D)
    start = decoder.initial_state(B)
    close(decoder(inputs, None, start)[0], by_hand(decoder, inputs))
    decoder = make_reader(kind)
    memory = remember(decoder)
    summary = np.asarray(memory.summary)
    close(decoder(inputs, memory, start)[0], by_hand(decoder, inputs, summary))


@windows
def test_it_is_a_causal_convolution_of_keras(window):
    decoder = make((WindowDecoder, {"window": window, "units": U}))
    inputs = normal(1, B, T, D)
    stock = keras.layers.Conv1D(
        U, window, padding="causal", activation="tanh", dtype="float64"
    )
    stock.build((B, T, D))
    stock.set_weights(decoder.input_layer.get_weights())
    kernel, bias = decoder.output_layer.get_weights()
    expected = np.asarray(stock(inputs)) @ kernel + bias
    close(decoder(inputs, None, decoder.initial_state(B))[0], expected)


@windows
def test_what_is_older_than_the_window_is_forgotten_and_nothing_newer(window):
    decoder = make((WindowDecoder, {"window": window, "units": U}))
    inputs, state = normal(1, B, T, D), decoder.initial_state(B)
    before = np.asarray(decoder(inputs, None, state)[0])
    for changed in range(T):
        other = inputs.copy()
        other[:, changed] += 1.0
        after = np.asarray(decoder(other, None, state)[0])
        moved = np.abs(before - after).max(axis=(0, 2)) > 1e-9
        ages = np.arange(T) - changed
        np.testing.assert_array_equal(moved, (ages >= 0) & (ages < window))


def test_a_window_of_one_is_a_markov_model_that_no_past_can_move():
    decoder = make((WindowDecoder, {"window": 1, "units": U}))
    inputs = normal(1, 2, T, D)
    inputs[1, -1] = inputs[0, -1]  # two pasts, one present
    hidden, state, _ = decoder(inputs, None, decoder.initial_state(2))
    close(hidden[0, -1], hidden[1, -1])
    assert state["inputs"].shape == (2, 0, D)


def test_it_writes_under_greedy_search():
    """Embedded and scored by one-hots, it spells what a window of two can tell."""
    size = 8
    decoder = WindowDecoder(2, 64, size, summary_enters=None)
    decoder.build((None, None, size))
    word = [2, 4, 5, 4, 6, 3]  # START, then 4 is followed by 5 or by 6, then END
    pairs = list(zip([None, *word], word, word[1:], strict=False))
    first, bias = np.zeros((2, size, 64)), np.full(64, -15.0)
    last = np.zeros((64, size))
    for unit, (older, newer, following) in enumerate(pairs):
        first[1, newer, unit] = 10.0
        last[unit, following] = 5.0
        if older is None:
            bias[unit] = -5.0
        else:
            first[0, older, unit] = 10.0
    decoder.set_weights([first, bias, last, last.sum(axis=0)])

    def step(tokens, state):
        inputs = keras.ops.one_hot(tokens, size)[:, None]
        hidden, state, _ = decoder(inputs, None, state)
        return keras.ops.log_softmax(hidden[:, 0]), state

    tokens, _ = decode.greedy(
        step, decoder.initial_state(2), 2, start=2, end=3, max_length=9
    )
    assert np.asarray(tokens).tolist() == [word[1:] + [0] * 4] * 2


def test_the_encoder_is_the_decoder_without_a_memory():
    kind = {"window": 3, "units": U, "num_layers": 2}
    encoder, inputs = make((WindowEncoder, kind)), normal(1, B, T, D)
    states = np.asarray(encoder(inputs).states)
    close(states, by_hand(encoder.network, inputs))
