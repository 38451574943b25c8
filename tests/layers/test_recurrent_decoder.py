"""The recurrent decoder against Keras's layers, and the contract of every decoder."""

import keras
import numpy as np
import pytest

from zoo.layers import Memory, RecurrentDecoder

B, S, T, D, U, A = 3, 4, 5, 6, 7, 8
MEMORY_MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0]], bool)
STOCK = {
    "simple_rnn": keras.layers.SimpleRNN,
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
}
KINDS = [
    {"cell": cell, "summary_enters": enters, "attention": attention}
    for cell in STOCK
    for enters in ("first", "every")
    for attention in (None, "additive")
] + [
    {"cell": "lstm", "summary_enters": "every", "attention": "additive"}
    | {"memory_width": 9},
    {"cell": "gru", "summary_enters": "first", "attention": None, "memory_width": 4},
]
every_kind = pytest.mark.parametrize(
    "kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values()))
)


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


def make(kind, dtype="float64", **options):
    decoder = RecurrentDecoder(
        units=U, width=D, attention_units=A, dtype=dtype, **kind, **options
    )
    decoder.build((None, None, D))
    decoder.set_weights(
        [0.5 * normal(i, *w.shape) for i, w in enumerate(decoder.weights)]
    )
    return decoder


def remember(decoder):
    """A memory, projected, with a summary of its own."""
    states = keras.ops.array(normal(40, B, S, decoder.memory_width))
    summary = keras.ops.array(normal(41, B, decoder.memory_width))
    return decoder.project(Memory(states, keras.ops.array(MEMORY_MASK), summary))


def rows_of(structure, rows):
    """The chosen rows of every leaf."""
    return keras.tree.map_structure(
        lambda leaf: keras.ops.take(leaf, rows, axis=0), structure
    )


