"""The recipes for writing: one budget, and every architecture that can write."""

import numpy as np
import pytest

from zoo import models, recipes
from zoo.recipes import write

CORPORA = ("shakespeare", "source")
NETWORKS = ("window", "rnn", "lstm", "gru", "transformer")
VOCABULARY = 69


def of(corpus):
    return [r for r in write.RECIPES if r.name.startswith(f"write-{corpus}-")]


def weights_of(recipe):
    model = models.build(recipe, VOCABULARY)
    return model.count_params() - model.embedding.count_params()


def test_the_writers_are_the_twelve_of_the_issue():
    names = [
        f"write-{corpus}-{architecture}"
        for corpus in CORPORA
        for architecture in ("markov", *NETWORKS)
    ]
    assert [recipe.name for recipe in write.RECIPES] == names


@pytest.mark.parametrize("corpus", CORPORA)
def test_updates_and_characters_an_update_are_the_same_for_all(corpus):
    budgets = {
        (r.corpus, r.training.updates, r.training.batch * r.training.length)
        for r in of(corpus)
    }
    assert len(budgets) == 1


def test_parameters_outside_the_embeddings_are_within_a_tenth():
    counts = [weights_of(r) for r in of("shakespeare") if r.architecture != "markov"]
    assert len(counts) == 5
    assert max(counts) <= 1.1 * np.mean(counts) and min(counts) >= 0.9 * np.mean(counts)


def test_the_second_reading_has_the_lstms_width():
    lstm = recipes.get("write-shakespeare-lstm").model["decoder"]["units"]
    assert len(write.EQUAL_WIDTH) == 6
    for recipe in write.EQUAL_WIDTH:
        assert recipe.model["decoder"]["units"] == lstm
        assert recipe.shipped == (recipe.architecture == "lstm")


def test_both_corpora_are_learnt_by_the_same_networks():
    for one, other in zip(of("shakespeare"), of("source"), strict=True):
        assert one.model == other.model and one.training == other.training
