"""Runs attention and the Transformer's layers on JAX; see test_transformer_on_jax."""

import sys

import keras
import numpy as np
from keras import ops

from zoo.layers.attention import AdditiveAttention, DotAttention
from zoo.layers.memory import Memory
from zoo.layers.restricted_attention import RestrictedSelfAttention
from zoo.layers.transformer_decoder import TransformerDecoder
from zoo.layers.transformer_encoder import TransformerEncoder

SIZES = {"num_layers": 1, "width": 8, "num_heads": 2, "intermediate_dim": 12}
ROTARY = {"positions": "rotary", "normalize_first": False}
LEARNED = {"positions": "learned", "sequence_length": 9}
MAKERS = {
    "additive": lambda: AdditiveAttention(6),
    "dot": lambda: DotAttention("general", 8, use_scale=True),
    "restricted": lambda: RestrictedSelfAttention(2, num_heads=2, key_dim=4),
    "encoder": lambda: TransformerEncoder(**SIZES),
    "encoder, rotary": lambda: TransformerEncoder(**SIZES, **ROTARY),
    "encoder, window": lambda: TransformerEncoder(**SIZES, **LEARNED, window=2),
    "decoder": lambda: TransformerDecoder(**SIZES),
    "writer": lambda: TransformerDecoder(**SIZES, **ROTARY, cross_attention=False),
}


def decode(decoder, inputs, mask):
    """Reads three steps and then the rest, with the inputs as the memory too."""
    memory = None
    if decoder.cross_attention:
        memory = Memory(inputs, mask, inputs[:, 0])
    memory = decoder.project(memory)
    state = decoder.initial_state(inputs.shape[0], inputs.shape[1])
    first, state, _ = decoder(inputs[:, :3], memory, state)
    second, _, _ = decoder(inputs[:, 3:], memory, state)
    whole = decoder(inputs, memory, decoder.initial_state(inputs.shape[0]))[0]
    return [ops.concatenate([first, second], axis=1), whole]


def apply(name, layer, inputs, mask):
    """Calls a layer; returns tensors whose first holds an output of each place."""
    if name in ("additive", "dot"):
        return list(layer(inputs, layer.project_keys(inputs), inputs, mask))
    if name == "restricted":
        return list(layer(inputs, mask=mask))
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
    else:
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