def close(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


def by_keras(decoder, inputs, memory, steps):
    """Stock layer over inputs that carry the summary at `steps` [T] as features."""
    kernel, recurrent, *bias = decoder.recurrent.get_weights()
    joined = np.concatenate([kernel, np.asarray(decoder.enter.kernel)])
    stock = STOCK[decoder.cell](U, return_sequences=True, dtype="float64")
    stock.build((B, T, D + decoder.memory_width))
    stock.set_weights([joined, recurrent, *bias])
    summary = np.asarray(memory.summary)[:, None] * steps[None, :, None]
    hidden = np.asarray(stock(np.concatenate([inputs, summary], axis=-1)))
    if decoder.attention:
        of_query = np.asarray(decoder.attend.query_layer.kernel)
        states = np.asarray(memory.states)
        keys = states @ np.asarray(decoder.attend.key_layer.kernel)
        keys = keys + np.asarray(decoder.attend.key_layer.bias)
        scores = np.tanh((hidden @ of_query)[:, :, None] + keys[:, None])
        scores = np.exp(scores @ np.asarray(decoder.attend.scale))
        scores = scores * MEMORY_MASK[:, None]
        context = scores / scores.sum(axis=-1, keepdims=True) @ states
        hidden = np.concatenate([hidden, context], axis=-1)
    kernel, bias = decoder.output_layer.get_weights()
    outputs = hidden @ kernel + bias
    return np.tanh(outputs) if decoder.attention else outputs


@every_kind
def test_it_is_a_stock_layer_that_also_reads_the_summary_where_it_enters(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    memory = remember(decoder)
    hidden, _, _ = decoder(inputs, memory, decoder.initial_state(B))
    steps = np.arange(T) == 0 if kind["summary_enters"] == "first" else np.ones(T)
    close(hidden, by_keras(decoder, inputs, memory, steps))


@every_kind
def test_step_by_step_is_teacher_forcing(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    memory, state = remember(decoder), decoder.initial_state(B)
    whole, final, attention = decoder(inputs, memory, state)
    for step in range(T):
        hidden, state, weights = decoder(inputs[:, step : step + 1], memory, state)
        close(hidden[:, 0], whole[:, step])
        if kind["attention"]:
            close(weights[..., 0, :], attention[..., step, :])
    keras.tree.map_structure(close, state, final)


@every_kind
def test_a_text_may_be_read_in_pieces_of_any_length(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    memory, state = remember(decoder), decoder.initial_state(B)
    whole, _, _ = decoder(inputs, memory, state)
    first, state, _ = decoder(inputs[:, :2], memory, state)
    second, _, _ = decoder(inputs[:, 2:], memory, state)
    close(np.concatenate([first, second], axis=1), whole)


@every_kind
def test_rows_may_stand_at_different_steps(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    memory, start = remember(decoder), decoder.initial_state(B)
    whole, _, _ = decoder(inputs, memory, start)
    _, ahead, _ = decoder(inputs[:, :3], memory, start)
    mixed = keras.tree.map_structure(
        lambda one, two: keras.ops.concatenate([one[:1], two[1:]]), ahead, start
    )
    now = np.concatenate([inputs[:1, 3:5], inputs[1:, :2]])
    hidden, _, _ = decoder(now, memory, mixed)
    close(hidden, np.concatenate([whole[:1, 3:5], whole[1:, :2]]))


@every_kind
def test_a_later_token_changes_no_earlier_output(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    memory, state = remember(decoder), decoder.initial_state(B)
    changed = inputs.copy()
    changed[:, 3] += 1.0
    before = np.asarray(decoder(inputs, memory, state)[0])
    after = np.asarray(decoder(changed, memory, state)[0])
    close(before[:, :3], after[:, :3])
    assert np.abs(before - after)[:, 3:].max() > 1e-3


@every_kind
def test_rows_do_not_know_of_one_another(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    memory, state = remember(decoder), decoder.initial_state(B)
    whole = decoder(inputs, memory, state)
    rows = [2, 0]
    some = decoder(inputs[rows], rows_of(memory, rows), rows_of(state, rows))
    parts = 3 if kind["attention"] else 2
    expected = rows_of(whole[:parts], rows)
    keras.tree.map_structure(close, some[:parts], expected)


@every_kind
def test_every_leaf_of_the_state_and_of_the_memory_starts_with_the_batch(kind):
    decoder = make(kind)
    memory, state = remember(decoder), decoder.initial_state(B)
    after = decoder(normal(1, B, T, D), memory, state)[1]
    leaves = keras.tree.flatten([memory, state, after])
    assert all(leaf.shape[0] == B for leaf in leaves)
    assert np.asarray(after["position"]).tolist() == [T] * B


@every_kind
def test_attention_sums_to_one_and_leaves_masked_places_out(kind):
    decoder = make(kind)
    inputs = normal(1, B, T, D)
    weights = decoder(inputs, remember(decoder), decoder.initial_state(B))[2]
    if not kind["attention"]:
        assert weights is None
        return
    assert weights.shape == (B, 1, 1, T, S)
    close(np.asarray(weights).sum(axis=-1), 1.0)
    assert (np.asarray(weights)[1, ..., 2:] == 0).all()


@every_kind
def test_the_config_gives_the_same_decoder_again(kind):
    decoder = make(kind, dropout=0.25)
    config = keras.saving.serialize_keras_object(decoder)
    again = keras.saving.deserialize_keras_object(config)
    assert again.get_config() == decoder.get_config()
    assert again.built  # as the config says
    again.set_weights(decoder.get_weights())
    close(
        *[
            d(normal(1, B, T, D), remember(d), d.initial_state(B))[0]
            for d in (decoder, again)
        ]
    )


@every_kind
def test_mixed_precision_reaches_every_part(kind):
    decoder = make(kind, "mixed_bfloat16")
    inputs = normal(1, B, T, D)
    hidden, state, _ = decoder(inputs, remember(decoder), decoder.initial_state(B))
    exact = make(kind)
    expected = exact(inputs, remember(exact), exact.initial_state(B))[0]
    assert hidden.dtype.name == "bfloat16" == state["hidden"].dtype.name
    near = np.asarray(keras.ops.cast(hidden, "float64"))
    np.testing.assert_allclose(near, expected, atol=0.3)


@pytest.mark.parametrize(
    "option, value",
    [("cell", "elman"), ("summary_enters", "last"), ("attention", "cosine")],
)
def test_an_option_that_is_not_known_is_refused(option, value):
    options = {"cell": "lstm", option: value}
    with pytest.raises(ValueError, match=f"`{option}` must be one of .*{value}"):
        RecurrentDecoder(units=U, width=D, **options)
