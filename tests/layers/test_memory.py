"""Decoders as a newcomer uses them: project first, in a model of one's own."""

import keras
import numpy as np
import pytest

from zoo.layers import (
    ConvolutionDecoder,
    Memory,
    RecurrentDecoder,
    RecurrentEncoder,
    TransformerDecoder,
    WindowDecoder,
)

B, S, T, D = 3, 5, 4, 8
DECODERS = {
    "recurrent": lambda: RecurrentDecoder("gru", 6, D),
    "attention": lambda: RecurrentDecoder("lstm", 6, D, attention="additive"),
    "bridge": lambda: RecurrentDecoder("lstm", 6, D, bridge=True),
    "transformer": lambda: TransformerDecoder(2, D, 2, 16),
    "convolution": lambda: ConvolutionDecoder(6, D, 2),
    "window": lambda: WindowDecoder(3, 6, D),
}
every_decoder = pytest.mark.parametrize("kind", DECODERS)


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def memory():
    states = normal(1, B, S, D)
    return Memory(states, np.ones((B, S), bool), states.mean(axis=1))


@every_decoder
def test_a_new_decoder_projects_before_it_is_called(kind):
    first, second = DECODERS[kind](), DECODERS[kind]()
    projected = first.project(memory())
    state = first.initial_state(B, memory=projected)
    answer, _, _ = first(normal(2, B, T, D), projected, state)
    second.build((None, None, D))
    second.set_weights(first.get_weights())
    projected = second.project(memory())
    state = second.initial_state(B, memory=projected)
    expected, _, _ = second(normal(2, B, T, D), projected, state)
    np.testing.assert_allclose(answer, expected, rtol=1e-6, atol=1e-6)


@every_decoder
def test_a_model_of_one_s_own_learns_with_it(kind):
    class Own(keras.Model):
        """An encoder and a decoder, with nothing said about weights."""

        def __init__(self):
            super().__init__()
            self.encoder = RecurrentEncoder("gru", D)
            self.decoder = DECODERS[kind]()

        def call(self, inputs):
            source, target = inputs
            memory = self.decoder.project(self.encoder(source))
            rows = keras.ops.shape(target)[0]
            state = self.decoder.initial_state(rows, memory=memory)
            return self.decoder(target, memory, state)[0]

    model = Own()
    model.compile("adam", "mse")
    data = (normal(1, B, S, D), normal(2, B, T, D))
    losses = model.fit(data, normal(3, B, T, D), epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


@every_decoder
def test_a_memory_that_was_not_projected_is_refused(kind):
    decoder = DECODERS[kind]()
    state = decoder.initial_state(B, memory=decoder.project(memory()))
    with pytest.raises(ValueError, match="`memory` must be what this decoder's `proj"):
        decoder(normal(2, B, T, D), memory(), state)
    with pytest.raises(ValueError, match="`memory` must be a Memory, as an encoder"):
        decoder.project(normal(1, B, S, D))
