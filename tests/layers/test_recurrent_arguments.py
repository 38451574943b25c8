"""Keras's further arguments of recurrent layers, and ours beside them."""

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
    by_loop,
    differentiate,
    every_layer,
    make,
    normal,
    seen_of,
)
from zoo.layers import GRU

# Arguments that both sides take and that change the numbers.
ARGUMENTS = {
    "backwards": {"go_backwards": True},
    "unrolled": {"unroll": True},
    "relu": {"activation": "relu"},
    "linear": {"activation": None},
    "elu": {"activation": "elu"},
    "zeros": {"zero_output_for_mask": True},
}
GATES = {
    "hard": {"recurrent_activation": "hard_sigmoid"},
    "before": {"reset_after": False},
    "before, no bias": {"reset_after": False, "use_bias": False},
}
CASES = [
    *[(name, kind) for name in PAIRS for kind in ARGUMENTS],
    ("lstm", "hard"),
    *[("gru", kind) for kind in GATES],
]


def both(name, **options):
    """Our layer and Keras's, with the same random weights."""
    options = {"return_sequences": True, "return_state": True, **options}
    layers = [kind(U, **options, dtype="float64") for kind in PAIRS[name]]
    for layer in layers:
        layer.build((B, T, D))
    weights = layers[0].weights
    values = [0.7 * normal(9 + i, *w.shape) for i, w in enumerate(weights)]
    for layer in layers:
        layer.set_weights(values)
    return layers


@pytest.mark.parametrize("name, kind", CASES)
@pytest.mark.parametrize("mask", ["none", "rows"])
def test_every_argument_means_what_it_means_in_keras(name, kind, mask):
    ours, theirs = both(name, **{**ARGUMENTS, **GATES}[kind])
    inputs, states = arguments(ours)
    mask = MASKS[mask]
    # Keras gives zeros where a row has not begun; ours copies the state.
    seen = seen_of(mask if mask is None or kind != "backwards" else mask[:, ::-1])
    answers = [
        differentiate(
            lambda x, s, one=one: one(x, initial_state=s, mask=mask),
            inputs,
            states,
            one.trainable_variables,
            seen,
        )
        for one in (ours, theirs)
    ]
    assert_close(answers[0][0], answers[1][0], 1e-10)
    assert_close(answers[0][1], answers[1][1], 1e-10)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("options", [{}, {"use_bias": False}])
def test_the_paper_s_gru_has_the_gradient_of_autodiff(mask, options):
    layer = make("gru", reset_after=False, **options)
    inputs, states = arguments(layer)
    answers = [
        differentiate(call, inputs, states, layer.trainable_variables, np.ones((B, T)))
        for call in (
            lambda x, s: layer(x, initial_state=s, mask=MASKS[mask]),
            lambda x, s: by_loop(layer, x, s, MASKS[mask]),
        )
    ]
    assert_close(answers[0][0], answers[1][0], 1e-12)
    assert_close(answers[0][1], answers[1][1], 1e-10)


def test_keras_s_gru_resets_after_the_product_and_the_paper_s_before():
    # One unit, one step, by hand: every weight 1, no bias, hidden 0.5, input 0.
    gate = 1 / (1 + np.exp(-0.5))
    answers = {}
    for reset_after in (True, False):
        layer = GRU(1, reset_after=reset_after, use_bias=False, dtype="float64")
        layer.build((1, 1, 1))
        layer.set_weights([np.ones((1, 3)), np.array([[1.0, 1.0, 2.0]])])
        answers[reset_after] = layer(np.zeros((1, 1, 1)), [np.array([[0.5]])])
    candidate = np.tanh(gate * 0.5 * 2.0)  # one unit: both products are the same
    expected = gate * 0.5 + (1 - gate) * candidate
    assert_close([answers[True], answers[False]], [np.array([[expected]])] * 2, 1e-12)
    # With a bias they part: cuDNN resets the bias of the product too.
    layer = GRU(1, dtype="float64")
    layer.build((1, 1, 1))
    layer.set_weights(
        [
            np.ones((1, 3)),
            np.array([[1.0, 1.0, 2.0]]),
            np.array([[0.0] * 3, [0.0, 0.0, 1.0]]),
        ]
    )
    answer = layer(np.zeros((1, 1, 1)), [np.array([[0.5]])])
    candidate = np.tanh(gate * (0.5 * 2.0 + 1.0))
    assert_close([answer], [np.array([[gate * 0.5 + (1 - gate) * candidate]])], 1e-12)


def test_the_concatenated_form_is_the_same():
    # tanh([x; h] W) with the two kernels stacked, as one product.
    layer = make("simple_rnn")
    inputs, (hidden,) = arguments(layer)
    kernel, recurrent, bias = layer.get_weights()
    stacked = np.concatenate([kernel, recurrent])  # [D + U, U]
    outputs, _ = layer(inputs, initial_state=[hidden])
    for step in range(T):
        joined = np.concatenate([inputs[:, step], hidden], axis=1)  # [B, D + U]
        hidden = np.tanh(joined @ stacked + bias)
        assert_close([outputs[:, step]], [hidden], 1e-12)


@every_layer
def test_a_trained_first_state_is_used_and_has_a_gradient(name):
    layer = make(name, trainable_initial_state=True)
    inputs, _ = arguments(layer)
    initial = [0.3 * normal(50 + i, U) for i, _ in enumerate(layer.states)]
    for weight, value in zip(layer.initial, initial, strict=True):
        weight.assign(value)
    states = [np.tile(value, (B, 1)) for value in initial]
    assert_close(layer(inputs), layer(inputs, initial_state=states), 1e-12)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(inputs)[0] ** 2)
    gradients = tape.gradient(loss, [weight.value for weight in layer.initial])
    moved = 1e-6
    for weight, gradient in zip(layer.initial, gradients, strict=True):
        value = np.asarray(weight)
        losses = []
        for sign in (1, -1):
            weight.assign(value + sign * moved * np.eye(U)[0])
            losses.append(float(tf.reduce_sum(layer(inputs)[0] ** 2)))
        weight.assign(value)
        slope = (losses[0] - losses[1]) / (2 * moved)
        np.testing.assert_allclose(gradient[0], slope, rtol=1e-6)


