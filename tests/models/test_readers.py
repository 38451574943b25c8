"""The classifier and the tagger: pooled by hand, tokens and vectors, refused."""

import numpy as np
import pytest

from tests.models import pairs
from zoo.models.classifier import POOLINGS, Classifier, build_classifier
from zoo.models.tagger import Tagger, build_tagger

BILSTM = {"kind": "recurrent", "cell": "lstm", "units": 4, "bidirectional": True}
LENGTHS = [4, 2, 0]  # the last row has nothing real
TOKENS = np.array([[5, 6, 7, 8], [9, 4, 0, 0], [0, 0, 0, 0]], "int32")


def make(build=build_classifier, **options):
    sizes = {"encoder": BILSTM, "classes": pairs.C, "width": pairs.D}
    model = build({**sizes, **options}, pairs.V)
    model.set_weights(
        [0.5 * pairs.normal(i, *w.shape) for i, w in enumerate(model.weights)]
    )
    return model


def by_hand(states, pooling):
    """One row's real states `[S, W]`, pooled."""
    if not len(states):
        return np.zeros(states.shape[1] * (2 if pooling == "mean_max" else 1))
    half = states.shape[1] // 2
    return {
        "last": np.concatenate([states[-1, :half], states[0, half:]]),
        "mean": states.mean(axis=0),
        "max": states.max(axis=0),
        "mean_max": np.concatenate([states.mean(axis=0), states.max(axis=0)]),
    }[pooling]


@pytest.mark.parametrize("pooling", POOLINGS)
def test_each_pooling_reads_the_real_states_alone(pooling):
    model = make(pooling=pooling)
    states = np.asarray(model.encode(TOKENS).states)
    pooled = [by_hand(states[i, :n], pooling) for i, n in enumerate(LENGTHS)]
    kernel, bias = model.output_layer.get_weights()
    logits = np.asarray(model(TOKENS))
    np.testing.assert_allclose(logits, np.stack(pooled) @ kernel + bias, atol=1e-5)
    assert logits.shape == (3, pairs.C)


def test_a_tagger_labels_every_step_from_its_own_state():
    model = make(build_tagger)
    states = np.asarray(model.encode(TOKENS).states)
    kernel, bias = model.output_layer.get_weights()
    np.testing.assert_allclose(model(TOKENS), states @ kernel + bias, atol=1e-5)


@pytest.mark.parametrize("build", [build_classifier, build_tagger])
def test_vectors_with_a_mask_are_read_like_tokens_with_padding(build):
    options = {"inputs": "vectors", "features": pairs.F, "vocabulary_size": None}
    model = make(build, **options)
    vectors = pairs.normal(3, 2, 4, pairs.F)
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0]], bool)
    together = np.asarray(model(vectors, mask=mask))[1:]
    alone = np.asarray(model(vectors[1:, :2]))
    np.testing.assert_allclose(
        together if build is build_classifier else together[:, :2], alone, atol=1e-5
    )
    unmasked = np.asarray(model(vectors))
    assert np.abs(unmasked[1, ...] - np.asarray(model(vectors, mask=mask))[1]).max() > 0


@pytest.mark.parametrize("build", [build_classifier, build_tagger])
def test_dropout_acts_in_training_alone(build):
    plain, model = make(build), make(build, dropout=0.5)
    np.testing.assert_array_equal(model(TOKENS), plain(TOKENS))
    moved = np.asarray(model(TOKENS, training=True)) - np.asarray(plain(TOKENS))
    assert np.abs(moved).max() > 1e-3


@pytest.mark.parametrize("head", [Classifier, Tagger])
@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"inputs": "pictures"}, "`inputs` must be one of .*'pictures'"),
        ({"vocabulary_size": None}, "`vocabulary_size` must be given for tokens"),
        ({"inputs": "vectors"}, "`features` for vectors"),
        ({"features": 3}, "not the other.*features=3"),
        ({"dropout": 1.0}, "`dropout` must be .*less than 1.*dropout=1.0"),
        ({"encoder": {"kind": "tree"}}, "`encoder` must have a `kind` among"),
    ],
)
def test_options_that_do_not_go_together_are_refused(head, options, sentence):
    good = {
        "encoder": BILSTM,
        "classes": pairs.C,
        "width": pairs.D,
        "vocabulary_size": pairs.V,
    }
    with pytest.raises(ValueError, match=sentence):
        head(**{**good, **options})


def test_an_unknown_pooling_is_refused():
    with pytest.raises(ValueError, match="`pooling` must be one of .*'median'"):
        Classifier(BILSTM, pairs.C, pairs.D, "median", vocabulary_size=pairs.V)
