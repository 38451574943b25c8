"""Window, convolution, latent and n-gram on JAX against TensorFlow, in one process."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.layers import on_jax_feed_forward as script

ROOT = pathlib.Path(__file__).parents[2]
JAX = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def on_jax(tmp_path_factory):
    """All that the process on JAX answered."""
    path = tmp_path_factory.mktemp("jax") / "done.npz"
    done = subprocess.run(
        [sys.executable, script.__file__, path],
        env={**os.environ, **JAX},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with np.load(path) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def here():
    """The same from TensorFlow."""
    done = {}
    inputs = script.normal(1, script.B, script.T, script.D).astype("float32")
    for name, layer, call in script.calls():
        with tf.GradientTape() as tape:
            results = call(layer, tf.constant(inputs))
            loss = sum(tf.reduce_sum(tf.sin(result)) for result in results)
        values = [variable.value for variable in layer.trainable_variables]
        gradients = tape.gradient(loss, values)
        for index, array in enumerate([*results, *gradients]):
            done[f"{name} {index}"] = np.asarray(array)
    for name, model, tokens in script.ngrams():
        done[f"{name} 0"] = np.asarray(model(tokens))
    return done


def test_jax_gives_the_same_answers_and_gradients_without_tensorflow(on_jax, here):
    assert len(here) > 50
    assert here.keys() == on_jax.keys()
    for name, array in here.items():
        np.testing.assert_allclose(on_jax[name], array, 1e-4, 1e-4, err_msg=name)
