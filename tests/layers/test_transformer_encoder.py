"""The Transformer encoder: order, masks, options; see test_transformer_peers too."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.layers.memory import Memory
from zoo.layers.transformer_decoder import TransformerDecoder
from zoo.layers.transformer_encoder import TransformerEncoder, TransformerEncoderLayer

B, S, D, H, F, L = 4, 5, 8, 2, 12, 2
# Whole, padded, with a gap, and with nothing real.
MASK = np.array(
    [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 1, 0], [0, 0, 0, 0, 0]], bool
)
KINDS = {
    "post-norm": {},
    "pre-norm": {"normalize_first": True},
    "no positions": {"positions": None},
    "learned": {"positions": "learned", "sequence_length": 9},
    "rotary": {"positions": "rotary"},
    "restricted": {"window": 2},
    "causal": {"causal": True},
    "restricted, rotary, causal": {"window": 2, "causal": True, "positions": "rotary"},
}
every_kind = pytest.mark.parametrize("options", KINDS.values(), ids=KINDS)
# Between them, every part and every option.
FEW = ["pre-norm", "learned", "restricted, rotary, causal"]
few_kinds = pytest.mark.parametrize("options", [KINDS[kind] for kind in FEW], ids=FEW)


def normal(seed, *shape):
    """Random numbers, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=shape)


def make(dtype="float64", **options):
    encoder = TransformerEncoder(L, D, H, F, dtype=dtype, **options)
    encoder.build((None, None, D))
    encoder.set_weights(
        [0.5 * normal(i, *w.shape) for i, w in enumerate(encoder.weights)]
    )
    return encoder


def close(one, other, tolerance=1e-10):
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def test_transformer_base_has_the_paper_s_parameters():
    sizes = {"num_layers": 6, "width": 512, "num_heads": 8, "intermediate_dim": 2048}
    encoder = TransformerEncoder(**sizes)
    decoder = TransformerDecoder(**sizes)
    for part in (encoder, decoder):
        part.build((None, None, 512))
    assert encoder.count_params() + decoder.count_params() == 44_138_496


def test_without_positions_permuting_the_input_permutes_the_output():
    encoder, inputs = make(positions=None), normal(1, B, S, D)
    order = [3, 0, 4, 2, 1]
    states = np.asarray(encoder(inputs).states)
    close(encoder(inputs[:, order]).states, states[:, order])


@pytest.mark.parametrize("kind", ["pre-norm", "learned", "rotary"])
def test_with_positions_the_order_matters(kind):
    encoder, inputs = make(**KINDS[kind]), normal(1, B, S, D)
    order = [3, 0, 4, 2, 1]
    states = np.asarray(encoder(inputs).states)
    moved = np.asarray(encoder(inputs[:, order]).states) - states[:, order]
    assert np.abs(moved).max() > 1e-3


@every_kind
def test_a_padded_row_is_the_row_alone(options):
    encoder, inputs = make(**options), normal(1, B, S, D)
    memory = encoder(inputs, mask=MASK)
    alone = encoder(inputs[1:2, :3])
    close(memory.states[1:2, :3], alone.states)
    close(memory.summary[1:2], alone.summary)
    close(alone.summary, np.mean(alone.states, axis=1))


@every_kind
def test_what_stands_at_padding_is_not_read_not_even_nan(options):
    encoder, inputs = make(**options), normal(1, B, S, D)
    broken = np.where(MASK[..., None], inputs, np.nan)
    one, two = encoder(inputs, mask=MASK), encoder(broken, mask=MASK)
    close(np.asarray(one.states)[MASK], np.asarray(two.states)[MASK])
    close(one.summary, two.summary)
    layer = encoder.stack[0]  # likewise alone, with the mask of 1 and 0 too
    numbers = MASK.astype("int32")
    alone, expected = layer(broken, mask=numbers), layer(inputs, mask=MASK)
    close(np.asarray(alone)[MASK], np.asarray(expected)[MASK])


