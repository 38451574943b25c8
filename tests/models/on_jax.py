"""Runs pairs of the matrix in a process of their own, on JAX; see test_matrix."""

import sys

import jax
import numpy as np
from keras import ops

from tests.models import pairs


def answer(architecture, task):
    """Logits, and the gradients of all weights, by name or number."""
    model, inputs = pairs.make(architecture, task), pairs.inputs_of(task)
    fixed = [variable.value for variable in model.non_trainable_variables]

    def loss(weights):
        logits, _ = model.stateless_call(weights, fixed, inputs)
        return ops.sum(logits * pairs.normal(3, *logits.shape)), logits

    weights = [variable.value for variable in model.trainable_variables]
    gradients, logits = jax.jit(jax.grad(loss, has_aux=True))(weights)
    named = {str(index): gradient for index, gradient in enumerate(gradients)}
    return {"logits": logits, **named}


if __name__ == "__main__":
    folder, *parts = sys.argv[1:]
    for pair in zip(parts[::2], parts[1::2], strict=True):
        np.savez(f"{folder}/{'-'.join(pair)}.npz", **answer(*pair))
    functional, frames = pairs.make_functional(), pairs.inputs_of("video")
    lengths = {str(length): functional(frames[:, :length]) for length in (pairs.S, 2)}
    np.savez(f"{folder}/functional.npz", **lengths)
