"""Contestants on JAX, on a CPU or a GPU; TensorFlow is not imported here."""

import os

import jax
import keras
import numpy as np
from keras import ops

from bench import models


def versions():
    """Names what computes here, and with how many threads."""
    return {
        "jax": jax.__version__,
        "keras": keras.__version__,
        "device": jax.devices()[0].device_kind,
        "threads": os.environ.get("XLA_FLAGS") or "default (one a core)",
        "matmul precision": str(jax.config.jax_default_matmul_precision),
    }


def hold(contestant, case, products):
    """Makes one contestant ready; returns a function that does its work once."""
    if contestant["maker"] == "products":
        return multiply(products)
    layer, inputs = models.make(contestant["maker"], case)
    inputs = jax.numpy.asarray(inputs)
    if case["mode"] == "stream":
        return stream(layer, inputs)
    if case["mode"] == "infer":
        return infer(layer, inputs)
    return train(layer, inputs)


def values(variables):
    """What Keras variables hold."""
    return [variable.value for variable in variables]


def train(layer, inputs):
    """A training step: forward, all gradients, Adam, with the state donated."""
    optimizer = keras.optimizers.Adam()
    optimizer.build(layer.trainable_variables)
    others = values(layer.non_trainable_variables)
    wanted = (0, 1) if inputs.dtype.kind == "f" else (0,)  # ids have no gradient

    def loss(weights, inputs):
        outputs, _ = layer.stateless_call(
            weights, others, inputs, **models.mode(layer, True)
        )
        return ops.mean(ops.square(outputs))

    def step(state, inputs):
        weights, moments = state
        found, gradients = jax.value_and_grad(loss, wanted)(weights, inputs)
        state = optimizer.stateless_apply(moments, gradients[0], weights)
        return state, (found, gradients[1:])

    step = jax.jit(step, donate_argnums=0)
    # Copies, since what is donated is gone.
    state = [values(layer.trainable_variables), values(optimizer.variables)]
    state = jax.tree.map(jax.numpy.copy, state)

    def run():
        nonlocal state
        state, found = step(state, inputs)
        jax.block_until_ready((state, found))

    return run


def infer(layer, inputs):
    """The forward pass alone."""
    weights = values(layer.trainable_variables)
    others = values(layer.non_trainable_variables)

    @jax.jit
    def step(weights, inputs):
        mode = models.mode(layer, False)
        return layer.stateless_call(weights, others, inputs, **mode)[0]

    return lambda: step(weights, inputs).block_until_ready()


def stream(layer, inputs):
    """Reads one step of one row a call, from the state the last call left."""
    weights = values(layer.trainable_variables)
    others = values(layer.non_trainable_variables)
    count = 2 if "LSTM" in type(layer).__name__ else 1
    states = [jax.numpy.zeros((1, layer.units))] * count

    @jax.jit
    def step(weights, inputs, states):
        (outputs, *states), _ = layer.stateless_call(
            weights, others, inputs, initial_state=states, training=False
        )
        return outputs, states

    def run():
        nonlocal states
        outputs, states = step(weights, inputs, states)
        outputs.block_until_ready()

    return run


def multiply(products):
    """The matrix products of a case alone."""
    random = np.random.default_rng(1)
    pairs = [
        tuple(
            jax.numpy.asarray(random.normal(size=shape).astype("float32"))
            for shape in ((batch, rows, shared), (batch, shared, columns))
        )
        for batch, rows, shared, columns in products
    ]

    @jax.jit
    def step(pairs):
        return [jax.numpy.matmul(one, other) for one, other in pairs]

    return lambda: jax.block_until_ready(step(pairs))
