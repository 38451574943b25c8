"""The numbers of SimpleRNN, LSTM and GRU: Keras's, autodiff's, and JAX's."""

import os
import pathlib
import subprocess
import sys

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
    make_keras,
    normal,
    seen_of,
)

ROOT = pathlib.Path(__file__).parents[2]


@every_layer
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-10), ("float32", 1e-5)])
@pytest.mark.parametrize("use_bias", [True, False])
def test_outputs_states_and_gradients_are_those_of_keras(
    name, mask, dtype, tolerance, use_bias
):
    layer = make(name, dtype, use_bias=use_bias)
    theirs = make_keras(name, layer, dtype)
    inputs, states = arguments(layer, dtype)
    mask = MASKS[mask]
    seen = seen_of(mask, dtype)
    answers = [
        differentiate(
            lambda x, s, one=one: one(x, initial_state=s, mask=mask),
            inputs,
            states,
            one.trainable_variables,
            seen,
        )
        for one in (layer, theirs)
    ]
    assert_close(answers[0][0], answers[1][0], tolerance)
    assert_close(answers[0][1], answers[1][1], tolerance)


@every_layer
@pytest.mark.parametrize("mask", MASKS)
def test_without_initial_states_it_starts_from_zeros(name, mask):
    layer = make(name)
    inputs, zeros = arguments(layer, zero_states=True)
    mask = MASKS[mask]
    expected = make_keras(name, layer)(inputs, mask=mask)
    assert_close(layer(inputs, mask=mask), expected, 1e-10)
    assert_close(layer(inputs, initial_state=zeros, mask=mask), expected, 1e-10)


@every_layer
@pytest.mark.parametrize("mask", MASKS)
def test_the_gradient_by_hand_is_the_gradient_by_autodiff(name, mask):
    layer = make(name)
    inputs, states = arguments(layer)
    mask = MASKS[mask]
    calls = (
        lambda x, s: layer(x, initial_state=s, mask=mask),
        lambda x, s: by_loop(layer, x, s, mask),
    )
    answers = [
        differentiate(call, inputs, states, layer.trainable_variables, np.ones((B, T)))
        for call in calls
    ]
    assert_close(answers[0][0], answers[1][0], 1e-12)
    assert_close(answers[0][1], answers[1][1], 1e-10)


@every_layer
def test_the_gradient_of_the_last_output_alone_is_right(name):
    layer = make(name, return_sequences=False, return_state=False)
    inputs, states = arguments(layer)
    answers = []
    for call in (
        lambda x: layer(x, initial_state=states),
        lambda x: by_loop(layer, x, states, None)[1],
    ):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(call(inputs) ** 2)
        answers.append(tape.gradient(loss, inputs))
    assert_close([answers[0]], [answers[1]], 1e-10)


@every_layer
def test_a_padded_row_gives_what_it_gives_alone(name):
    layer = make(name)
    inputs = normal(1, 1, 3, D)
    padded = np.concatenate([inputs, 100 * normal(2, 1, 2, D)], axis=1)
    outputs, *states = layer(padded, mask=np.array([[1, 1, 1, 0, 0]], bool))
    alone, *states_alone = layer(inputs)
    assert_close([outputs[:, :3], *states], [alone, *states_alone], 1e-12)


@every_layer
def test_step_by_step_is_the_whole(name):
    layer = make(name)
    inputs, states = arguments(layer)
    whole, *final = layer(inputs, initial_state=states)
    for step in range(T):
        output, *states = layer(inputs[:, step : step + 1], initial_state=states)
        assert_close([output[:, 0]], [whole[:, step]], 1e-12)
    assert_close(states, final, 1e-12)


@every_layer
def test_a_single_step_that_is_masked_copies_the_state(name):
    layer = make(name)
    inputs, states = arguments(layer)
    mask = np.array([[True], [False], [False], [True]])
    _, *after = layer(inputs[:, :1], initial_state=states, mask=mask)
    _, *moved = layer(inputs[:, :1], initial_state=states)
    for old, new, free in zip(states, after, moved, strict=True):
        assert_close([new[1:3], new[::3]], [old[1:3], free[::3]], 1e-12)


@every_layer
def test_a_later_input_changes_no_earlier_output(name):
    layer = make(name, return_state=False)
    inputs = normal(1, B, T, D)
    changed = inputs.copy()
    changed[:, 3] += 1.0
    before, after = np.asarray(layer(inputs)), np.asarray(layer(changed))
    assert_close([before[:, :3]], [after[:, :3]], 0)
    assert np.abs(before[:, 3:] - after[:, 3:]).min() > 0


@every_layer
def test_a_graph_of_unknown_length_gives_the_same(name):
    layer = make(name)
    inputs, states = arguments(layer)
    mask = tf.constant(MASKS["rows"])

    def gradients(inputs, states, mask):
        with tf.GradientTape() as tape:
            tape.watch([inputs, states])
            results = layer(inputs, initial_state=states, mask=mask)
            loss = sum(tf.reduce_sum(result**2) for result in results)
        weights = [variable.value for variable in layer.trainable_variables]
        return results, tape.gradient(loss, [inputs, *states, *weights])

    signature = [
        tf.TensorSpec([None, None, D], "float64"),
        [tf.TensorSpec([None, U], "float64") for _ in states],
        tf.TensorSpec([None, None], "bool"),
    ]
    graph = tf.function(gradients, input_signature=signature)
    for one, other in zip(
        graph(inputs, states, mask), gradients(inputs, states, mask), strict=True
    ):
        assert_close(one, other, 1e-12)


@pytest.fixture(scope="module")
def jax_folder(tmp_path_factory):
    """A folder where the JAX process has answered for every layer."""
    folder = tmp_path_factory.mktemp("jax")
    for name in PAIRS:
        layer = make(name)
        inputs, states = arguments(layer)
        shapes = [(B, T, U), *[(B, U) for _ in states]]
        np.savez(
            folder / f"{name}.npz",
            layer=name,
            mask=MASKS["rows"],
            inputs=inputs,
            **{f"state_{i}": state for i, state in enumerate(states)},
            **{f"weighing_{i}": normal(30 + i, *s) for i, s in enumerate(shapes)},
            **{weight.name: np.asarray(weight) for weight in layer.weights},
        )
    jax = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, pathlib.Path(__file__).with_name("on_jax.py"), folder],
        env={**os.environ, **jax, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


@every_layer
def test_jax_gives_the_same_answers_and_gradients_without_tensorflow(name, jax_folder):
    layer = make(name)
    inputs, states = arguments(layer)
    results, gradients = differentiate(
        lambda x, s: by_loop(layer, x, s, MASKS["rows"]),
        inputs,
        states,
        layer.trainable_variables,
        np.ones((B, T)),
    )
    with np.load(jax_folder / f"{name}_done.npz") as done:
        answers = [done[f"arr_{i}"] for i in range(len(done.files))]
    assert_close(answers, [*results, *gradients], 1e-5)