@every_kind
def test_a_fully_padded_row_is_finite_and_gets_no_gradient(options):
    encoder, inputs = make(**options), tf.constant(normal(1, B, S, D))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        memory = encoder(inputs, mask=MASK)
        seen = memory.states * MASK[..., None]
        loss = tf.reduce_sum(seen * normal(2, B, S, D))
        loss += tf.reduce_sum(memory.summary * normal(3, B, D))
    gradient = np.asarray(tape.gradient(loss, inputs))
    assert np.isfinite(memory.states).all() and np.isfinite(gradient).all()
    assert (gradient[~MASK] == 0).all() and np.abs(gradient[MASK]).min() > 0
    assert (np.asarray(memory.summary)[3] == 0).all()


@every_kind
def test_a_later_input_changes_no_earlier_state_where_it_says_so(options):
    encoder, inputs = make(**options), normal(1, B, S, D)
    changed = inputs.copy()
    changed[:, 3] += normal(2, D)
    before, after = encoder(inputs).states, encoder(changed).states
    moved = np.abs(np.asarray(before) - np.asarray(after)).max(axis=(0, 2))
    assert moved[3] > 1e-3
    assert (moved[:3].max() < 1e-12) == encoder.causal
    assert encoder.causal == options.get("causal", False)


def test_a_window_is_a_band_of_full_attention_in_every_layer():
    narrow, wide = make(window=1), make(window=S)
    inputs = normal(1, B, S, D)
    close(wide(inputs).states, make()(inputs).states)
    changed = inputs.copy()
    changed[:, 0] += normal(2, D)
    moved = np.asarray(narrow(inputs).states) - np.asarray(narrow(changed).states)
    touched = np.abs(moved).max(axis=(0, 2)) > 1e-9
    assert touched.tolist() == [True, True, True, False, False]  # L = 2 layers far


@every_kind
def test_the_attention_maps_are_those_that_were_used(options):
    encoder, inputs = make(**options), normal(1, B, S, D)
    memory, maps = encoder(inputs, mask=MASK, return_attention_scores=True)
    maps = np.asarray(maps)
    assert maps.shape == (B, L, H, S, S)
    close(memory.states, encoder(inputs, mask=MASK).states)
    # Of real places: sums are 1, padding and what is hidden weigh nothing.
    for row in range(3):
        seen = maps[row][:, :, MASK[row]]
        close(seen.sum(axis=-1), 1.0)
        assert (seen[..., ~MASK[row]] == 0).all()
    if encoder.causal:
        assert (np.triu(maps[0], 1) == 0).all()
    # The first layer's map, by hand.
    layer = encoder.stack[0]
    hidden = layer.enter(0, encoder.place(inputs))
    attention = layer.self_attention
    query = np.asarray(attention.project_query(hidden))  # scaled
    keys, _ = attention.project_memory(hidden)  # [B, H, S, d]
    scores = np.exp(np.einsum("bthd,bhsd->bhts", query, keys))[0]
    distance = np.arange(S)[None] - np.arange(S)[:, None]
    allowed = np.abs(distance) <= (encoder.window or S)
    allowed &= (distance <= 0) | (not encoder.causal)
    scores = scores * allowed
    close(maps[0, 0], scores / scores.sum(axis=-1, keepdims=True))


def test_no_maps_are_made_where_nobody_asks():
    encoder = make(window=2, dtype="float32")
    encoder(normal(1, B, S, D))
    graph = tf.function(encoder).get_concrete_function(
        tf.TensorSpec((1, 64, D), "float32")
    )
    sizes = [
        output.shape.num_elements() or 0
        for operation in graph.graph.get_operations()
        for output in operation.outputs
        if output.shape.rank is not None
    ]
    assert max(sizes) < 64 * 64


def test_the_mask_of_an_embedding_is_the_memory_s_mask():
    tokens = np.array([[3, 4, 0], [5, 0, 0]])
    embedded = keras.layers.Embedding(9, D, mask_zero=True)(tokens)
    encoder = make("float32")
    memory = encoder(embedded)
    assert memory.mask.numpy().tolist() == (tokens > 0).tolist()
    expected = encoder(np.asarray(embedded), mask=tokens > 0)
    close(memory.states, expected.states, 1e-6)
    assert memory.states._keras_mask.numpy().tolist() == (tokens > 0).tolist()


