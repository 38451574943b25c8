"""The SavedModels in the repository: one of each task in `make test`, then all."""

import dataclasses

import pytest
import skimage
import tensorflow as tf

from zoo import artefact, gallery, recipes

TASKS = ("caption", "sentiment", "tag", "translate", "write")
SHIPPED = [recipe for task in TASKS for recipe in recipes.of_task(task)]
FIRST = {recipes.of_task(task)[0].name for task in TASKS if recipes.of_task(task)}
SAMPLED = [
    pytest.param(
        recipe.name, marks=[] if recipe.name in FIRST else [pytest.mark.artefacts]
    )
    for recipe in SHIPPED
]
MEGABYTES = {"caption": 14, "sentiment": 4, "tag": 4, "translate": 10, "write": 4}


def size_of(folder):
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def inputs_of(task):
    """Two rows for `serving_default`: values and type by the input's name."""
    texts = ["It wasn't bad, was it?", "\uc88b\uc740 \uc601\ud654\uc600\ub2e4."]
    if task == "caption":
        pictures = []
        for name in ("astronaut.png", "chelsea.png"):
            with open(f"{skimage.__path__[0]}/data/{name}", "rb") as file:
                pictures.append(file.read())
        return {"image_bytes": (pictures, "string")}
    if task == "write":
        return {
            "prompt": (texts, "string"),
            "length": ([20, 30], "int32"),
            "temperature": ([0.7, 1.0], "float32"),
            "top_k": ([0, 5], "int32"),
            "seed": ([1, 2], "int64"),
        }
    return {"text": (texts, "string")}


def intervals(found):
    """All scores of a part of a card, at any depth."""
    if not isinstance(found, dict):
        return []
    if "low" in found:
        return [found]
    return [score for part in found.values() for score in intervals(part)]


def test_what_is_shipped_is_what_the_recipes_say():
    assert {recipe.name for recipe in SHIPPED} == {
        name for name in artefact.names() if artefact.versions(name)
    }


def test_all_artefacts_together_stay_small():
    assert size_of(artefact.root()) <= 230 * 2**20


@pytest.mark.parametrize("name", SAMPLED)
def test_an_artefact_has_one_version_and_nothing_beside_it(name):
    (only,) = (artefact.root() / name).iterdir()  # else the download would be double
    assert only.name.isdecimal() and artefact.locate(name) == only
    task = recipes.get(name).task
    assert size_of(only) <= MEGABYTES[task] * 2**20


@pytest.mark.parametrize("name", SAMPLED)
def test_an_artefact_has_its_card_and_its_predictions(name):
    folder = artefact.locate(name)
    card, recipe = artefact.read_card(folder), recipes.get(name)
    assert (card["recipe"], card["task"]) == (name, recipe.task)
    if recipe.architecture != "markov":  # which is counted
        assert card["training"]["updates"] == recipe.training.updates
        began, now = card["training"]["began_with"], dataclasses.asdict(recipe.training)
        shared = began.keys() & now.keys()  # a card of old has fewer
        assert {key: began[key] for key in shared} == {key: now[key] for key in shared}
        assert "learning_rate" in shared
    assert card["limits"] and card["latency_ms"] and card["corpus"]["sha256"]
    scores = intervals(card["test"])
    assert scores
    assert all(score["low"] <= score["value"] <= score["high"] for score in scores)
    assert artefact.read_predictions(folder)


@pytest.mark.parametrize("name", SAMPLED)
def test_no_rows_give_no_rows(name):
    inputs = inputs_of(recipes.get(name).task)
    nothing = {
        name: tf.constant([], dtype, shape=[0]) for name, (_, dtype) in inputs.items()
    }
    answer = gallery.load(name).call("serving_default", **nothing)
    assert answer and all(len(value) == 0 for value in answer.values())


@pytest.mark.artefacts
@pytest.mark.parametrize("task", TASKS)
def test_the_networks_of_a_corpus_had_the_same_budget(task):
    budgets = {}
    for recipe in recipes.of_task(task):
        if recipe.architecture == "markov":  # it has counts, and no parameters
            continue
        card = artefact.read_card(artefact.locate(recipe.name))
        sizes = card["parameters"]
        own = sizes["total"] - sizes["embeddings"]
        if task == "caption":  # which all read with one encoder of pictures
            own = sizes["decoder"]
        budgets.setdefault(recipe.corpus, []).append((own, card["training"]["updates"]))
    for found in budgets.values():
        counts, updates = zip(*found, strict=True)
        assert max(counts) <= 1.1 * min(counts) and len(set(updates)) == 1
