"""The captioner with every kind of decoder."""

import keras
import numpy as np
import pytest

from zoo import models, recipes
from zoo.models.caption import Captioner, build_captioner

B, R, T, V, D, S, FEATURES = 2, 3, 4, 11, 8, 4, 5
RECURRENT = {"kind": "recurrent", "units": 6}
DECODERS = {
    "rnn": {**RECURRENT, "cell": "simple_rnn"},
    "lstm": {**RECURRENT, "cell": "lstm", "summary_enters": "first"},
    "gru": {**RECURRENT, "cell": "gru"},
    "bridge": {**RECURRENT, "cell": "lstm", "num_layers": 2, "bridge": True},
    "attention": {**RECURRENT, "cell": "lstm", "attention": "additive"},
    "transformer": {
        "kind": "transformer",
        "num_layers": 2,
        "num_heads": 2,
        "intermediate_dim": 9,
    },
}
every_kind = pytest.mark.parametrize("kind", DECODERS)


def make(kind, **options):
    """A small captioner with random weights."""
    sizes = {"width": D, "cells": S, "features": FEATURES}
    model = build_captioner({"decoder": DECODERS[kind], **sizes, **options}, V)
    random = np.random.default_rng(0)
    model.set_weights([random.normal(0, 0.5, w.shape) for w in model.weights])
    return model


def data():
    """Pictures' grids and their captions so far."""
    random = np.random.default_rng(1)
    grid = random.normal(size=(B, S, FEATURES)).astype("float32")
    return {"grid": grid, "tokens": random.integers(0, V, (B, R, T), dtype="int32")}


def close(one, other):
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@every_kind
def test_writing_step_by_step_scores_as_teacher_forcing_does(kind):
    model, inputs = make(kind), data()
    whole = model(inputs)
    assert whole.shape == (B, R, T, V)
    memory = model.encode(inputs["grid"])
    state = model.initial_state(B, T, memory)
    for step in range(T):
        tokens = inputs["tokens"][:, 1, step : step + 1]
        logits, state, _ = model.decode(tokens, memory, state)
        close(logits[:, 0], whole[:, 1, step])


@every_kind
def test_a_picture_encoded_once_for_its_captions_gives_what_each_gives_alone(kind):
    model, inputs = make(kind), data()
    together = model(inputs)
    for caption in range(R):
        tokens = inputs["tokens"][:, caption : caption + 1]
        alone = model({"grid": inputs["grid"], "tokens": tokens})
        close(alone[:, 0], together[:, caption])


@every_kind
def test_the_picture_matters_to_the_first_word_and_pictures_stay_apart(kind):
    model, inputs = make(kind), data()
    before = np.asarray(model(inputs))
    inputs["grid"] = inputs["grid"].copy()
    inputs["grid"][1] += np.random.default_rng(2).normal(size=(S, FEATURES))
    after = np.asarray(model(inputs))
    close(before[0], after[0])
    assert np.abs(before[1, :, 0] - after[1, :, 0]).max() > 1e-3


@every_kind
def test_a_saved_captioner_is_the_same_captioner(kind, tmp_path):
    model, inputs = make(kind, grid_dropout=0.1, dropout=0.2), data()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(inputs), model(inputs))
    assert again.get_config() == model.get_config()


@every_kind
def test_dropout_acts_in_training_alone(kind):
    plain, model, inputs = make(kind), make(kind, dropout=0.5, grid_dropout=0.5), data()
    close(model(inputs), plain(inputs))
    moved = np.abs(np.asarray(model(inputs, training=True)) - np.asarray(plain(inputs)))
    assert moved.max() > 1e-3


@every_kind
def test_a_model_of_mixed_precision_stays_so_when_it_is_loaded(kind, tmp_path):
    model, inputs = make(kind, dtype="mixed_bfloat16"), data()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    logits = [keras.ops.cast(m(inputs), "float32") for m in (model, again)]
    np.testing.assert_array_equal(*logits)
    parts = {layer.dtype_policy.name for layer in again._flatten_layers()}
    assert parts == {"mixed_bfloat16"}
    assert {weight.dtype for weight in again.weights} == {"float32"}


@pytest.fixture(scope="module")
def captioners():
    """The five recipes' models, by name, as the shipped vocabulary makes them."""
    return {r.name: models.build(r, 2900) for r in recipes.of_task("caption")}


@pytest.mark.parametrize("part", ["whole", "decoder"])
def test_the_recipes_have_one_budget_outside_the_embeddings(captioners, part):
    def count(model):
        weights = model.weights if part == "whole" else model.decoder.weights
        return sum(
            int(np.prod(weight.shape))
            for weight in weights
            if "embedding" not in weight.path
        )

    counts = {name: count(model) for name, model in captioners.items()}
    assert len(counts) == 5
    assert max(counts.values()) <= 1.1 * min(counts.values()), counts


@pytest.mark.parametrize("name", ["dropout", "grid_dropout"])
def test_a_dropout_out_of_its_range_is_refused(name):
    with pytest.raises(ValueError, match=f"`{name}` must be .*{name}=1.0"):
        Captioner(DECODERS["gru"], V, D, **{name: 1.0})


def test_a_decoder_of_no_known_kind_is_refused():
    with pytest.raises(ValueError, match="`decoder` must have a `kind` among .*'tree'"):
        Captioner({"kind": "tree"}, V, D)
