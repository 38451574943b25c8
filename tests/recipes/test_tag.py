"""The tagging recipes: five networks, two languages, one budget each."""

import pytest

from zoo.corpora.sentences import UPOS
from zoo.models.tagger import build_tagger
from zoo.recipes import tag
from zoo.train.tag import sized

NAMES = ["rnn", "lstm", "gru", "bilstm", "transformer"]
VOCABULARY, CHARACTERS = 50, 30  # the embeddings are left out of the budget


def of_language(language):
    found = tag.RECIPES  # shipped or still to come
    return [recipe for recipe in found if tag.language(recipe.name) == language]


def beside_embeddings(recipe):
    model = build_tagger(sized(recipe.model, CHARACTERS, fine=0), VOCABULARY)
    tables = (model.enter.embedding, model.enter.spell.embedding)
    return model.count_params() - sum(table.count_params() for table in tables)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_five_networks_of_a_language_have_one_budget(language):
    found = of_language(language)
    assert [recipe.name for recipe in found] == [f"tag-{language}-{n}" for n in NAMES]
    budgets = {
        (recipe.corpus, recipe.training.updates, recipe.training.batch)
        for recipe in found
    }
    assert len(budgets) == 1
    counts = [beside_embeddings(recipe) for recipe in found]
    assert max(counts) <= 1.1 * min(counts)


def test_there_is_a_label_for_every_universal_tag():
    assert {recipe.model["classes"] for recipe in tag.RECIPES} == {len(UPOS)}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_same_width_stands_beside_the_same_budget(language):
    readings = [
        recipe for recipe in tag.EQUAL_WIDTH if tag.language(recipe.name) == language
    ]
    (lstm,) = [recipe for recipe in of_language(language) if "-lstm" in recipe.name]
    units = lstm.model["encoder"]["units"]
    assert [recipe.model["encoder"] for recipe in readings] == [
        {"kind": "recurrent", "cell": cell, "units": units}
        for cell in ("simple_rnn", "lstm", "gru")
    ]
    assert [recipe.shipped for recipe in readings] == [False, True, False]


def test_the_language_of_ones_own_tagger_is_that_of_its_recipe():
    assert tag.language("tag-ko-lstm-my-corpus") == "ko"
