"""Multi-head attention: dropout, building, precision, saving, refusals."""

import keras
import numpy as np
import pytest

from tests.layers.test_multi_head_attention import (
    MEMORY_MASK,
    SHAPES,
    B,
    D,
    H,
    K,
    S,
    T,
    attend,
    close,
    make,
    normal,
)
from zoo.layers.multi_head_attention import MultiHeadAttention


def test_dropout_acts_on_training_alone_and_not_on_the_weights_that_are_shown():
    layer, query, memory = make(dropout=0.5), normal(7, B, T, D), normal(8, B, S, D)
    plain, weights = attend(layer, query, memory, training=False)
    dropped, shown = attend(layer, query, memory, training=True)
    close(shown, weights)
    close(plain, attend(make(), query, memory)[0])
    assert np.abs(np.asarray(dropped) - np.asarray(plain)).max() > 1e-3


def test_the_keys_may_be_projected_before_the_first_call():
    whole = make()
    layer = MultiHeadAttention.from_config(whole.get_config())
    query, memory = normal(7, B, T, D), normal(8, B, S, 3)
    layer.project_memory(memory)
    with pytest.raises(ValueError, match="`attend` must come after `build"):
        attend(layer, query, memory)
    layer.build((B, T, D))
    attend(layer, query, memory, MEMORY_MASK)
    assert len(layer.weights) == len(whole.weights)
    assert layer.key_layer.kernel.shape == layer.value_layer.kernel.shape == (3, H * K)


def test_mixed_precision_is_near_full_precision():
    layer, half = make("float32", rotary=True), make("mixed_bfloat16", rotary=True)
    scaled = [0.3 * weight for weight in layer.get_weights()]
    layer.set_weights(scaled)
    half.set_weights(scaled)
    query, memory = normal(7, B, T, D), normal(8, B, S, D)
    outputs, weights = attend(half, query, memory, MEMORY_MASK)
    assert outputs.dtype == weights.dtype == "bfloat16"
    expected, _ = attend(layer, query, memory, MEMORY_MASK)
    close(keras.ops.cast(outputs, "float32"), expected, 0.05)


def test_the_paper_s_sizes_are_the_default():
    layer = MultiHeadAttention()
    layer.build((None, None, 512))
    assert layer.count_params() == 4 * (512 * 512 + 512)
    assert (layer.num_heads, layer.key_dim) == (8, 64)


@keras.saving.register_keras_serializable(package="tests")
class SelfAttentive(keras.Model):
    """A model of nothing but self-attention."""

    def __init__(self, options, **kwargs):
        super().__init__(**kwargs)
        self.options = options
        self.attend = MultiHeadAttention(H, K, dropout=0.1, name="attend", **options)

    def call(self, inputs):
        return self.attend(inputs, inputs)

    def get_config(self):
        return {"options": self.options}


@pytest.mark.parametrize("options", [{"rotary": True}, *SHAPES.values()])
def test_it_is_saved_and_loaded_with_a_model(options, tmp_path):
    model, given = SelfAttentive(options), normal(7, B, T, D).astype("float32")
    outputs = model(given)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(given), outputs)
    config = again.attend.get_config()
    assert config == model.attend.get_config()
    assert config.items() >= {"num_heads": H, "dropout": 0.1, **options}.items()


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"num_heads": 0}, "`num_heads` must be an integer of at least 1.*num_heads=0"),
        ({"key_dim": 2.5}, "`key_dim` must be an integer of at least 1.*key_dim=2.5"),
        ({"value_dim": 0}, "`value_dim` must be an integer of at least 1.*value_dim=0"),
        ({"output_shape": (3,)}, "`output_shape` must be an integer of at least 1"),
        ({"key_dim": 3, "rotary": True}, "`key_dim` must be even.*key_dim=3"),
    ],
)
def test_sizes_that_do_not_go_together_are_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        MultiHeadAttention(**options)
