"""What window and convolution owe as decoders and encoders, whatever their kind."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tests.layers.feed_forward import (
    DECODERS,
    ENCODERS,
    B,
    D,
    T,
    close,
    make,
    make_reader,
    normal,
    remember,
)
from zoo.layers.memory import Memory

every_decoder = pytest.mark.parametrize("kind", DECODERS.values(), ids=DECODERS)
every_encoder = pytest.mark.parametrize("kind", ENCODERS.values(), ids=ENCODERS)
every_layer = pytest.mark.parametrize(
    "kind",
    [*DECODERS.values(), *ENCODERS.values()],
    ids=[
        *(f"decoder {name}" for name in DECODERS),
        *(f"encoder {n}" for n in ENCODERS),
    ],
)
# A whole row, a padded one, one with padding before and within, one of padding alone.
MASK = np.array(
    [[1] * T, [1] * 4 + [0] * (T - 4), [0, 0, 1, 1, 0, 1, 1, 0, 0], [0] * T], bool
)


@keras.saving.register_keras_serializable(package="test_feed_forward")
class Reader(keras.Model):
    """A model of one of our layers, to be saved: decoder without memory, or encoder."""

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner

    def build(self, inputs_shape):
        if not self.inner.built:  # it is, unless the model is being loaded
            self.inner.build(inputs_shape)

    def call(self, inputs):
        if not hasattr(self.inner, "initial_state"):
            return self.inner(inputs).states
        return self.inner(inputs, None, self.inner.initial_state(len(inputs)))[0]

    def get_config(self):
        inner = keras.saving.serialize_keras_object(self.inner)
        return {**super().get_config(), "inner": inner}

    @classmethod
    def from_config(cls, config):
        inner = keras.saving.deserialize_keras_object(config.pop("inner"))
        return cls(inner, **config)


@pytest.mark.parametrize("remembers", [False, True], ids=["no memory", "memory"])
@every_decoder
def test_step_by_step_is_the_whole_text(kind, remembers):
    decoder = (make_reader if remembers else make)(kind)
    inputs = normal(1, B, T, D)
    memory = remember(decoder) if remembers else None
    state = decoder.initial_state(B, T, memory)
    whole, final, attention = decoder(inputs, memory, state)
    for step in range(T):
        hidden, state, _ = decoder(inputs[:, step : step + 1], memory, state)
        close(hidden[:, 0], whole[:, step])
    keras.tree.map_structure(close, state, final)
    assert attention is None


@every_decoder
def test_a_text_may_be_read_in_pieces_of_any_length(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    state = decoder.initial_state(B)
    whole, final, _ = decoder(inputs, None, state)
    pieces = []
    for first, last in [(0, 1), (1, 6), (6, T)]:
        piece, state, _ = decoder(inputs[:, first:last], None, state)
        pieces.append(piece)
    close(np.concatenate(pieces, axis=1), whole)
    keras.tree.map_structure(close, state, final)


@every_decoder
def test_rows_may_stand_at_different_steps_and_do_not_know_of_one_another(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    start = decoder.initial_state(B)
    whole, _, _ = decoder(inputs, None, start)
    _, ahead, _ = decoder(inputs[:, :5], None, start)
    mixed = keras.tree.map_structure(
        lambda one, two: ops.concatenate([one[2:], two[:1]]), ahead, start
    )
    now = np.concatenate([inputs[2:, 5:7], inputs[:1, :2]])
    hidden, _, _ = decoder(now, None, mixed)
    close(hidden, np.concatenate([whole[2:, 5:7], whole[:1, :2]]))


@every_decoder
def test_every_leaf_of_the_state_and_of_the_memory_starts_with_the_batch(kind):
    decoder = make_reader(kind)
    memory, state = remember(decoder), decoder.initial_state(B)
    after = decoder(normal(1, B, T, D), memory, state)[1]
    assert all(leaf.shape[0] == B for leaf in keras.tree.flatten([memory, after]))
    shapes = [[leaf.shape for leaf in keras.tree.flatten(x)] for x in (state, after)]
    assert shapes[0] == shapes[1] != []


@every_decoder
def test_a_memory_changes_every_step_and_a_language_model_has_no_weights_for_it(kind):
    decoder, inputs = make_reader(kind), normal(1, B, T, D)
    memory, state = remember(decoder), decoder.initial_state(B)
    zero = memory._replace(projected={"summary": 0 * memory.projected["summary"]})
    one, two = (np.asarray(decoder(inputs, m, state)[0]) for m in (memory, zero))
    assert (np.abs(one - two).max(axis=(0, 2)) > 1e-4).all()
    alone = make(kind)
    assert len(alone.weights) == len(decoder.weights) - 1
    alone.set_weights([w for w in decoder.weights if "W_ih" not in w.path])
    close(alone(inputs, None, state)[0], two)


@every_decoder
def test_a_memory_must_be_given_where_one_is_read_and_nowhere_else(kind):
    decoder, inputs = make_reader(kind), normal(1, B, T, D)
    with pytest.raises(ValueError, match="`memory` must be given .*memory=None"):
        decoder(inputs, None, decoder.initial_state(B))
    with pytest.raises(ValueError, match="`summary_enters` must be 'every'.*None"):
        remember(make(kind))


@every_decoder
def test_a_later_token_changes_no_earlier_output_of_a_decoder(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)
    state, changed = decoder.initial_state(B), inputs.copy()
    changed[:, 3] += 1.0
    before = np.asarray(decoder(inputs, None, state)[0])
    after = np.asarray(decoder(changed, None, state)[0])
    np.testing.assert_array_equal(before[:, :3], after[:, :3])
    assert np.abs(before - after)[:, 3].max() > 1e-3


@every_decoder
def test_the_mask_of_an_embedding_is_handed_on_by_a_decoder_and_changes_nothing(kind):
    decoder = make(kind, "float32")
    inputs = keras.layers.Embedding(9, D, mask_zero=True)(np.array([[3, 4, 0]] * B))
    hidden, _, _ = decoder(inputs, None, decoder.initial_state(B))
    assert hidden._keras_mask.numpy().tolist() == [[True, True, False]] * B
    plain, _, _ = decoder(np.asarray(inputs), None, decoder.initial_state(B))
    np.testing.assert_array_equal(hidden, plain)


@every_decoder
def test_a_decoder_runs_in_a_graph_of_unknown_sizes(kind):
    decoder, inputs = make(kind), normal(1, B, T, D)

    @tf.function(input_signature=[tf.TensorSpec([None, None, D], tf.float64)])
    def read(inputs):
        return decoder(inputs, None, decoder.initial_state(tf.shape(inputs)[0]))[0]

    close(read(inputs), decoder(inputs, None, decoder.initial_state(B))[0])
    assert read(inputs[:0]).shape == (0, T, D)


@every_encoder
def test_an_encoder_gives_a_memory_whose_mask_is_never_none(kind):
    memory = make(kind)(normal(1, B, T, D))
    assert isinstance(memory, Memory)
    assert np.asarray(memory.mask).tolist() == [[True] * T] * B
    assert memory.states.shape == (B, T, D)
    assert memory.summary.shape == (B, D)


@every_encoder
def test_a_later_input_changes_no_earlier_state_where_the_encoder_says_so(kind):
    encoder, inputs = make(kind), normal(1, B, T, D)
    changed = inputs.copy()
    changed[:, 5] += 1.0
    before, after = (np.asarray(encoder(x).states) for x in (inputs, changed))
    moved = np.abs(before - after).max(axis=(0, 2)) > 1e-9
    assert moved[5]
    assert moved[:5].any() != encoder.causal


@every_encoder
def test_a_padded_row_is_the_row_alone(kind):
    encoder, inputs = make(kind), normal(1, len(MASK), T, D)
    inputs = np.where(MASK[..., None], inputs, 1e3)
    memory = encoder(inputs, mask=MASK)
    alone = encoder(inputs[1:2, :4])
    close(memory.states[1:2, :4], alone.states)
    close(memory.summary[1:2], alone.summary)
    left = encoder(
        np.concatenate([np.full((1, 3, D), 1e3), inputs[1:2, :4]], 1),
        mask=(np.array([[0] * 3 + [1] * 4], bool)),
    )
    close(left.states[:, 3:], alone.states)
    close(left.summary, alone.summary)


@every_encoder
@pytest.mark.parametrize("beside", [1e3, np.nan])
def test_what_stands_at_a_masked_place_reaches_no_real_one(kind, beside):
    encoder, inputs = make(kind), normal(1, len(MASK), T, D)
    weights = [weight.value for weight in encoder.trainable_variables]
    answers = []
    for given in (inputs, np.where(MASK[..., None], inputs, beside)):
        with tf.GradientTape() as tape:
            memory = encoder(given, mask=MASK)
            loss = tf.reduce_sum(tf.sin(memory.states[MASK]))
            loss += tf.reduce_sum(tf.sin(memory.summary))
        gradients = tape.gradient(loss, weights)
        answers.append([memory.states[MASK], memory.summary, *gradients])
    for one, two in zip(*answers, strict=True):
        close(one, two)


@every_encoder
def test_the_summary_is_the_last_real_state_or_the_mean_of_the_real_ones(kind):
    encoder = make(kind)
    memory = encoder(normal(1, len(MASK), T, D), mask=MASK)
    states, summary = np.asarray(memory.states), np.asarray(memory.summary)
    for row, mask in enumerate(MASK[:3]):
        real = states[row][mask]
        close(summary[row], real[-1] if encoder.causal else real.mean(axis=0))


@every_encoder
def test_a_row_of_padding_alone_is_finite_and_its_gradient_is_zero(kind):
    encoder, inputs = make(kind), tf.constant(normal(1, len(MASK), T, D))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        memory = encoder(inputs, mask=MASK)
        real = tf.cast(MASK, tf.float64)[..., None]
        weighing = normal(2, *memory.states.shape)
        loss = tf.reduce_sum(memory.states * real * weighing)
        loss += tf.reduce_sum(memory.summary**2)
    gradients = tape.gradient(loss, [inputs, *encoder.trainable_variables])
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    assert np.isfinite(memory.states).all()
    np.testing.assert_array_equal(memory.summary[3], np.zeros(D))
    np.testing.assert_array_equal(gradients[0][~MASK], np.zeros(((~MASK).sum(), D)))
    assert (np.abs(gradients[0][MASK]).max(axis=-1) > 0).all()


@every_encoder
def test_an_encoder_takes_the_mask_of_an_embedding(kind):
    encoder = make(kind, "float32")
    tokens = keras.layers.Embedding(9, D, mask_zero=True)(np.array([[3, 4, 5, 0, 0]]))
    memory = encoder(tokens)
    assert np.asarray(memory.mask).tolist() == [[True] * 3 + [False] * 2]
    alone = encoder(np.asarray(tokens)[:, :3])
    close(memory.summary, alone.summary, 1e-5)
