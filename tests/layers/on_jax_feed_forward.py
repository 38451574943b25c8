"""Runs window, convolution and latent layers on JAX; see test_feed_forward_on_jax."""

import sys

import keras
import numpy as np
from keras import ops, tree

from tests.layers.feed_forward import (
    DECODERS,
    ENCODERS,
    B,
    D,
    T,
    make,
    make_reader,
    normal,
    remember,
)
from zoo.layers.latent import vanilla_rnn
from zoo.models.ngram import NGram
from zoo.models.ngram_counts import count

MASK = np.array([[1] * T, [1] * 4 + [0] * (T - 4), [0] * T], bool)
STREAM = np.random.default_rng(5).integers(4, 9, 300)


def calls():
    """Yields every layer's name, the layer, and a call that gives arrays."""
    for name in ("markov", "deep window", "convolution"):
        layer = make_reader(DECODERS[name], "float32")
        yield f"decoder {name}", layer, read
    for name, kind in ENCODERS.items():
        layer = make(kind, "float32")
        yield f"encoder {name}", layer, encode
    layer = vanilla_rnn(D, D, dtype="float32")
    layer.build((None, None, D))
    layer.set_weights([0.5 * normal(i, *w.shape) for i, w in enumerate(layer.weights)])
    yield "latent", layer, lambda layer, inputs: layer(inputs, mask=MASK)


def read(decoder, inputs):
    """What a decoder gives after two steps, in one array and a list."""
    state = decoder.initial_state(B)
    memory = remember(decoder)
    _, state, _ = decoder(inputs[:, :2], memory, state)
    outputs, state, _ = decoder(inputs[:, 2:], memory, state)
    return [outputs, *tree.flatten(state)]


def encode(encoder, inputs):
    """What an encoder gives of real places."""
    memory = encoder(inputs, mask=MASK)
    return [memory.states * MASK[..., None].astype("float32"), memory.summary]


def ngrams():
    """Yields n-gram models and what they say of texts."""
    for prior in ("uniform", "shorter"):
        model = NGram.of(count([STREAM], 3, 9), 9, 0.1, prior)
        yield f"ngram {prior}", model, np.array([[2, 4, 5, 3], [2, 8, 8, 8]])


def main(wanted):
    """Writes every layer's results and its weights' gradients to a file."""
    import jax  # here, since the test that runs on TensorFlow imports this file too

    done, inputs = {}, normal(1, B, T, D).astype("float32")
    for name, layer, call in calls():
        variables = layer.trainable_variables

        def loss(values, layer=layer, call=call, variables=variables):
            given = list(zip(variables, values, strict=True))
            with keras.StatelessScope(state_mapping=given):
                results = call(layer, inputs)
            return sum(ops.sum(ops.sin(result)) for result in results), results

        values = [variable.value for variable in variables]
        gradients, results = jax.jit(jax.grad(loss, has_aux=True))(values)
        for index, array in enumerate([*results, *gradients]):
            done[f"{name} {index}"] = np.asarray(array)
    for name, model, tokens in ngrams():
        done[f"{name} 0"] = np.asarray(jax.jit(model)(tokens))
    np.savez(wanted, **done)


if __name__ == "__main__":
    main(sys.argv[1])
    sys.exit("TensorFlow was imported" if "tensorflow" in sys.modules else 0)
