"""Pictures are encoded once an encoder, as they are and mirrored."""

import keras
import numpy as np
import pytest

from zoo import arrays
from zoo.layers import PictureEncoder
from zoo.train import grids, weights


@pytest.fixture(scope="module")
def encoder():
    """A picture encoder with weights of its own."""
    keras.utils.set_random_seed(1)
    encoder = PictureEncoder()
    picture = np.random.default_rng(3).integers(0, 256, (1, 224, 224, 3), np.uint8)
    highest = keras.ops.convert_to_numpy(encoder(picture)).max()
    # Untrained, fifty layers shrink a picture to less than float16 can tell from 0.
    scale = encoder.convolutions.get_layer("Conv_1_bn").gamma
    scale.assign(scale / highest)
    return encoder


@pytest.fixture
def pictures(zoo_build):
    """Three pictures on disk."""
    random = np.random.default_rng(2)
    pictures = random.integers(0, 256, (3, 224, 224, 3), np.uint8)
    pictures[:, :, 112:] //= 4  # so that a mirror image differs
    folder = arrays.folder("mine")
    folder.mkdir(parents=True)
    np.save(folder / "pictures-dev.npy", pictures)
    return pictures


def test_a_grid_is_what_the_encoder_says_of_a_picture_and_its_mirror_image(
    pictures, encoder, zoo_build, monkeypatch
):
    path = zoo_build / "encoder.npz"
    weights.save(path, encoder)
    monkeypatch.setattr(grids, "BATCH", 2)  # three pictures: a whole batch and a rest
    encoded = grids.encode("mine", "dev", path)
    assert encoded.shape == (2, 3, 49, 1280) and encoded.dtype == np.float16
    for view, seen in enumerate([pictures, pictures[:, :, ::-1]]):
        expected = keras.ops.convert_to_numpy(encoder(seen)).reshape(3, 49, 1280)
        assert expected.std() > 0.01
        np.testing.assert_allclose(encoded[view], expected, rtol=2e-3, atol=1e-3)


def test_pictures_are_encoded_once_an_encoder(pictures, zoo_build, monkeypatch):
    path = zoo_build / "encoder.npz"
    path.write_bytes(b"one")
    asked = []

    def write(partial, pictures, encoder):
        asked.append(encoder)
        with open(partial, "wb") as file:
            np.save(file, np.full(2, len(asked)))

    monkeypatch.setattr(grids, "_write", write)
    monkeypatch.setattr(grids, "load_encoder", lambda path: path.read_bytes())
    assert grids.encode("mine", "dev", path).tolist() == [1, 1]
    assert grids.encode("mine", "dev", path).tolist() == [1, 1]
    path.write_bytes(b"other")
    assert grids.encode("mine", "dev", path).tolist() == [2, 2]
    assert asked == [b"one", b"other"]
