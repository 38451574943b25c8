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


class Stopped(Exception):
    """What stops a training on the way."""


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_resumes_to_the_same_weights(
    new_build, monkeypatch, policy, precision
):
    recipe = recipes.get("caption-gru")
    numbers = dataclasses.replace(
        recipe.training, updates=4, warmup=0, evaluate_every=2
    )
    # Narrow, for processors multiply float16 far slower than float32.
    small = {"width": 32, "decoder": {**recipe.model["decoder"], "units": 32}}
    recipe = dataclasses.replace(
        recipe, training=numbers, model={**recipe.model, **small}
    )
    made, build, at = [], train.build, batches.CaptionBatches.at

    def remember(*arguments):
        made.append(build(*arguments))
        return made[-1]

    def stop(self, update):
        if update == 3:  # the last: the newest checkpoint is that of update 2
            raise Stopped
        return at(self, update)

    monkeypatch.setattr(train, "build", remember)
    monkeypatch.setenv("ZOO_BUILD", str(new_build("whole")))
    assert train.run(recipe, precision)["updates"] == 4
    _, expected = checkpoint.load(train.folder(recipe))

    monkeypatch.setenv("ZOO_BUILD", str(new_build("stopped")))
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(batches.CaptionBatches, "at", stop)
        train.run(recipe, precision)
    done, stopped = checkpoint.load(train.folder(recipe))
    assert done == 2
    assert np.isfinite(train.run(recipe, precision)["dev"])
    done, resumed = checkpoint.load(train.folder(recipe))
    assert done == 4

    for model in made:
        assert model.compute_dtype == precision.removeprefix("mixed_")
        assert {variable.dtype for variable in model.trainable_variables} == {"float32"}
    averages = [name for name in resumed if name.startswith("average/")]
    assert {resumed[name].dtype for name in averages} == {np.dtype("float32")}
    assert resumed.keys() == expected.keys()
    for name in resumed.keys() - {"seconds", "rows"}:  # rows hold seconds
        np.testing.assert_array_equal(resumed[name], expected[name], name)
    moved = [name for name in averages if (resumed[name] != stopped[name]).any()]
    assert len(moved) > 10
