"""The picture encoder against Keras's MobileNetV2 with the same weights."""

import keras
import numpy as np
import pytest

from zoo.layers import PictureEncoder


@pytest.fixture(scope="module")
def encoder():
    keras.utils.set_random_seed(1)
    layer = PictureEncoder()
    for weight in layer.weights:  # statistics that are not those of a fresh layer
        if "moving_mean" in weight.path:
            weight.assign(0.1 * np.random.default_rng(2).normal(size=weight.shape))
    return layer


def pictures(size=224):
    return np.random.default_rng(1).integers(0, 256, (2, size, size, 3), np.uint8)


def test_it_is_mobilenet_without_its_classifier(encoder, tmp_path):
    stock = keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(224, 224, 3)
    )
    stock.set_weights(encoder.convolutions.get_weights())
    scaled = keras.applications.mobilenet_v2.preprocess_input(
        pictures().astype("float32")
    )
    grid = encoder(pictures())
    assert grid.shape == (2, 7, 7, 1280)
    assert np.asarray(grid).std() > 0
    np.testing.assert_allclose(grid, stock(scaled), rtol=1e-4, atol=1e-5)
    stock.save_weights(tmp_path / "stock.weights.h5")
    again = PictureEncoder()
    again.load_imagenet(tmp_path / "stock.weights.h5")
    np.testing.assert_array_equal(again(pictures()), grid)


def test_batch_normalisation_is_frozen_in_training_too(encoder):
    before = [weight.numpy() for weight in encoder.non_trainable_weights]
    plain = encoder(pictures(32))
    np.testing.assert_array_equal(encoder(pictures(32), training=True), plain)
    for weight, old in zip(encoder.non_trainable_weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), old)
    frozen = ("gamma", "beta", "moving_mean", "moving_variance")
    assert all("kernel" in w.path for w in encoder.trainable_weights)
    assert all(w.path.endswith(frozen) for w in encoder.non_trainable_weights)


@pytest.mark.parametrize("size, cells", [(32, 1), (96, 3)])
def test_other_sizes_give_a_cell_for_32_pixels(encoder, size, cells):
    shape = (2, cells, cells, 1280)
    assert encoder(pictures(size)).shape == shape
    assert encoder.compute_output_shape((2, size, size, 3)) == shape


def test_the_config_keeps_every_argument():
    layer = PictureEncoder(size=96)
    assert layer.get_config()["size"] == 96
    assert PictureEncoder.from_config(layer.get_config()).size == 96


@pytest.mark.parametrize("size", [0, 100, -32])
def test_a_size_that_is_no_multiple_of_32_is_refused(size):
    with pytest.raises(ValueError, match=f"positive multiple of 32.*size={size}"):
        PictureEncoder(size=size)
