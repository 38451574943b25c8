"""Options, files, precision and refusals of SimpleRNN, LSTM and GRU."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.pairs import (
    MASKS,
    PAIRS,
    B,
    D,
    T,
    U,
    arguments,
    assert_close,
    every_layer,
    make,
    normal,
)
from zoo.layers import LSTM


@every_layer
def test_an_embedding_s_mask_arrives_as_in_keras(name):
    def model(recurrent):
        tokens = keras.Input((None,), dtype="int32")
        vectors = keras.layers.Embedding(7, D, mask_zero=True)(tokens)
        return keras.Model(tokens, keras.layers.Dense(2)(recurrent(vectors)))

    options = {"return_state": False, "return_sequences": True, "dtype": "float32"}
    ours = model(PAIRS[name][0](U, **options))
    theirs = model(PAIRS[name][1](U, **options))
    theirs.set_weights(ours.get_weights())
    tokens = np.array([[3, 4, 5, 0], [6, 0, 2, 1]])
    assert_close([ours(tokens)], [theirs(tokens)], 1e-5)
    assert ours.output_shape == theirs.output_shape


@every_layer
def test_a_saved_layer_is_the_same_layer(name, tmp_path):
    layer = make(name, "float32", return_state=False)
    model = keras.Sequential([keras.Input((None, D)), layer])
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    inputs = normal(1, B, T, D).astype("float32")
    assert_close([again(inputs)], [model(inputs)], 0)
    assert again.layers[-1].get_config() == layer.get_config()


@every_layer
@pytest.mark.parametrize(
    "option",
    [
        {"use_bias": False},
        {"return_sequences": True},
        {"return_state": True},
        {"kernel_initializer": "he_normal"},
        {"recurrent_initializer": "glorot_uniform"},
        {"bias_initializer": "ones"},
        {"kernel_regularizer": "l2"},
        {"recurrent_regularizer": "l2"},
        {"bias_regularizer": "l1"},
        {"kernel_constraint": "max_norm"},
        {"recurrent_constraint": "unit_norm"},
        {"bias_constraint": "non_neg"},
        {"activation": "relu"},
        {"dropout": 0.1},
        {"recurrent_dropout": 0.1},
        {"recurrent_weight_dropout": 0.1},
        {"trainable_initial_state": True},
        {"go_backwards": True},
        {"stateful": True},
        {"unroll": True},
        {"zero_output_for_mask": True},
        {"seed": 3},
    ],
    ids=lambda option: next(iter(option)),
)
def test_the_config_keeps_every_argument(name, option):
    layer = PAIRS[name][0](U, **option)
    config = layer.get_config()
    assert PAIRS[name][0].from_config(config).get_config() == config
    default = PAIRS[name][0](U, name=layer.name).get_config()
    assert {key for key in config if config[key] != default[key]} == set(option)


@pytest.mark.parametrize("asked, value", [(True, 1.0), (False, 0.0)])
def test_the_forget_gate_s_bias_starts_at_one_where_asked(asked, value):
    layer = LSTM(2, unit_forget_bias=asked)
    layer.build((None, None, D))
    expected = [0.0, 0.0, value, value, 0.0, 0.0, 0.0, 0.0]
    assert np.asarray(layer.bias).tolist() == expected
    assert layer.get_config()["unit_forget_bias"] is asked


@every_layer
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_keeps_the_weights_whole_and_the_answer_near(name, policy):
    layer = make(name, policy)
    exact = make(name, "float32")
    inputs, _ = arguments(layer, "float32")
    mask = MASKS["rows"]
    with tf.GradientTape() as tape:
        outputs, *states = layer(inputs, mask=mask)
        loss = tf.reduce_sum(tf.cast(outputs, "float32"))
    gradients = tape.gradient(loss, [w.value for w in layer.trainable_variables])
    assert {state.dtype.name for state in [outputs, *states]} == {layer.compute_dtype}
    assert {gradient.dtype.name for gradient in gradients} == {"float32"}
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    near = np.asarray(tf.cast(outputs, "float32"))
    np.testing.assert_allclose(near, exact(inputs, mask=mask)[0], atol=0.1)


@every_layer
@pytest.mark.parametrize("units", [0, -1])
def test_units_that_are_not_positive_are_refused(name, units):
    rule = f"`units` must be an integer of at least 1.*units={units}"
    with pytest.raises(ValueError, match=rule):
        PAIRS[name][0](units)


@every_layer
def test_a_wrong_number_of_initial_states_is_refused(name):
    layer = make(name)
    states = [np.zeros((B, U))] * (len(layer.states) + 1)
    with pytest.raises(ValueError, match="`initial_state` must hold one array"):
        layer(normal(1, B, T, D), initial_state=states)


@every_layer
def test_one_initial_state_may_come_without_a_list(name):
    layer = make(name)
    if len(layer.states) > 1:
        pytest.raises(ValueError, layer, normal(1, B, T, D), initial_state=np.ones(3))
        return
    state = normal(2, B, U)
    inputs = normal(1, B, T, D)
    listed = layer(inputs, initial_state=[state])
    assert_close(layer(inputs, initial_state=state), listed, 0)
