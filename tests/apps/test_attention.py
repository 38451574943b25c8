"""The heat map over a picture."""

import numpy as np
import pytest
from PIL import Image

from apps.attention import overlay


def brightness(picture):
    """Mean of the channels: [height, width]."""
    return np.asarray(picture, dtype=float).mean(axis=-1)


@pytest.mark.parametrize(("row", "column"), [(0, 0), (2, 5), (6, 6)])
def test_the_brightest_part_is_where_the_model_looked(row, column):
    attention = np.zeros((7, 7), np.float32)
    attention[row, column] = 0.3
    seen = overlay(Image.new("RGB", (210, 140)), attention)
    assert seen.size == (210, 140)
    cells = brightness(seen).reshape(7, 20, 7, 30).mean(axis=(1, 3))
    assert np.unravel_index(cells.argmax(), cells.shape) == (row, column)


def test_only_the_proportions_of_the_attention_matter():
    attention = np.random.default_rng(0).random((7, 7))
    picture = Image.new("RGB", (70, 70), "grey")
    one, two = (np.asarray(overlay(picture, attention * by)) for by in (1, 8))
    np.testing.assert_array_equal(one, two)


def test_attention_of_nothing_but_noughts_is_cold_everywhere():
    seen = brightness(overlay(Image.new("RGB", (70, 70)), np.zeros((7, 7))))
    assert seen.max() == seen.min()
