"""Trains a captioner where TensorFlow cannot be imported, and keeps its logits.

Usage: without_tensorflow.py RECIPE UPDATES LOGITS, the last a `.npy` file to write.
"""

import importlib.abc
import sys

import numpy as np


class NoTensorFlow(importlib.abc.MetaPathFinder):
    """Fails every import of TensorFlow, as on a machine that has none."""

    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in ("tensorflow", "tensorflow_text"):
            raise ModuleNotFoundError(f"forbidden here: {name}", name=name)
        return None


if __name__ == "__main__":
    sys.meta_path.insert(0, NoTensorFlow())
    recipe, updates, logits = sys.argv[1:]
    from zoo import __main__ as command_line

    sys.argv = ["zoo", "train", recipe, "--updates", updates]
    command_line.main()

    from zoo import arrays, models, recipes, train
    from zoo.train import batches, grids, weights

    recipe = recipes.get(recipe)
    model = models.build(recipe, len(arrays.read_vocabulary(recipe.corpus)))
    weights.load(train.folder(recipe) / "best.npz", model)
    encoded = grids.encode(recipe.corpus, "dev", train.encoder_weights())
    dev = batches.CaptionBatches(recipe.corpus, "dev", recipe, encoded)
    inputs, _ = next(dev.whole())
    np.save(logits, model.predict_on_batch(inputs))
    assert "tensorflow" not in sys.modules