def test_without_a_mask_the_memory_says_that_all_is_real():
    memory = make()(normal(1, B, S, D))
    assert isinstance(memory, Memory)
    assert np.asarray(memory.mask).tolist() == [[True] * S] * B


@few_kinds
def test_dropout_acts_in_training_alone(options):
    plain, dropping = make(**options), make(dropout=0.5, **options)
    inputs = normal(1, B, S, D)
    expected = plain(inputs).states
    close(dropping(inputs).states, expected)
    dropped = np.asarray(dropping(inputs, training=True).states)
    assert np.abs(dropped - np.asarray(expected)).max() > 1e-3


@few_kinds
def test_mixed_precision_is_finite_and_near(options):
    exact, rough = make("float32", **options), make("mixed_bfloat16", **options)
    scaled = [0.4 * weight for weight in exact.get_weights()]
    exact.set_weights(scaled)
    rough.set_weights(scaled)
    inputs = normal(1, B, S, D)
    memory = rough(inputs, mask=MASK)
    assert memory.states.dtype == memory.summary.dtype == "bfloat16"
    states = np.asarray(keras.ops.cast(memory.states, "float32"))
    assert np.isfinite(states).all()
    close(states[MASK], np.asarray(exact(inputs, mask=MASK).states)[MASK], 0.06)
    parts = {layer.dtype_policy.name for layer in rough._flatten_layers()}
    assert parts == {"mixed_bfloat16"}


@few_kinds
def test_it_is_saved_and_loaded_with_a_model(options, tmp_path):
    inputs = keras.Input((None, D))
    encoder = TransformerEncoder(1, D, H, F, dropout=0.1, activation="gelu", **options)
    memory = encoder(inputs)
    model = keras.Model(inputs, [memory.states, memory.summary])
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    given = normal(1, B, S, D).astype("float32")
    for one, other in zip(again(given), model(given), strict=True):
        np.testing.assert_array_equal(one, other)
    loaded = again.layers[-1]
    assert loaded.get_config() == encoder.get_config()
    expected = {"num_layers": 1, "width": D, "num_heads": H, "intermediate_dim": F}
    expected |= {"dropout": 0.1, "activation": "gelu", **options}
    assert loaded.get_config().items() >= expected.items()


def test_the_config_of_a_layer_keeps_every_argument():
    options = {"dropout": 0.2, "activation": "tanh", "layer_norm_epsilon": 1e-3}
    options |= {"normalize_first": True, "rotary": True, "max_wavelength": 99}
    options |= {"window": 3, "causal": True}
    layer = TransformerEncoderLayer(F, H, **options)
    assert layer.get_config().items() >= options.items()
    again = TransformerEncoderLayer.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize(
    "options, sentence",
    [
        (
            {"num_layers": 0},
            "`num_layers` must be an integer of at least 1.*num_layers=0",
        ),
        ({"width": 0}, "`width` must be an integer of at least 1.*width=0"),
        ({"width": 7, "num_heads": 7}, "`width` must be even.*width=7"),
        ({"num_heads": 3}, "positive multiple of `num_heads`.*num_heads=3"),
        (
            {"intermediate_dim": 0},
            "`intermediate_dim` must be an integer of at least 1",
        ),
        ({"dropout": 1.0}, "`dropout` must be at least 0 and less.*dropout=1.0"),
        ({"positions": "sine"}, "`positions` must be one of.*'sine'"),
        ({"positions": "learned"}, "`sequence_length` must be given for learned"),
        ({"sequence_length": 9}, "`sequence_length` must be given for learned"),
        (
            {"positions": "rotary", "num_heads": 8},
            "`width` / `num_heads` must be even.*width=8, num_heads=8",
        ),
        ({"window": 0}, "`window` must be an integer of at least 1.*window=0"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, sentence):
    good = {"num_layers": L, "width": D, "num_heads": H, "intermediate_dim": F}
    with pytest.raises(ValueError, match=sentence):
        TransformerEncoder(**{**good, **options})


def test_more_places_than_learned_positions_are_refused():
    with pytest.raises(ValueError, match="no more steps than .*sequence_length=4"):
        make(positions="learned", sequence_length=4)(normal(1, B, S, D))