@every_layer
def test_a_stateful_layer_goes_on_where_the_last_batch_ended(name):
    ours, theirs = both(name, stateful=True)
    first, second = normal(1, B, T, D), normal(2, B, T, D)
    whole = make(name)
    whole.set_weights(ours.get_weights())
    expected = whole(np.concatenate([first, second], axis=1))
    for layer in (ours, theirs):
        layer(first)
        assert_close([layer(second)[0]], [expected[0][:, T:]], 1e-10)
    assert len(ours.get_weights()) == len(theirs.get_weights())
    ours.reset_state()
    assert_close([ours(first)[0]], [expected[0][:, :T]], 1e-10)


def test_a_stateful_layer_s_gradient_stops_at_the_batch():
    layer = make("lstm", stateful=True)
    first, second = (tf.constant(normal(seed, B, T, D)) for seed in (1, 2))
    with tf.GradientTape() as tape:
        tape.watch(first)
        layer(first)
        loss = tf.reduce_sum(layer(second)[0])
    assert tape.gradient(loss, first) is None


@every_layer
@pytest.mark.parametrize("option", ["dropout", "recurrent_dropout"])
def test_dropout_is_one_mask_for_all_steps_and_only_in_training(name, option):
    layer = make(name, **{option: 0.5})
    plain = make(name)
    plain.set_weights(layer.get_weights())
    inputs = np.tile(normal(1, B, 1, D), (1, T, 1))
    assert_close([layer(inputs)[0]], [plain(inputs)[0]], 0)
    dropped = np.asarray(layer(inputs, training=True)[0])
    assert np.abs(dropped - plain(inputs)[0]).max() > 1e-3
    # Whatever was dropped, one of the possible masks explains every step at once:
    # Keras's layer with the rows of one kernel scaled by it gives the same.
    theirs = both(name)[1]
    distances = []
    for bits in range(2 ** (D if option == "dropout" else U)):
        kernel, recurrent, bias = plain.get_weights()
        rows = kernel if option == "dropout" else recurrent
        kept = np.array([bits >> row & 1 for row in range(len(rows))])
        rows *= 2.0 * kept[:, None]
        theirs.set_weights([kernel, recurrent, bias])
        distances.append(np.abs(theirs(inputs[:1])[0] - dropped[:1]).max())
    assert min(distances) < 1e-10
    assert sorted(distances)[1] > 1e-6


@every_layer
@pytest.mark.parametrize("mask", ["none", "rows"])
def test_the_gradient_under_recurrent_dropout_is_the_slope_of_the_loss(name, mask):
    def loss_of(inputs, kernel):
        layer = make(name, recurrent_dropout=0.4, seed=3)  # the same mask every time
        layer.recurrent_kernel.assign(kernel)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs, mask=MASKS[mask], training=True)[0]
            loss = tf.reduce_sum(outputs**2)
        return float(loss), tape.gradient(loss, [inputs, layer.recurrent_kernel.value])

    inputs = tf.constant(normal(1, B, T, D))
    kernel = np.asarray(make(name).recurrent_kernel)
    _, (of_inputs, of_kernel) = loss_of(inputs, kernel)
    direction = normal(7, *kernel.shape)
    slope = [loss_of(inputs, kernel + s * 1e-6 * direction)[0] for s in (1, -1)]
    expected = (slope[0] - slope[1]) / 2e-6
    np.testing.assert_allclose(np.sum(of_kernel * direction), expected, rtol=1e-6)
    direction = normal(8, B, T, D)
    slope = [loss_of(inputs + s * 1e-6 * direction, kernel)[0] for s in (1, -1)]
    expected = (slope[0] - slope[1]) / 2e-6
    np.testing.assert_allclose(np.sum(of_inputs * direction), expected, rtol=1e-6)


@every_layer
def test_weight_dropout_drops_recurrent_weights_and_scales_the_others(name):
    layer = make(name, recurrent_weight_dropout=0.5, seed=1)
    inputs = tf.constant(normal(1, B, T, D))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(inputs, training=True)[0] ** 2)
    gradient = np.asarray(tape.gradient(loss, layer.recurrent_kernel.value))
    kept = gradient != 0  # a dropped weight has no part in the loss
    assert 0.3 < kept.mean() < 0.7
    same = make(name)
    same.set_weights(layer.get_weights())
    same.recurrent_kernel.assign(
        np.where(kept, 2 * np.asarray(layer.recurrent_kernel), 0)
    )
    expected = tf.reduce_sum(same(inputs)[0] ** 2)
    np.testing.assert_allclose(loss, expected, rtol=1e-10)


@every_layer
def test_a_functional_model_of_keras_takes_ours_instead(name):
    def encoder_decoder(kind):
        source, target = keras.Input((None, D)), keras.Input((None, D))
        _, *states = kind(U, return_state=True)(keras.layers.Masking()(source))
        outputs = kind(U, return_sequences=True)(target, initial_state=states)
        return keras.Model([source, target], outputs)

    ours, theirs = (encoder_decoder(kind) for kind in PAIRS[name])
    ours.set_weights(theirs.get_weights())
    source = normal(1, B, T, D).astype("float32")
    source[1, 3:] = 0
    target = normal(2, B, T, D).astype("float32")
    assert_close([ours([source, target])], [theirs([source, target])], 1e-5)
