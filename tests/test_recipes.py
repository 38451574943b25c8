"""The table of recipes: names are found, budgets are equal."""

import dataclasses
import json

import pytest

from zoo import recipes


def test_every_recipe_is_found_by_its_name():
    for name, recipe in recipes.RECIPES.items():
        assert recipes.get(name) is recipe and recipe.name == name


@pytest.mark.parametrize(
    ("name", "near"),
    [("caption-lstn", "caption-lstm"), ("picture-word", "picture-words")],
)
def test_a_misspelt_name_is_answered_with_the_nearest(name, near):
    with pytest.raises(ValueError, match=f"name='{name}'. Did you mean: .*{near}"):
        recipes.get(name)


@pytest.mark.parametrize("name", ["", "zzz", None, 7])
def test_a_name_near_none_is_answered_with_them_all(name):
    with pytest.raises(ValueError, match="Received") as error:
        recipes.get(name)
    assert all(known in str(error.value) for known in recipes.RECIPES)


def test_the_captioners_are_the_five_of_the_table():
    names = [recipe.name for recipe in recipes.of_task("caption")]
    assert names == [
        "caption-rnn",
        "caption-lstm",
        "caption-gru",
        "caption-lstm-attention",
        "caption-transformer",
    ]
    assert recipes.of_task("no such task") == []


def test_all_captioners_have_the_same_data_updates_and_batches():
    budgets = {
        (recipe.corpus, recipe.training.updates, recipe.training.batch)
        for recipe in recipes.of_task("caption")
    }
    assert len(budgets) == 1


def test_the_numbers_of_every_recipe_go_together():
    for recipe in recipes.RECIPES.values():
        numbers = recipe.training
        assert 0 <= numbers.warmup < numbers.updates
        assert 1 <= numbers.evaluate_every <= numbers.updates
        assert 0 <= numbers.label_smoothing < 1 and 0 <= numbers.average < 1
        assert numbers.learning_rate > 0 and numbers.clip_norm > 0


def test_a_recipe_is_plain_data_with_words_for_people():
    for recipe in recipes.RECIPES.values():
        json.dumps(dataclasses.asdict(recipe))
        assert recipe.title and recipe.summary.endswith(".")
        with pytest.raises(dataclasses.FrozenInstanceError):
            recipe.name = "other"
