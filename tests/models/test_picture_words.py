"""The bag-of-words head on the picture encoder."""

import keras
import numpy as np
import pytest

from zoo.models.picture_words import PictureWords

PICTURES = np.random.default_rng(1).integers(0, 256, (2, 64, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    made = PictureWords(vocabulary_size=5, dropout=0.5, crop=64)
    made(PICTURES)
    return made


def test_it_scores_every_word_from_the_mean_of_the_grid(model):
    pooled = np.asarray(model.encoder(PICTURES)).mean(axis=(1, 2))
    kernel, bias = model.words.get_weights()
    expected = pooled @ kernel + bias
    assert expected.shape == (2, 5)
    np.testing.assert_allclose(model(PICTURES), expected, rtol=1e-4, atol=1e-4)


def test_every_word_starts_at_one_in_a_hundred(model):
    chances = keras.ops.sigmoid(model.words.bias)
    np.testing.assert_allclose(chances, 0.01, rtol=0.01)


def test_a_saved_model_is_the_same_model(model, tmp_path):
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.get_config() == model.get_config()
    np.testing.assert_array_equal(again(PICTURES), model(PICTURES))
