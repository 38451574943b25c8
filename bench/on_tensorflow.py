"""Contestants on TensorFlow. All Keras layers are run by the same lines.

On a CPU a call returns when its work is done: there is nothing to wait for.
"""

import importlib.metadata

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from bench import models


def versions():
    """Names what computes here, and with how many threads."""
    threads = tf.config.threading
    return {
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "keras-hub": importlib.metadata.version("keras-hub"),
        "threads within an operation": threads.get_intra_op_parallelism_threads()
        or "default (one a core)",
        "threads between operations": threads.get_inter_op_parallelism_threads()
        or "default (one a core)",
    }


def hold(contestant, case, products):
    """Makes one contestant ready; returns a function that does its work once."""
    if contestant["maker"] == "products":
        return multiply(products)
    if case["kind"] == "lengths":
        return read(contestant, case)
    if case["kind"] == "decode":
        from bench import translators  # more than layers need

        return translators.hold(contestant, case)
    layer, inputs = models.make(contestant["maker"], case)
    inputs = tf.constant(inputs)
    if case["mode"] == "stream":
        return stream(layer, inputs, contestant["xla"])
    if case["mode"] == "infer":
        forward = tf.function(
            lambda inputs: layer(inputs, **models.mode(layer, False)),
            jit_compile=contestant["xla"],
        )
        return lambda: forward(inputs)
    step = trainer(layer, contestant["xla"])
    return lambda: step(inputs)


def trainer(layer, xla, signature=None):
    """Makes a training step: forward, all gradients, Adam.

    Args:
        layer: Keras layer with weights.
        xla: Whether to compile with XLA.
        signature: TensorSpecs of the inputs, where one trace is to serve many shapes.

    Returns:
        Function of the inputs that returns the loss and the gradients of the inputs.
    """
    optimizer = keras.optimizers.Adam()
    variables = layer.trainable_variables
    optimizer.build(variables)

    def step(*inputs):
        watched = [value for value in inputs if value.dtype.is_floating]
        with tf.GradientTape() as tape:
            tape.watch(watched)
            loss = ops.mean(ops.square(layer(*inputs, **models.mode(layer, True))))
        wanted = [*watched, *[variable.value for variable in variables]]
        gradients = tape.gradient(loss, wanted)
        optimizer.apply(gradients[len(watched) :], variables)
        return loss, *gradients[: len(watched)]

    return tf.function(step, jit_compile=xla, input_signature=signature)


def stream(layer, inputs, xla):
    """Reads one step of one row a call, from the state the last call left."""

    @tf.function(jit_compile=xla)
    def step(inputs, states):
        outputs, *states = layer(inputs, initial_state=states, training=False)
        return outputs, states

    states = [tf.zeros((1, layer.units))] * (2 if "LSTM" in type(layer).__name__ else 1)

    def run():
        nonlocal states
        _, states = step(inputs, states)

    return run


def read(contestant, case):
    """Trains on texts of many lengths; a call's argument holds one batch's."""
    sizes = case["sizes"]
    layer = models.Reader(
        sizes["vocabulary"],
        sizes["inputs"],
        sizes["units"],
        packed=contestant["maker"] == "packed",
    )
    layer(tf.zeros((1, 2), tf.int32), tf.constant([2]))
    signature = None
    if not contestant["xla"]:  # one trace for all lengths; XLA compiles each anew
        signature = [
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec([None], "int32"),
        ]
    step = trainer(layer, contestant["xla"], signature)

    def ready(argument):
        shape = (len(argument["lengths"]), argument["width"])
        tokens = np.random.default_rng(1).integers(0, sizes["vocabulary"], shape)
        lengths = tf.constant(argument["lengths"], tf.int32)
        return tf.constant(tokens, tf.int32), lengths

    def run(given):
        step(*given)

    run.ready = ready
    return run


def multiply(products):
    """The matrix products of a case alone."""
    random = np.random.default_rng(1)
    pairs = [
        tuple(
            tf.constant(random.normal(size=shape).astype("float32"))
            for shape in ((batch, rows, shared), (batch, shared, columns))
        )
        for batch, rows, shared, columns in products
    ]

    @tf.function
    def step(pairs):
        return [tf.linalg.matmul(one, other) for one, other in pairs]

    return lambda: step(pairs)
