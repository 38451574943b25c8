"""The same arrays train on JAX, without TensorFlow, and in mixed precision."""

import dataclasses
import json
import pathlib

import keras
import numpy as np
import pytest

from zoo import arrays, models, recipes, train
from zoo.train import batches, checkpoint, grids, weights

WITHOUT_TENSORFLOW = pathlib.Path(__file__).with_name("without_tensorflow.py")


@pytest.fixture
def build(new_build, monkeypatch):
    """A build folder that this process uses too."""
    folder = new_build("build")
    monkeypatch.setenv("ZOO_BUILD", str(folder))
    return folder


@pytest.fixture
def policy():
    """Puts the precision back that was there before."""
    before = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(before)


def test_jax_trains_without_tensorflow_what_tensorflow_reads(build, start):
    jax_logits = build / "logits.npy"
    process = start(
        build, WITHOUT_TENSORFLOW, "caption-gru", 3, jax_logits, backend="jax"
    )
    output, _ = process.communicate()
    assert process.returncode == 0, output
    recipe = recipes.get("caption-gru")
    runs = train.folder(recipe)
    assert json.loads((runs / "result.json").read_text())["backend"].startswith("jax")

    model = models.build(recipe, len(arrays.read_vocabulary(recipe.corpus)))
    weights.load(runs / "best.npz", model)
    encoded = grids.encode(recipe.corpus, "dev", train.encoder_weights())
    dev = batches.CaptionBatches(recipe.corpus, "dev", recipe, encoded)
    inputs, _ = next(dev.whole())
    logits = model.predict_on_batch(inputs)
    assert logits.std() > 0.1
    np.testing.assert_allclose(logits, np.load(jax_logits), atol=1e-4)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_resumes(build, policy, precision):
    recipe = recipes.get("caption-gru")
    numbers = dataclasses.replace(recipe.training, updates=3, warmup=0)
    recipe = dataclasses.replace(recipe, training=numbers)
    assert train.run(recipe, precision)["updates"] == 3
    _, state = checkpoint.load(train.folder(recipe))
    averages = [name for name in state if name.startswith("average/")]
    assert {state[name].dtype for name in averages} == {np.dtype("float32")}
    result = train.run(recipe, precision)  # all is done: reads the checkpoint back
    assert np.isfinite(result["dev"])
    _, again = checkpoint.load(train.folder(recipe))
    assert state.keys() == again.keys()
