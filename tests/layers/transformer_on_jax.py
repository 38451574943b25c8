"""Runs attention and the Transformer's layers on JAX; see test_transformer_on_jax."""

import sys

import keras
import numpy as np
from keras import ops

from zoo.layers.attention import AdditiveAttention, DotAttention
from zoo.layers.memory import Memory
from zoo.layers.transformer_decoder import TransformerDecoder
from zoo.layers.transformer_encoder import TransformerEncoder

SIZES = {"num_layers": 1, "width": 8, "num_heads": 2, "intermediate_dim": 12}
ROTARY = {"positions": "rotary"}
LEARNED = {"positions": "learned", "sequence_length": 9, "normalize_first": True}


def make_functional():
    """An encoder in a functional model, of inputs whose length is not known."""
    inputs, mask = keras.Input((None, 8)), keras.Input((None,), dtype="bool")
    encoder = TransformerEncoder(**SIZES, **LEARNED, window=2)
    memory, maps = encoder(inputs, mask=mask, return_attention_scores=True)
    return keras.Model([inputs, mask], [memory.states, memory.summary, maps])


MAKERS = {
    "additive": lambda: AdditiveAttention(6),
    "dot": lambda: DotAttention("general", 8, use_scale=True),
    "encoder, rotary": lambda: TransformerEncoder(**SIZES, **ROTARY),
    "encoder, window": make_functional,
    "decoder": lambda: TransformerDecoder(**SIZES),
    "writer, window": lambda: TransformerDecoder(
        **SIZES, **ROTARY, cross_attention=False, window=2
    ),
}


def decode(decoder, inputs, mask):
    """Reads with caches: all at once, or where there is no memory in two calls."""
    memory = None
    if decoder.cross_attention:
        memory = decoder.project(Memory(inputs, mask, inputs[:, 0]))
    state = decoder.initial_state(inputs.shape[0], inputs.shape[1])
    if memory:
        return [decoder(inputs, memory, state)[0]]
    first, state, _ = decoder(inputs[:, :3], memory, state)
    second, _, _ = decoder(inputs[:, 3:], memory, state)
    return [ops.concatenate([first, second], axis=1)]


def apply(name, layer, inputs, mask):
    """Calls a layer; returns tensors whose first holds an output of each place."""
    if name in ("additive", "dot"):
        return list(layer(inputs, layer.project_keys(inputs), inputs, mask))
    if name == "encoder, window":
        return list(layer([inputs, ops.convert_to_tensor(mask)]))
    if name.startswith("encoder"):
        memory, maps = layer(inputs, mask=mask, return_attention_scores=True)
        return [memory.states, memory.summary, maps]
    return decode(layer, inputs, mask)


def make(name):
    """Makes a layer with weights, the same on every backend."""
    layer = MAKERS[name]()
    shape = (None, None, 8)
    if name in ("additive", "dot"):
        layer.build(shape, shape, shape)
    elif not layer.built:
        layer.build(shape)
    random = np.random.default_rng(5)
    layer.set_weights([random.normal(0, 0.5, w.shape) for w in layer.weights])
    return layer


def run(name, inputs, mask, weighing):
    """Returns a layer's outputs on JAX and the gradients of its first, in order."""
    import jax  # here, since the test beside it shares `make` and `apply`

    layer = make(name)

    def loss(weights, inputs):
        pairs = zip(layer.trainable_variables, weights, strict=True)
        with keras.StatelessScope(state_mapping=list(pairs)):
            results = apply(name, layer, inputs, mask)
        seen = results[0] * weighing * mask[..., None]
        return ops.sum(seen), results

    weights = [variable.value for variable in layer.trainable_variables]
    differentiate = jax.jit(jax.grad(loss, argnums=(0, 1), has_aux=True))
    (of_weights, of_inputs), results = differentiate(weights, inputs)
    return [*results, of_inputs, *of_weights]


def main(folder):
    """Runs every layer on the arrays in `folder`."""
    data = np.load(f"{folder}/given.npz")
    for name in MAKERS:
        results = run(name, data["inputs"], data["mask"], data["weighing"])
        np.savez(f"{folder}/{name}.npz", *[np.asarray(result) for result in results])


if __name__ == "__main__":
    main(sys.argv[1])
    sys.exit("TensorFlow was imported" if "tensorflow" in sys.modules else 0)
