"""The recurrent decoder's other ways in: bridge, dot attention, layers, no memory."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.pairs import PAIRS, normal
from zoo.layers.memory import Memory
from zoo.layers.recurrent_decoder import RecurrentDecoder

B, S, T, D = 3, 4, 5, 6
MEMORY_MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0]], bool)
KINDS = {
    "bridge": {"cell": "lstm", "bridge": True},
    "bridge alone": {"cell": "gru", "bridge": True, "summary_enters": None},
    "dot": {"cell": "gru", "attention": "dot", "summary_enters": None},
    "scaled dot": {"cell": "lstm", "attention": "scaled_dot", "num_layers": 2},
    "general": {"cell": "simple_rnn", "attention": "general", "units": 7},
    "deep": {"cell": "gru", "num_layers": 3, "bridge": True},
    "deep lstm": {"cell": "lstm", "num_layers": 2, "bridge": True, "units": 4},
    "all": {"cell": "lstm", "num_layers": 2, "bridge": True, "attention": "additive"},
    "language model": {"cell": "lstm", "summary_enters": None},
    "deep language model": {"cell": "gru", "summary_enters": None, "num_layers": 2},
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def make(kind, dtype="float64", **options):
    sizes = {"units": D, "width": D, "attention_units": 5}
    decoder = RecurrentDecoder(dtype=dtype, **{**sizes, **KINDS[kind], **options})
    decoder.build((None, None, D))
    decoder.set_weights(
        [0.5 * normal(i, *w.shape) for i, w in enumerate(decoder.weights)]
    )
    return decoder


def remember(decoder):
    """A memory, projected; None for a language model."""
    if not decoder.reads_memory:
        return None
    arrays = normal(40, B, S, D), MEMORY_MASK, normal(41, B, D)
    return decoder.project(Memory(*map(keras.ops.array, arrays)))


def read(decoder, inputs, **options):
    memory = remember(decoder)
    return decoder(inputs, memory, decoder.initial_state(B, T, memory), **options)


def close(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


def by_keras(decoder, inputs, memory):
    """The decoder composed of stock layers and sums written out."""
    count = len(decoder.recurrent.states)
    starts = [None] * decoder.num_layers
    if decoder.bridge:
        kernel, bias = decoder.bridge_layer.get_weights()
        start = np.tanh(np.asarray(memory.summary) @ kernel + bias)
        parts = np.split(start, decoder.num_layers * count, axis=-1)
        starts = [parts[i : i + count] for i in range(0, len(parts), count)]
    ours = [decoder.recurrent, *(decoder.upper.stack if decoder.upper else [])]
    hidden = inputs
    for index, (layer, start) in enumerate(zip(ours, starts, strict=True)):
        kernel, *rest = layer.get_weights()
        if index == 0 and decoder.enter:
            summary = np.asarray(memory.summary)[:, None]
            hidden = np.concatenate([hidden, np.repeat(summary, T, axis=1)], axis=-1)
            kernel = np.concatenate([kernel, np.asarray(decoder.enter.kernel)])
        stock = PAIRS[decoder.cell][1](
            decoder.units, return_sequences=True, dtype="float64"
        )
        stock.build(hidden.shape)
        stock.set_weights([kernel, *rest])
        hidden = np.asarray(stock(hidden, initial_state=start))
    return hidden


def attended(decoder, hidden, memory):
    """Contexts of dot-product attention, written out."""
    states = np.asarray(memory.states)
    keys = states
    if decoder.attention == "general":
        keys = states @ np.asarray(decoder.attend.key_layer.kernel)
    scores = np.einsum("btu,bsu->bts", hidden, keys)
    if decoder.attention == "scaled_dot":
        scores = scores / np.sqrt(decoder.units)
    scores = np.exp(scores) * MEMORY_MASK[:, None]
    return scores / scores.sum(axis=-1, keepdims=True) @ states


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "all"])
def test_it_is_stock_layers_and_sums_written_out(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    memory = remember(decoder)
    outputs, _, weights = read(decoder, inputs)
    hidden = by_keras(decoder, inputs, memory)
    if decoder.attention:
        context = attended(decoder, hidden, memory)
        hidden = np.concatenate([hidden, context], axis=-1)
    else:
        assert weights is None
    kernel, bias = decoder.output_layer.get_weights()
    expected = hidden @ kernel + bias
    close(outputs, np.tanh(expected) if decoder.attention else expected)


@every_kind
def test_step_by_step_is_teacher_forcing(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    memory = remember(decoder)
    state = decoder.initial_state(B, T, memory)
    whole, final, attention = decoder(inputs, memory, state)
    for step in range(T):
        hidden, state, weights = decoder(inputs[:, step : step + 1], memory, state)
        close(hidden[:, 0], whole[:, step])
        if decoder.attention:
            close(weights[..., 0, :], attention[..., step, :])
    keras.tree.map_structure(close, state, final)
    leaves = keras.tree.flatten([state, final, memory])
    assert all(leaf is None or leaf.shape[0] == B for leaf in leaves)


@every_kind
def test_every_weight_has_a_gradient(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    weights = decoder.trainable_variables
    with tf.GradientTape() as tape:
        hidden, _, _ = read(decoder, inputs)
        loss = tf.reduce_sum(hidden * normal(3, B, T, D))
    gradients = tape.gradient(loss, [weight.value for weight in weights])
    for weight, gradient in zip(weights, gradients, strict=True):
        assert gradient is not None and np.abs(gradient).max() > 1e-8, weight.path


@every_kind
def test_the_config_gives_the_same_decoder_again(kind):
    decoder = make(kind, dropout=0.25, variational=True)
    config = keras.saving.serialize_keras_object(decoder)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == decoder.get_config()
    again.set_weights(decoder.get_weights())
    inputs = normal(1, B, T, D)
    close(read(again, inputs)[0], read(decoder, inputs)[0])


def test_new_options_leave_the_first_options_weights_where_they_were():
    paths = [weight.path.split("/", 1)[1] for weight in make("all").weights]
    assert paths[:10] == [
        "recurrent/kernel",
        "recurrent/recurrent_kernel",
        "recurrent/bias",
        "W_ih/kernel",
        "attention/scale",
        "attention/query/kernel",
        "attention/key/kernel",
        "attention/key/bias",
        "W_hy/kernel",
        "W_hy/bias",
    ]
    assert {path.split("/")[0] for path in paths[10:]} == {"upper", "W_s"}


@pytest.mark.parametrize("enters", [None, "first", "every"])
@pytest.mark.parametrize("rate", ["recurrent_dropout", "recurrent_weight_dropout"])
def test_dropout_inside_the_recurrence_spares_the_first_step(rate, enters):
    decoder = make("language model", summary_enters=enters, **{rate: 0.5})
    inputs = normal(1, B, T, D)
    plain = np.asarray(read(decoder, inputs)[0])
    dropped = np.asarray(read(decoder, inputs, training=True)[0])
    close(plain[:, 0], dropped[:, 0])
    assert np.abs(plain - dropped)[:, 1:].max() > 1e-3


@pytest.mark.parametrize("kind", ["bridge alone", "dot", "general", "all"])
def test_a_decoder_that_reads_a_memory_asks_for_it(kind):
    decoder = make(kind)
    state = {} if decoder.bridge else decoder.initial_state(B)
    with pytest.raises(ValueError, match="`memory` must be given to a decoder"):
        decoder(normal(1, B, T, D), None, state)
    if decoder.bridge:
        with pytest.raises(ValueError, match="`memory` must be given.*bridge=True"):
            decoder.initial_state(B, T)


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"num_layers": 0}, "`num_layers` must be an integer.*num_layers=0"),
        ({"units": 0}, "`units` must be an integer.*units=0"),
        ({"dropout": 1.0}, "`dropout` must be .*less than 1.*dropout=1.0"),
        ({"attention": "dot", "units": 5}, "`units` must be equal.*units=5, memory_w"),
        ({"attention": "scaled_dot", "units": 5}, "`units` must be equal.*scaled_dot"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        RecurrentDecoder(**{"cell": "gru", "units": D, "width": D, **options})
