"""What recurrent layers refuse, and the weight files they take."""

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
    differentiate,
    every_layer,
    make,
    normal,
)
from zoo.layers import GRU, LSTM, SimpleRNN


@pytest.mark.parametrize(
    "kind, options, message",
    [
        (SimpleRNN, {"activation": "softplus"}, "`activation` must be one of"),
        (LSTM, {"recurrent_activation": "gelu"}, "`recurrent_activation` must be"),
        (GRU, {"activation": abs}, "`activation` must be one of"),
        (LSTM, {"use_cudnn": True}, "`use_cudnn` must be 'auto' or False"),
        (SimpleRNN, {"dropout": 1.0}, "`dropout` must be at least 0 and less than 1"),
        (GRU, {"recurrent_dropout": -0.1}, "`recurrent_dropout` must be at least 0"),
        (
            LSTM,
            {"stateful": True, "trainable_initial_state": True},
            "`trainable_initial_state` must be False where `stateful` is True",
        ),
    ],
)
def test_what_is_not_supported_is_refused_with_a_sentence(kind, options, message):
    with pytest.raises(ValueError, match=message):
        kind(U, **options)


def test_a_stateful_layer_keeps_to_its_batch():
    layer = make("lstm", stateful=True)
    with pytest.raises(ValueError, match=f"as many rows as.* built for, {B}. Received"):
        layer(normal(1, B - 1, T, D))


@every_layer
@pytest.mark.parametrize("shape", [(B, T + 1), (B, T - 1), (B - 1, T), (B,)])
def test_a_mask_of_another_shape_is_refused(name, shape):
    with pytest.raises(ValueError, match=r"`mask` must have the shape \[B, T\] of the"):
        make(name)(normal(1, B, T, D), mask=np.ones(shape, bool))


@every_layer
def test_vectors_without_time_are_refused(name):
    with pytest.raises(ValueError, match=r"`inputs` must have the shape \[B, T, D\]"):
        make(name)(normal(1, B, D))


@every_layer
def test_a_stateful_model_s_weights_go_into_a_stateless_one_and_back(name, tmp_path):
    def model(**options):
        layer = PAIRS[name][0](U, **options)
        return keras.Sequential([keras.Input(batch_shape=(B, T, D)), layer])

    stateful, stateless = model(stateful=True), model()
    inputs = normal(1, B, T, D).astype("float32")
    expected = np.asarray(stateful(inputs))
    stateful.save_weights(tmp_path / "one.weights.h5")
    stateless.load_weights(tmp_path / "one.weights.h5")
    assert_close([stateless(inputs)], [expected], 1e-6)
    stateless.save_weights(tmp_path / "two.weights.h5")
    stateful.load_weights(tmp_path / "two.weights.h5")
    stateful.layers[0].reset_state()
    assert_close([stateful(inputs)], [expected], 1e-6)


def test_a_weight_file_of_keras_is_refused_and_its_list_of_weights_is_not(tmp_path):
    ours, theirs = (
        keras.Sequential([keras.Input((T, D)), kind(U, name="lstm")])
        for kind in PAIRS["lstm"]
    )
    theirs.save_weights(tmp_path / "keras.weights.h5")
    with pytest.raises(
        ValueError, match="must hold the 3 weights|expected 3 variables"
    ):
        ours.load_weights(tmp_path / "keras.weights.h5")
    ours.set_weights(theirs.get_weights())
    inputs = normal(1, B, T, D).astype("float32")
    assert_close([ours(inputs)], [theirs(inputs)], 1e-5)


@every_layer
@pytest.mark.parametrize("mask", ["none", "rows"])
def test_a_gradient_asked_for_outside_of_training_is_the_same(name, mask):
    layer = make(name)
    inputs, states = arguments(layer)
    answers = [
        differentiate(
            lambda x, s, on=on: layer(
                x, initial_state=s, mask=MASKS[mask], training=on
            ),
            inputs,
            states,
            layer.trainable_variables,
            np.ones((B, T)),
        )
        for on in (True, False)
    ]
    assert_close(answers[0][0], answers[1][0], 0)
    assert_close(answers[0][1], answers[1][1], 1e-12)


def test_a_stateful_layer_needs_a_known_batch():
    with pytest.raises(ValueError, match="The batch must have a known size"):
        LSTM(U, stateful=True).build((None, T, D))


def test_steps_that_are_not_known_cannot_be_unrolled():
    layer = tf.function(LSTM(U, unroll=True))
    with pytest.raises(ValueError, match="The number of steps must be known"):
        layer.get_concrete_function(tf.TensorSpec([None, None, D]))


@every_layer
def test_a_sequence_without_steps_is_refused(name):
    layer = make(name)
    with pytest.raises(ValueError, match="`inputs` must have at least one step"):
        layer(np.zeros((B, 0, D)))
