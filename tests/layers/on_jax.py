"""Runs the recurrent layers in a process of their own, on JAX; see test_recurrent."""

import sys

import jax
import numpy as np
from keras import ops

from zoo.layers import GRU, LSTM, SimpleRNN

LAYERS = {"simple_rnn": SimpleRNN, "lstm": LSTM, "gru": GRU}


def run(layer, data, count):
    """Returns outputs, final states and the gradients of everything, in order."""
    names = ["kernel", "recurrent_kernel", "bias"]
    states = [data[f"state_{index}"] for index in range(count)]
    weighing = [data[f"weighing_{index}"] for index in range(count + 1)]
    layer.build(data["inputs"].shape)

    def loss(variables, inputs, states):
        results, _ = layer.stateless_call(
            variables, [], inputs, initial_state=states, mask=data["mask"]
        )
        pairs = zip(results, weighing, strict=True)
        return sum(ops.sum(result * weight) for result, weight in pairs), results

    arguments = ([data[name] for name in names], data["inputs"], states)
    differentiate = jax.jit(jax.grad(loss, argnums=(0, 1, 2), has_aux=True))
    (variables, inputs, states), results = differentiate(*arguments)
    return [*results, inputs, *states, *variables]


def main(given, wanted):
    """Reads a layer's name and arrays from `given`, writes results to `wanted`."""
    arrays = np.load(given)
    name = str(arrays["layer"])
    data = {key: array for key, array in arrays.items() if key != "layer"}
    for key in data.keys() - {"mask"}:
        data[key] = data[key].astype("float32")
    layer = LAYERS[name](
        data["recurrent_kernel"].shape[0],
        return_sequences=True,
        return_state=True,
        dtype="float32",  # Keras's tanh on JAX gives no more than that
    )
    results = run(layer, data, len(layer.states))
    np.savez(wanted, *[np.asarray(result) for result in results])


if __name__ == "__main__":
    for layer_name in LAYERS:
        folder = sys.argv[1]
        main(f"{folder}/{layer_name}.npz", f"{folder}/{layer_name}_done.npz")
    sys.exit("TensorFlow was imported" if "tensorflow" in sys.modules else 0)
