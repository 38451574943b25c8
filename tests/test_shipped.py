"""The SavedModels in the repository: a sample in `make test`, all in test-artefacts."""

import json
import subprocess
import sys

import numpy as np
import pytest
import skimage
import tensorflow as tf

from zoo import artefact, gallery, recipes
from zoo.export import caption
from zoo.layers import PictureEncoder
from zoo.models import build
from zoo.preprocess.words import SPECIAL
from zoo.tokens import FIRST_WORD

NAMES = [name for name in sorted(recipes.RECIPES) if artefact.versions(name)]
SAMPLED = [
    pytest.param(name, marks=[pytest.mark.artefacts] if place else [])
    for place, name in enumerate(NAMES)
]
FRESH = """
import json, sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
pictures = tf.constant([open(file, "rb").read() for file in sys.argv[2:]])
answer = model.signatures["serving_default"](image_bytes=pictures)
assert not any(name.split(".")[0] == "zoo" for name in sys.modules)
print(json.dumps([caption.decode() for caption in answer["caption"].numpy().tolist()]))
"""


def size_of(folder):
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def photographs():
    folder = f"{skimage.__path__[0]}/data"
    return [f"{folder}/{name}" for name in ("astronaut.png", "chelsea.png")]


def test_the_five_captioners_are_shipped():
    wanted = {recipe.name for recipe in recipes.of_task("caption")}
    assert wanted == set(NAMES)


@pytest.mark.artefacts
def test_all_captioners_together_stay_small():
    captioners = [recipe.name for recipe in recipes.of_task("caption")]
    size = sum(size_of(artefact.root() / name) for name in captioners)
    assert size <= 70 * 2**20


@pytest.mark.parametrize("name", SAMPLED)
def test_an_artefact_has_one_version_and_nothing_beside_it(name):
    (only,) = (artefact.root() / name).iterdir()  # else the download would be double
    assert only.name.isdecimal() and artefact.locate(name) == only


@pytest.mark.parametrize("name", SAMPLED)
def test_an_artefact_has_its_size_its_card_and_its_predictions(name):
    folder = artefact.locate(name)
    assert size_of(folder) <= 14 * 2**20
    card = artefact.read_card(folder)
    assert card["recipe"] == name
    for decoding in ("greedy", "beam5", "default"):
        for metric in ("bleu1", "bleu4", "rouge_l", "cider"):
            score = card["test"][decoding][metric]
            assert score["low"] <= score["value"] <= score["high"]
    rows = artefact.read_predictions(folder)
    assert len(rows) == card["corpus"]["pictures"]["test"] == 1000
    mean = sum(row["cider"] for row in rows) / len(rows)
    assert mean == pytest.approx(card["test"]["default"]["cider"]["value"], abs=0.1)


@pytest.mark.parametrize("name", SAMPLED)
def test_an_artefact_answers_alike_in_a_process_without_zoo(
    name, photographs, tmp_path
):
    captioner = gallery.load(name)  # verifies its sums
    files = []
    for path in photographs:
        with open(path, "rb") as file:
            files.append(file.read())
    here = captioner(files)
    assert all(len(caption.split()) >= 3 for caption in here)
    assert [
        found[0][0] for found in captioner.beam(files, captioner.card["dev"]["width"])
    ] == here
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            FRESH,
            str(artefact.locate(name).resolve()),
            *photographs,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout.splitlines()[-1]) == here


def give(layer, stored):
    """Gives a layer the weights of an artefact."""
    layer.set_weights([variable.numpy().astype("float32") for variable in stored])


@pytest.mark.artefacts
@pytest.mark.parametrize("name", NAMES)
def test_today_s_layers_with_the_shipped_weights_answer_as_the_artefact(
    name, photographs, tmp_path
):
    shipped = artefact.open_model(artefact.locate(name))
    card = artefact.read_card(artefact.locate(name))
    # The artefact keeps its words to itself: today's are called by their numbers.
    recipe = recipes.get(name)
    size = card["parameters"]["embeddings"] // recipe.model["width"]
    vocabulary = [*SPECIAL, *(f"word{i}" for i in range(FIRST_WORD, size))]
    encoder = PictureEncoder()
    encoder.build((None, 224, 224, 3))
    give(encoder, shipped.encoder_weights.stored)
    model = build(recipe, size)
    give(model, shipped.decoder_weights.stored)
    decoding = (card["dev"]["width"], card["dev"]["length_penalty"])
    caption.write(tmp_path, encoder, model, vocabulary, *decoding)
    today = tf.saved_model.load(str(tmp_path))
    pictures = []
    for path in photographs:
        with open(path, "rb") as file:
            pictures.append(file.read())
    answers = [
        model.signatures["explain"](image_bytes=tf.constant(pictures))
        for model in (shipped, today)
    ]
    assert answers[0].keys() == answers[1].keys()
    for key in answers[0].keys() - {"words", "top_words"}:
        np.testing.assert_allclose(*(one[key] for one in answers), atol=1e-4)
    words = [one["top_words"].numpy().ravel().tolist() for one in answers]
    pairs = set(zip(*words, strict=True))  # a word for a number, and only one
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) > 20


@pytest.mark.artefacts
def test_the_captioners_had_the_same_budget():
    cards = [artefact.read_card(artefact.locate(name)) for name in NAMES]
    counts = [card["parameters"]["decoder"] for card in cards]
    assert max(counts) <= 1.1 * min(counts)
    assert len({card["training"]["updates"] for card in cards}) == 1
