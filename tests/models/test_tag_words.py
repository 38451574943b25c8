"""A tagger of words: ids and characters in, its attention out; refused options."""

import numpy as np
import pytest

from tests.models import pairs
from tests.small_taggers import ENCODERS, OPTIONS, VOCABULARY, small_tagger
from zoo.models.classifier import build_classifier
from zoo.models.tagger import Tagger, build_tagger


def inputs(length=4):
    """Two sentences, of four words and of two, padded to a length."""
    random = np.random.default_rng(0)
    words = random.integers(1, len(VOCABULARY), (2, length))
    characters = random.integers(1, 9, (2, length, 6))
    characters[..., 4:] = 0
    words[0, 4:] = words[1, 2:] = 0
    characters[0, 4:] = characters[1, 2:] = 0
    return {"words": words.astype("int32"), "characters": characters.astype("int32")}


@pytest.mark.parametrize("kind", ENCODERS)
def test_padding_changes_nothing_and_keras_s_own_call_masks(kind):
    model, both = small_tagger(kind), inputs()
    alone = {name: part[1:, :2] for name, part in both.items()}
    logits = np.asarray(model(both))
    np.testing.assert_allclose(logits[1:, :2], model(alone), atol=1e-4)
    np.testing.assert_allclose(model.predict_on_batch(both), logits, atol=1e-4)
    assert np.abs(logits[0, 0] - logits[0, 1]).max() > 1e-3


@pytest.mark.parametrize("kind", ENCODERS)
def test_looking_gives_the_same_states_and_where_each_word_looked(kind):
    model, both = small_tagger(kind), inputs()
    memory, attention = model.look(both)
    np.testing.assert_allclose(memory.states, model.encode(both).states, atol=1e-5)
    if kind != "transformer":
        assert attention is None
        return
    assert attention.shape == (2, 2, 2, 4, 4)
    weights = np.asarray(attention)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)
    assert not weights[1, ..., 2:].any()  # nobody looks at padding


def test_a_classifier_looks_too():
    options = {"encoder": ENCODERS["transformer"], "classes": 3, "width": 8}
    model = build_classifier(options, pairs.V)
    tokens = np.array([[4, 5, 6], [7, 0, 0]], "int32")
    memory, attention = model.look(tokens)
    assert memory.states.shape == (2, 3, 8) and attention.shape == (2, 2, 2, 3, 3)


def test_a_copy_from_its_configuration_says_the_same():
    model = small_tagger("bilstm")
    again = Tagger.from_config(model.get_config())
    again.build((None, None))
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(again(inputs()), model(inputs()), atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [{"words": None}, {"features": 3}, {"inputs": "tokens"}, {"vocabulary_size": None}],
)
def test_options_that_do_not_go_together_are_refused(options):
    sizes = {**OPTIONS, "encoder": ENCODERS["gru"], "classes": 3}
    with pytest.raises(ValueError, match="`words` for words"):
        build_tagger({**sizes, **options}, 9)
