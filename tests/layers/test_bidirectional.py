"""Both directions against Keras's own wrapper, and padded rows against themselves."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.pairs import PAIRS, every_layer, normal
from zoo.layers.bidirectional import MERGES, Bidirectional
from zoo.layers.recurrent_stack import RecurrentStack

B, T, D, U = 4, 5, 3, 6
LENGTHS = [5, 2, 1, 3]
PADDED = np.arange(T) < np.array(LENGTHS)[:, None]
GAPS = np.array(
    [[1, 1, 1, 1, 1], [0, 1, 0, 1, 0], [1, 0, 0, 0, 1], [0, 0, 1, 1, 1]], bool
)
MASKS = {"none": None, "padded": PADDED, "gaps": GAPS}


def make(name, merge_mode="concat", **options):
    """Our wrapper of our layer and Keras's of Keras's, with the same random weights."""
    options = {"return_sequences": True, "return_state": True, **options}
    pair = [
        wrapper(cell(U, dtype="float64", **options), merge_mode, dtype="float64")
        for wrapper, cell in zip(
            (Bidirectional, keras.layers.Bidirectional), PAIRS[name], strict=True
        )
    ]
    for layer in pair:
        layer.build((B, T, D))
        layer.set_weights(
            [0.7 * normal(9 + i, *w.shape) for i, w in enumerate(layer.weights)]
        )
    return pair


def differentiate(layer, inputs, states, mask):
    """All that the layer returns, and the gradients of a weighted sum of it."""
    inputs, states = tf.constant(inputs), [tf.constant(state) for state in states]
    with tf.GradientTape() as tape:
        tape.watch([inputs, states])
        results = keras.tree.flatten(layer(inputs, initial_state=states, mask=mask))
        loss = sum(
            tf.reduce_sum(result * normal(30 + i, *result.shape))
            for i, result in enumerate(results)
        )
    values = [inputs, *states, *[w.value for w in layer.trainable_variables]]
    return results, tape.gradient(loss, values)


def close(ours, theirs, tolerance=1e-10):
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@every_layer
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("sequences", [True, False], ids=["sequences", "last"])
def test_outputs_states_and_gradients_are_those_of_keras(name, mask, sequences):
    ours, theirs = make(name, return_sequences=sequences)
    count = len(ours.forward_layer.states)
    states = [0.5 * normal(20 + i, B, U) for i in range(2 * count)]
    if mask != "none":  # Keras and we differ in what stands before a first real step
        states = [np.zeros_like(state) for state in states]
    inputs = normal(1, B, T, D)
    got, expected = (
        differentiate(layer, inputs, states, MASKS[mask]) for layer in (ours, theirs)
    )
    close(got[0], expected[0])
    close(got[1], expected[1])


@every_layer
@pytest.mark.parametrize("merge_mode", MERGES)
@pytest.mark.parametrize("states", [True, False], ids=["states", "alone"])
def test_every_merge_is_that_of_keras_and_its_shapes_are_told(name, merge_mode, states):
    ours, theirs = make(name, merge_mode, return_state=states)
    inputs = normal(1, B, T, D)
    got, expected = ours(inputs), theirs(inputs)
    keras.tree.assert_same_structure(got, expected)
    close(keras.tree.flatten(got), keras.tree.flatten(expected))
    told = keras.tree.flatten(ours.compute_output_spec(keras.KerasTensor((B, T, D))))
    assert [one.shape for one in told] == [
        tuple(one.shape) for one in keras.tree.flatten(got)
    ]
    nested = merge_mode is None or states
    shapes = ours.compute_output_shape((B, T, D))
    shapes = list(shapes) if nested else [shapes]
    assert shapes == [tuple(one.shape) for one in keras.tree.flatten(got)]


@every_layer
def test_a_padded_row_gives_what_it_gives_alone_and_zeros_after_it(name):
    layer, _ = make(name)
    inputs = normal(1, B, T, D)
    together, *final = layer(inputs, mask=PADDED)
    for row, length in enumerate(LENGTHS):
        alone, *own = layer(inputs[row : row + 1, :length])
        close([together[row, :length]], [alone[0]])
        close([state[row] for state in final], [state[0] for state in own])
        assert not np.asarray(together)[row, length:].any()


@every_layer
def test_each_position_holds_what_both_readers_know_of_it(name):
    layer, _ = make(name)
    inputs = normal(1, B, T, D)
    forward = PAIRS[name][0](U, return_sequences=True, dtype="float64")
    forward.build((B, T, D))
    hidden = []
    for part, steps in ((layer.forward_layer, 1), (layer.backward_layer, -1)):
        forward.set_weights(part.get_weights())
        hidden.append(np.asarray(forward(inputs[:, ::steps]))[:, ::steps])
    close([layer(inputs)[0]], [np.concatenate(hidden, axis=-1)])


@every_layer
def test_a_layer_of_one_s_own_may_read_backwards(name):
    cell = PAIRS[name][0]
    layer = Bidirectional(
        cell(U, return_sequences=True),
        backward_layer=cell(2 * U, return_sequences=True, go_backwards=True),
    )
    assert layer(normal(1, B, T, D)).shape == (B, T, 3 * U)


@every_layer
def test_a_mask_is_handed_on_with_the_sequence_alone(name):
    layer, _ = make(name)
    inputs = keras.layers.Embedding(9, D, mask_zero=True)(np.array([[3, 4, 0]] * B))
    hidden, *states = layer(inputs)
    assert hidden._keras_mask.numpy().tolist() == [[True, True, False]] * B
    assert not any(hasattr(state, "_keras_mask") for state in states)


@every_layer
def test_the_config_gives_the_same_layer_again(name):
    layer, _ = make(name, "ave")
    config = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == layer.get_config()
    again.build((B, T, D))
    again.set_weights(layer.get_weights())
    inputs = normal(1, B, T, D)
    close(again(inputs, mask=PADDED), layer(inputs, mask=PADDED), 0)


@every_layer
def test_initial_weights_go_to_the_forward_layer_first(name):
    layer, _ = make(name)
    values = layer.get_weights()
    cell = PAIRS[name][0](U, return_sequences=True, return_state=True, dtype="float64")
    again = Bidirectional(cell, weights=values, dtype="float64")
    inputs = normal(1, B, T, D)
    close(again(inputs), layer(inputs), 0)


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"layer": 3}, "`layer` must be a Keras layer.*3"),
        ({"backward_layer": "gru"}, "`backward_layer` must be a Keras layer.*'gru'"),
        (
            {"layer": keras.layers.Dense(3)},
            "`layer` must be one recurrent layer.*Dense",
        ),
        (
            {"layer": RecurrentStack("gru", U)},
            r"RecurrentStack\(bidirectional=True\).*without go_backwards",
        ),
        (
            {"backward_layer": keras.layers.Dense(3)},
            "`backward_layer` must be one recurrent layer.*go_backwards",
        ),
        ({"merge_mode": "max"}, "`merge_mode` must be one of .*'max'"),
        ({"backward_layer": PAIRS["gru"][0](U)}, "must differ in `go_backwards`"),
        (
            {
                "backward_layer": PAIRS["gru"][0](
                    U, go_backwards=True, return_sequences=True
                )
            },
            "must have the same `return_sequences`.*False and True",
        ),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        Bidirectional(**{"layer": PAIRS["gru"][0](U), **options})
