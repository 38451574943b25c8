"""`train.run` puts a recipe's model, batches and objective together."""

import dataclasses

import keras
import numpy as np
import pytest

from zoo import arrays, models, recipes, train
from zoo.train import weights


def test_an_encoder_that_was_not_trained_is_an_error_that_says_how_to(zoo_build):
    with pytest.raises(FileNotFoundError, match="python -m zoo train picture-words"):
        train.run(recipes.get("caption-lstm"))


@pytest.fixture
def recipe(zoo_build):
    """The picture encoder's recipe for one update on four pictures."""
    folder = arrays.folder("flickr8k")
    folder.mkdir(parents=True)
    words = "[PAD] [UNKNOWN] [START] [END] a dog runs".split()
    (folder / "vocabulary.txt").write_text("".join(f"{word}\n" for word in words))
    random = np.random.default_rng(5)
    for split in ("train", "dev"):
        pictures = random.integers(0, 256, (4, 224, 224, 3), np.uint8)
        np.save(folder / f"pictures-{split}.npy", pictures)
        tokens = np.array([[[2, 4, 5, 6, 3]]] * 4, np.int32)
        np.savez(folder / f"captions-{split}.npz", tokens=tokens)
    recipe = recipes.get("picture-words")
    numbers = dataclasses.replace(recipe.training, updates=1, warmup=0, batch=2)
    model = {"vocabulary_size": 3, "dropout": 0.3, "crop": 64}
    return dataclasses.replace(recipe, training=numbers, model=model)


def test_the_best_picture_encoder_is_kept_without_its_head(recipe):
    started = []
    train.run(recipe, start=started.append)
    assert [type(model).__name__ for model in started] == ["PictureWords"]
    model = models.build(recipe, 7)
    weights.load(train.folder(recipe) / "best.npz", model)
    with np.load(train.encoder_weights()) as encoder:
        kept = [encoder[str(place)] for place in range(len(encoder))]
    assert len(kept) == len(model.encoder.weights)
    for ours, best in zip(kept, model.encoder.weights, strict=True):
        np.testing.assert_array_equal(ours, keras.ops.convert_to_numpy(best))
