"""Packed sequences: the same numbers as masking, in fewer rows."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.pairs import (
    PAIRS,
    B,
    D,
    T,
    U,
    assert_close,
    every_layer,
    make,
    normal,
)
from zoo.layers.packed import pack, pad, unsort

LENGTHS = np.array([3, 5, 1, 5])
MASK = np.arange(T)[None] < LENGTHS[:, None]


def padded(seed=1):
    return normal(seed, B, T, D) * MASK[..., None]


def test_packing_sorts_by_length_and_leaves_the_padding_out():
    inputs = padded()
    packed = pack(inputs, LENGTHS)
    assert list(np.asarray(packed.order)) == [1, 3, 0, 2]
    assert list(np.asarray(packed.alive)) == [4, 3, 3, 2, 2]
    rows = [[1, 3, 0, 2], [1, 3, 0], [1, 3, 0], [1, 3], [1, 3]]
    expected = [inputs[row, step] for step, alive in enumerate(rows) for row in alive]
    assert_close([packed.data], [np.stack(expected)], 0)
    assert list(np.asarray(unsort(packed))) == [2, 0, 3, 1]


@pytest.mark.parametrize("length", [None, T, T + 3])
def test_padding_undoes_packing(length):
    inputs = padded()
    again, lengths = pad(pack(inputs, LENGTHS), length)
    expected = np.zeros((B, length or T, D))
    expected[:, :T] = inputs
    assert_close([again], [expected], 0)
    assert list(np.asarray(lengths)) == list(LENGTHS)


def test_a_batch_padded_beyond_its_longest_row_packs_alike():
    inputs = padded()
    wide = np.pad(inputs, [(0, 0), (0, 4), (0, 0)], constant_values=np.nan)
    for one, other in zip(pack(wide, LENGTHS), pack(inputs, LENGTHS), strict=True):
        assert_close([one], [other], 0)


@pytest.mark.parametrize(
    "lengths",
    [[3, 5, 0, 5], [3, 6, 1, 5], np.array([-1, 1, 1, 1]), [3, 5, 1], [], [2.5] * 4],
)
def test_lengths_that_cannot_be_are_refused(lengths):
    with pytest.raises(ValueError, match="`lengths` must be integers, one a row, betw"):
        pack(padded(), lengths)


def answers(layer, inputs, states, packing, **options):
    """Outputs, final states and all gradients, packed or masked, in batch order."""
    weighing = [normal(30 + i, B, T, U) * MASK[..., None] for i in range(1)]
    weighing += [normal(40 + i, B, U) for i, _ in enumerate(states)]
    with tf.GradientTape() as tape:
        tape.watch([inputs, states])
        if packing:
            packed = pack(inputs, LENGTHS)
            outputs, *final = layer(packed, initial_state=states, **options)
            outputs, _ = pad(outputs)
        else:
            outputs, *final = layer(inputs, initial_state=states, mask=MASK, **options)
            outputs = outputs * MASK[..., None]
        results = [outputs, *final]
        loss = sum(
            tf.reduce_sum(result * weight)
            for result, weight in zip(results, weighing, strict=True)
        )
    weights = [weight.value for weight in layer.trainable_variables]
    gradients = tape.gradient(loss, [inputs, *states, *weights])
    return results, [tf.convert_to_tensor(gradient) for gradient in gradients]


VARIANTS = [*[(name, {}) for name in PAIRS], ("gru", {"reset_after": False})]


@pytest.mark.parametrize("name, options", VARIANTS)
@pytest.mark.parametrize("graph", [False, True])
def test_packed_rows_give_what_masked_rows_give(name, options, graph):
    layer = make(name, **options)
    inputs = tf.constant(padded())
    states = [
        tf.constant(0.5 * normal(20 + i, B, U)) for i, _ in enumerate(layer.states)
    ]
    expected = answers(layer, inputs, states, packing=False)

    def call(inputs, states):
        return answers(layer, inputs, states, packing=True)

    if graph:
        call = tf.function(
            call,
            input_signature=[
                tf.TensorSpec([None, None, D], "float64"),
                [tf.TensorSpec([None, U], "float64") for _ in states],
            ],
        )
    got = call(inputs, states)
    assert_close(got[0], expected[0], 1e-12)
    assert_close(got[1], expected[1], 1e-10)


@every_layer
def test_the_last_hidden_states_stand_in_the_batch_s_order(name):
    layer = make(name, return_sequences=False, return_state=False)
    inputs = padded()
    last = layer(pack(inputs, LENGTHS))
    assert_close([last], [layer(inputs, mask=MASK)], 1e-12)


@every_layer
def test_dropout_of_packed_rows_is_one_mask_a_row(name):
    layer = make(name, dropout=0.5, return_state=False)
    ones = np.ones((B, T, D))
    layer.set_weights([weight * 0 + 0.1 for weight in layer.get_weights()])
    packed = pack(ones, LENGTHS)
    outputs, _ = pad(layer(packed, training=True))
    plain = make(name, return_state=False)
    plain.set_weights(layer.get_weights())
    for row, length in enumerate(LENGTHS):
        # All inputs and weights are alike: only how many inputs are left matters.
        possible = [
            plain(np.ones((1, length, D)) * 2.0 * kept / D)[0] for kept in range(D + 1)
        ]
        distances = [np.abs(outputs[row, :length] - one).max() for one in possible]
        assert min(distances) < 1e-12


def test_what_cannot_be_packed_is_refused():
    for option in ("go_backwards", "unroll"):
        layer = make("lstm", **{option: True})
        with pytest.raises(ValueError, match=f"`{option}` must be False for packed"):
            layer(pack(padded(), LENGTHS))


def test_packed_rows_are_refused_where_they_cannot_leave_the_batch(monkeypatch):
    layer, packed = make("gru"), pack(padded(), LENGTHS)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="Packed sequences need TensorFlow.*jax"):
        layer(packed)


def test_a_mask_beside_packed_rows_is_refused():
    layer, packed = make("gru"), pack(padded(), LENGTHS)
    with pytest.raises(ValueError, match="`mask` must be None for packed sequences"):
        layer(packed, mask=MASK)


def test_what_is_not_packed_cannot_be_padded_nor_the_other_way_round():
    with pytest.raises(ValueError, match="`packed` must be Packed. Received: ndarray"):
        pad(padded())
    with pytest.raises(
        ValueError, match="`length` must be at least that of the longest"
    ):
        pad(pack(padded(), LENGTHS), 2)
    with pytest.raises(ValueError, match=r"`inputs` must have the shape \[B, T, D\]"):
        pack(normal(1, B, T), LENGTHS)
