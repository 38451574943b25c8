"""Attention and the Transformer's layers on JAX: the numbers of TensorFlow."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.layers.transformer_on_jax import MAKERS, apply, make

ROOT = pathlib.Path(__file__).parents[2]
B, S, D = 3, 5, 8
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 1, 0]], bool)


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.fixture(scope="module")
def given():
    return {"inputs": normal(1, B, S, D), "weighing": normal(2, B, S, D), "mask": MASK}


@pytest.fixture(scope="module")
def jax_folder(tmp_path_factory, given):
    """A folder where the JAX process has answered for every layer."""
    folder = tmp_path_factory.mktemp("jax")
    np.savez(folder / "given.npz", **given)
    jax = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    # Nothing is computed twice: optimising would take longer than it saves.
    jax["XLA_FLAGS"] = "--xla_backend_optimization_level=0"
    script = pathlib.Path(__file__).with_name("transformer_on_jax.py")
    done = subprocess.run(
        [sys.executable, script, folder],
        env={**os.environ, **jax, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", MAKERS)
def test_jax_gives_the_same_answers_and_gradients(name, given, jax_folder):
    layer, inputs = make(name), tf.constant(given["inputs"])
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        results = apply(name, layer, inputs, tf.constant(MASK))
        seen = results[0] * given["weighing"] * MASK[..., None]
        loss = tf.reduce_sum(seen)
    variables = [variable.value for variable in layer.trainable_variables]
    gradients = tape.gradient(loss, [inputs, *variables], unconnected_gradients="zero")
    gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
    with np.load(jax_folder / f"{name}.npz") as done:
        answers = [done[f"arr_{i}"] for i in range(len(done.files))]
    for one, other in zip(answers, [*results, *gradients], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    assert np.abs(answers[len(results)]).max() > 1e-3  # the gradients are not all 0
