"""The translation recipes: six networks, one budget."""

import pytest

from zoo import models
from zoo.recipes import translate

VOCABULARY = 50  # the embeddings are left out of the budget
ENGLISH_TO_GERMAN = [r for r in translate.RECIPES if r.corpus == "multi30k-en-de"]


def test_the_six_are_those_of_the_table():
    assert [recipe.architecture for recipe in ENGLISH_TO_GERMAN] == [
        *("rnn", "lstm", "gru", "lstm-attention", "gru-attention", "transformer"),
    ]


def test_they_have_the_same_data_updates_and_tokens():
    budgets = {(r.training.updates, r.training.batch) for r in translate.RECIPES}
    assert len(budgets) == 1


def test_they_have_the_same_number_of_parameters_within_a_tenth():
    counts = []
    for recipe in ENGLISH_TO_GERMAN:
        model = models.build(recipe, VOCABULARY)
        counts.append(model.count_params() - model.embedding.count_params())
    assert max(counts) <= 1.1 * min(counts)


@pytest.mark.parametrize("recipe", ENGLISH_TO_GERMAN, ids=lambda recipe: recipe.name)
def test_each_is_built_as_the_notes_have_it(recipe):
    encoder, decoder = recipe.model["encoder"], recipe.model["decoder"]
    attends = "attention" in recipe.architecture
    if recipe.architecture == "transformer":
        assert not encoder["normalize_first"] and not decoder["normalize_first"]
        assert recipe.training.falls == "inverse_square_root"
        return
    assert decoder["bridge"]  # s0 through a feed-forward layer
    assert encoder.get("bidirectional", False) == attends
    # The context c enters every step; attention makes one of its own for each.
    model = models.build(recipe, VOCABULARY)
    assert model.adapt is None  # nothing between encoder and bridge
    assert model.decoder.summary_enters == (None if attends else "every")


def test_other_directions_are_recipes_without_an_artefact():
    others = [r for r in translate.RECIPES if r not in ENGLISH_TO_GERMAN]
    assert {r.corpus for r in others} == {"multi30k-de-en", "multi30k-en-fr"}
    assert len(others) == 12 and not any(r.shipped for r in others)
    assert {r.name for r in others} >= {"translate-de-en-lstm", "translate-en-fr-rnn"}


def test_at_equal_width_they_have_the_units_of_the_lstm():
    units = [
        (recipe.model["encoder"]["units"], recipe.model["decoder"]["units"])
        for recipe in translate.EQUAL_WIDTH
    ]
    assert len(units) == 3 and len(set(units)) == 1
    assert [recipe.shipped for recipe in translate.EQUAL_WIDTH] == [False, False, True]
