"""The sentiment recipes: five networks, two languages, one budget each."""

import dataclasses

import pytest

from zoo import models, recipes
from zoo.recipes import sentiment

NAMES = ["rnn", "lstm", "gru", "bilstm", "transformer"]
VOCABULARY = 50  # the embeddings are left out of the budget


def of_language(language):
    return [
        recipe
        for recipe in sentiment.RECIPES
        if recipe.name.startswith(f"sentiment-{language}-")
    ]


def beside_embeddings(recipe):
    model = models.build(recipe, VOCABULARY)
    return model.count_params() - model.enter.count_params()


def test_each_language_has_the_five_networks():
    for language in ("en", "ko"):
        names = [recipe.name for recipe in of_language(language)]
        assert names == [f"sentiment-{language}-{name}" for name in NAMES]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_networks_of_a_language_have_one_budget(language):
    found = of_language(language)
    budgets = {
        (recipe.corpus, recipe.training.updates, recipe.training.batch)
        for recipe in found
    }
    assert len(budgets) == 1
    counts = [beside_embeddings(recipe) for recipe in found]
    assert max(counts) <= 1.1 * min(counts)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_same_width_stands_beside_the_same_budget(language):
    readings = [
        recipe for recipe in sentiment.EQUAL_WIDTH if f"-{language}-" in recipe.name
    ]
    cells = [recipe.model["encoder"]["cell"] for recipe in readings]
    assert cells == ["simple_rnn", "gru", "lstm"]
    assert len({recipe.model["encoder"]["units"] for recipe in readings}) == 1
    assert {recipe.training.updates for recipe in readings} == {
        recipe.training.updates for recipe in of_language(language)
    }


def test_units_of_text_are_compared_with_one_network_on_one_budget():
    base = recipes.get("sentiment-ko-gru")
    assert len({recipe.corpus for recipe in sentiment.UNITS}) == 3
    assert len({recipe.training for recipe in sentiment.UNITS}) == 1
    for recipe in sentiment.UNITS:
        assert recipe.model == base.model and not recipe.shipped


@pytest.mark.parametrize("language", ["en", "ko"])
def test_seeds_differ_in_nothing_else(language):
    shipped, *others = sentiment.SEEDS[language]
    assert shipped in sentiment.RECIPES and f"-{language}-" in shipped.name
    assert [recipe.training.seed for recipe in others] == [2, 3]
    for recipe in others:
        assert recipe.model == shipped.model and recipe.corpus == shipped.corpus
        training = dataclasses.replace(recipe.training, seed=shipped.training.seed)
        assert training == shipped.training and not recipe.shipped
