"""Stacks and encoders against stock layers, and what their dropouts drop."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.pairs import PAIRS, every_layer, normal
from zoo.layers.recurrent_encoder import RecurrentEncoder
from zoo.layers.recurrent_stack import RecurrentStack, dropout_between

B, T, D, U, L = 4, 5, 3, 4, 2
LENGTHS = [5, 2, 1, 3]
PADDED = np.arange(T) < np.array(LENGTHS)[:, None]
directions = pytest.mark.parametrize(
    "bidirectional", [False, True], ids=["one way", "both ways"]
)


def make(
    name,
    bidirectional=False,
    num_layers=L,
    dtype="float64",
    kind=RecurrentEncoder,
    **options,
):
    """An encoder, or a stack alone, with random weights."""
    encoder = kind(name, U, num_layers, bidirectional, dtype=dtype, **options)
    encoder.build((None, None, D))
    encoder.set_weights(
        [0.6 * normal(9 + i, *w.shape) for i, w in enumerate(encoder.weights)]
    )
    return encoder


def make_keras(name, bidirectional, weights):
    """Stock layers one above the other, with the weights given."""
    layers, width, weights = [], D, list(weights)
    for _ in range(L):
        layer = PAIRS[name][1](
            U, return_sequences=True, return_state=True, dtype="float64"
        )
        if bidirectional:
            layer = keras.layers.Bidirectional(layer, dtype="float64")
        layer.build((B, T, width))
        count = len(layer.weights)
        layer.set_weights(weights[:count])
        weights, width = weights[count:], 2 * U if bidirectional else U
        layers.append(layer)
    assert not weights
    return layers


def close(one, other, tolerance=1e-10):
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@every_layer
@directions
def test_a_stack_is_stock_layers_one_above_the_other(name, bidirectional):
    encoder = make(name, bidirectional)
    stock = make_keras(name, bidirectional, encoder.get_weights())
    inputs = tf.constant(normal(1, B, T, D))
    weighing = normal(2, B, T, encoder.output_width) * PADDED[..., None]
    weights = [weight.value for weight in encoder.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        memory, final = encoder.read(inputs, PADDED)
        loss = tf.reduce_sum(memory.states * weighing)
    gradients = tape.gradient(loss, [inputs, *weights])

    theirs = [weight.value for layer in stock for weight in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        hidden, expected = inputs, []
        for layer in stock:
            hidden, *states = layer(hidden, mask=PADDED)
            expected.append(states)
        loss = tf.reduce_sum(hidden * weighing)
    expected_gradients = tape.gradient(loss, [inputs, *theirs])

    real = PADDED[..., None]
    close(memory.states * real, hidden * real)
    keras.tree.map_structure(close, [list(s) for s in final], expected)
    for one, other in zip(gradients, expected_gradients, strict=True):
        close(one, other)


@every_layer
@directions
def test_the_summary_is_what_the_readers_hold_at_the_row_s_own_ends(
    name, bidirectional
):
    encoder = make(name, bidirectional)
    inputs = normal(1, B, T, D)
    memory = encoder(inputs, mask=PADDED)
    for row, length in enumerate(LENGTHS):
        states = np.asarray(memory.states)[row]
        last = [states[length - 1, :U], states[0, U:]]  # of each direction
        close(memory.summary[row], np.concatenate(last))
    assert np.asarray(memory.mask).tolist() == PADDED.tolist()


@every_layer
@directions
def test_a_padded_row_gives_what_it_gives_alone(name, bidirectional):
    encoder = make(name, bidirectional)
    inputs = normal(1, B, T, D)
    together = encoder(inputs, mask=PADDED)
    for row, length in enumerate(LENGTHS):
        alone = encoder(inputs[row : row + 1, :length])
        close(together.states[row, :length], alone.states[0])
        close(together.summary[row], alone.summary[0])
        assert np.asarray(alone.mask).all()


@every_layer
@directions
def test_an_encoder_says_whether_a_later_input_changes_an_earlier_state(
    name, bidirectional
):
    encoder = make(name, bidirectional)
    inputs = normal(1, B, T, D)
    changed = inputs.copy()
    changed[:, 3] += 1.0
    moved = np.abs(np.asarray(encoder(inputs).states - encoder(changed).states))
    assert (moved[:, :3].max() < 1e-10) == encoder.causal == (not bidirectional)
    assert moved[:, 3:].max() > 1e-3


@every_layer
@directions
def test_a_sequence_may_be_read_in_pieces_whose_states_are_handed_on(
    name, bidirectional
):
    stack = make(name, bidirectional, kind=RecurrentStack)
    inputs = normal(1, B, T, D)
    if bidirectional:  # the backward reader cannot start before the end
        zeros = stack.get_initial_state(B)
        whole, from_zeros = stack(inputs), stack(inputs, initial_state=zeros)
        keras.tree.map_structure(close, whole, from_zeros)
        return
    whole, final = stack(inputs)
    first, states = stack(inputs[:, :2])
    second, states = stack(inputs[:, 2:], initial_state=states)
    close(np.concatenate([first, second], axis=1), whole)
    keras.tree.map_structure(close, states, final)


@pytest.mark.parametrize("variational", [False, True], ids=["anew", "one mask"])
def test_variational_dropout_drops_the_same_units_at_every_step(variational):
    drop = dropout_between(0.5, variational)
    kept = np.asarray(drop(np.ones((8, 20, 16)), training=True)) > 0
    assert 0.3 < kept.mean() < 0.7
    assert (kept == kept[:, :1]).all() == variational
    assert not (kept == kept[:1]).all()  # rows differ


def test_dropout_acts_between_layers_and_nowhere_else():
    one, three = (make("gru", num_layers=n, dropout=0.5) for n in (1, L))
    inputs = normal(1, B, T, D)
    for encoder, changes in ((one, False), (three, True)):
        plain, dropped = encoder(inputs), encoder(inputs, training=True)
        moved = np.abs(np.asarray(plain.states - dropped.states)).max()
        assert (moved > 1e-3) == changes
    # The first layer's own states are untouched, the last layer's outputs not dropped.
    close(three.read(inputs)[1][0], three.read(inputs, training=True)[1][0])
    assert (np.asarray(three(inputs, training=True).states) != 0).all()


@every_layer
@pytest.mark.parametrize("rate", ["recurrent_dropout", "recurrent_weight_dropout"])
def test_recurrent_dropouts_spare_the_first_step(name, rate):
    encoder = make(name, num_layers=1, **{rate: 0.5})
    inputs = normal(1, B, T, D)
    plain = np.asarray(encoder(inputs).states)
    dropped = np.asarray(encoder(inputs, training=True).states)
    close(plain[:, 0], dropped[:, 0])  # nothing recurs yet
    assert np.abs(plain - dropped)[:, 1:].max() > 1e-3
    close(make(name, num_layers=1)(inputs).states, plain)


@every_layer
@directions
def test_a_stack_in_a_functional_model_hands_the_mask_to_its_sequence_alone(
    name, bidirectional
):
    stack = make(name, bidirectional, kind=RecurrentStack)
    states = 2 if name == "lstm" else 1
    states = 2 * states if bidirectional else states
    mask, none = stack.compute_mask(None, "the mask")
    assert mask == "the mask" and none == [[None] * states] * L
    tokens = keras.Input((None,), dtype="int32")
    vectors = keras.layers.Embedding(9, D, mask_zero=True)(tokens)
    hidden, final = stack(vectors)
    model = keras.Model(tokens, [hidden, final])
    given = np.array([[3, 4, 0], [5, 6, 7]], "int32")
    embedded = model.layers[1](given)
    expected = stack(np.asarray(embedded), mask=given > 0)
    keras.tree.map_structure(close, model(given), list(expected))


@every_layer
@directions
def test_the_config_gives_the_same_encoder_again(name, bidirectional):
    options = {
        "dropout": 0.1,
        "variational": True,
        "recurrent_dropout": 0.2,
        "recurrent_weight_dropout": 0.3,
    }
    encoder = make(name, bidirectional, **options)
    config = keras.saving.serialize_keras_object(encoder)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == encoder.get_config()
    assert all(again.get_config()[key] == value for key, value in options.items())
    configs = ([layer.get_config() for layer in one.stack] for one in (again, encoder))
    assert next(configs) == next(configs)
    again.set_weights(encoder.get_weights())
    inputs = normal(1, B, T, D)
    close(again(inputs, mask=PADDED).states, encoder(inputs, mask=PADDED).states, 0)


@directions
def test_mixed_precision_reaches_every_part(bidirectional):
    encoder = make("lstm", bidirectional, dtype="mixed_bfloat16")
    inputs = normal(1, B, T, D)
    memory = encoder(inputs, mask=PADDED)
    assert memory.states.dtype == memory.summary.dtype == "bfloat16"
    policies = {layer.dtype_policy.name for layer in encoder._flatten_layers()}
    assert policies == {"mixed_bfloat16"}
    exact = make("lstm", bidirectional)(inputs, mask=PADDED)
    near = tf.cast(memory.states, "float64")
    np.testing.assert_allclose(near, exact.states, atol=0.1)


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"cell": "elman"}, "`cell` must be one of .*'elman'"),
        ({"num_layers": 0}, "`num_layers` must be an integer.*num_layers=0"),
        ({"num_layers": 1.5}, "`num_layers` must be an integer.*num_layers=1.5"),
        ({"dropout": 1.0}, "`dropout` must be at least 0 and less than 1.*1.0"),
        ({"dropout": -0.5}, "`dropout` must be at least 0 and less than 1.*-0.5"),
        ({"recurrent_dropout": 1.0}, "`recurrent_dropout` must be .*less than 1.*1.0"),
        ({"units": 0}, "`units` must be .*1.*units=0"),
    ],
)
@pytest.mark.parametrize("kind", [RecurrentStack, RecurrentEncoder])
def test_options_out_of_range_are_refused(kind, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        kind(**{"cell": "lstm", "units": U, **options})
