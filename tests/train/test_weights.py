"""Weights are plain archives, in order, of one file that is whole or not there."""

import keras
import numpy as np
import pytest

from zoo.train import weights


def dense(units=2):
    layer = keras.layers.Dense(units, bias_initializer="random_normal")
    layer.build((None, 3))
    return layer


def test_what_is_saved_is_loaded(tmp_path):
    one, other = dense(), dense()
    weights.save(tmp_path / "new" / "weights.npz", one)
    weights.load(tmp_path / "new" / "weights.npz", other)
    for ours, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["weights.npz"]


def test_half_precision_halves_the_file_and_loads_as_single(tmp_path):
    one, other = dense(500), dense(500)
    weights.save(tmp_path / "single.npz", one)
    weights.save(tmp_path / "half.npz", one, "float16")
    sizes = [(tmp_path / f"{name}.npz").stat().st_size for name in ("half", "single")]
    assert sizes[0] < 0.6 * sizes[1]
    weights.load(tmp_path / "half.npz", other)
    expected = one.get_weights()[0].astype("float16").astype("float32")
    np.testing.assert_array_equal(other.get_weights()[0], expected)


def test_the_same_weights_make_the_same_file(tmp_path):
    layer = dense()
    for name in ("one", "other"):
        weights.save(tmp_path / f"{name}.npz", layer)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


def test_weights_of_another_layer_are_refused(tmp_path):
    weights.save(tmp_path / "weights.npz", dense(2))
    with pytest.raises(ValueError, match="with 2 weights of other shapes"):
        weights.load(tmp_path / "weights.npz", dense(4))


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        weights.load(tmp_path / "weights.npz", dense())
