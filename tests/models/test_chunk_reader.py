"""The state is handed on from call to call, and no gradient with it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.small_captioners import spread
from tests.small_writers import DECODERS, SIZE
from zoo.models.chunk_reader import ChunkReader
from zoo.models.language_model import build_language_model
from zoo.tokens import FIRST_WORD

ROWS = 2
KINDS = {
    **DECODERS,
    "rnn": {"kind": "recurrent", "cell": "simple_rnn", "units": 6},
    "gru": {"kind": "recurrent", "cell": "gru", "units": 6},
}
HANDED_ON = [kind for kind in KINDS if kind != "transformer"]


def make(kind):
    writer = build_language_model({"decoder": KINDS[kind], "width": 8}, SIZE)
    spread(writer, seed=3)
    return ChunkReader(writer, ROWS)


def chunk(seed, begins=(False, False), length=6):
    random = np.random.default_rng(seed)
    tokens = random.integers(FIRST_WORD, SIZE, (ROWS, length))
    return {"tokens": tokens, "begins": np.array(begins)}


@pytest.mark.parametrize("kind", HANDED_ON)
def test_chunk_after_chunk_is_the_text_at_once(kind):
    model, parts = make(kind), [chunk(seed) for seed in range(4)]
    found = [np.array(model(part)) for part in parts]
    whole = model.writer(np.concatenate([part["tokens"] for part in parts], axis=1))
    np.testing.assert_allclose(np.concatenate(found, axis=1), whole, atol=1e-5)


def test_a_transformer_reads_each_chunk_from_nothing():
    model = make("transformer")
    assert model.carried == [] and model.non_trainable_variables == []
    for seed in range(2):
        part = chunk(seed)
        np.testing.assert_allclose(model(part), model.writer(part["tokens"]))


@pytest.mark.parametrize("kind", HANDED_ON)
def test_a_row_that_begins_forgets_and_the_other_does_not(kind):
    model = make(kind)
    model(chunk(1))
    part = chunk(2, begins=(True, False))
    found, alone = np.array(model(part)), np.array(model.writer(part["tokens"]))
    np.testing.assert_allclose(found[0], alone[0], atol=1e-6)
    assert np.abs(found[1] - alone[1])[0].max() > 1e-3


def test_the_state_is_kept_by_fit_and_by_checkpoints_but_not_trained():
    model = make("lstm")
    carried = {variable.path for variable in model.carried}
    assert len(carried) == 5  # two layers of hidden and cell, and the position
    trained = {variable.path for variable in model.trainable_variables}
    assert not carried & trained
    assert trained == {weight.path for weight in model.writer.weights}
    assert carried <= {variable.path for variable in model.non_trainable_variables}


def test_no_gradient_crosses_the_border_of_two_chunks():
    model = make("gru")
    parts = [chunk(1), chunk(2)]
    with tf.GradientTape() as tape:
        model(parts[0])
        loss = tf.reduce_sum(model(parts[1]) ** 2)
    weights = model.trainable_variables
    found = tape.gradient(loss, [weight.value for weight in weights])
    # The same second chunk from the same numbers, as if there had been no first.
    state = model.writer.initial_state(ROWS)
    _, state, _ = model.writer.decode(parts[0]["tokens"], None, state)
    state = {name: tf.constant(leaf.numpy()) for name, leaf in state.items()}
    with tf.GradientTape() as tape:
        logits, _, _ = model.writer.decode(parts[1]["tokens"], None, state)
        loss = tf.reduce_sum(logits**2)
    wanted = tape.gradient(loss, [weight.value for weight in weights])
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(
            tf.convert_to_tensor(ours), tf.convert_to_tensor(theirs), rtol=1e-4
        )


def test_compiled_training_and_prediction_hand_on_too():
    model = make("window")
    model.compile(keras.optimizers.SGD(0.0), keras.losses.MeanSquaredError())
    parts = [chunk(seed) for seed in range(3)]
    for part in parts[:2]:
        model.train_on_batch(part, np.zeros((ROWS, 6, SIZE), "float32"))
    found = model.predict_on_batch(parts[2])
    whole = model.writer(np.concatenate([part["tokens"] for part in parts], axis=1))
    np.testing.assert_allclose(found, np.array(whole)[:, 12:], atol=1e-5)


def test_it_is_made_again_from_its_configuration():
    model = make("lstm")
    again = ChunkReader.from_config(model.get_config())
    again.set_weights(model.get_weights())
    part = chunk(1, begins=(True, True))
    np.testing.assert_allclose(again(part), model(part), atol=1e-6)
