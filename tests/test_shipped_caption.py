"""The captioners in the repository: same budget, and rebuilt from today's layers."""

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

pytestmark = pytest.mark.artefacts
NAMES = [recipe.name for recipe in recipes.of_task("caption")]


@pytest.fixture(scope="module")
def photographs():
    """Two pictures that come with scikit-image, as bytes."""
    files = []
    for name in ("astronaut.png", "chelsea.png"):
        with open(f"{skimage.__path__[0]}/data/{name}", "rb") as file:
            files.append(file.read())
    return files


@pytest.mark.parametrize("name", NAMES)
def test_the_card_s_scores_are_those_of_the_predictions(name):
    folder = artefact.locate(name)
    card, rows = artefact.read_card(folder), artefact.read_predictions(folder)
    assert set(card["test"]) == {"greedy", "beam5", "default"}
    assert len(rows) == 1000
    mean = sum(row["cider"] for row in rows) / len(rows)
    assert mean == pytest.approx(card["test"]["default"]["cider"]["value"], abs=0.1)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_s_caption_is_its_best_beam(name, photographs):
    captioner = gallery.load(name)
    here = captioner(photographs)
    assert all(len(caption.split()) >= 3 for caption in here)
    width = captioner.card["dev"]["width"]
    assert [found[0][0] for found in captioner.beam(photographs, width)] == here


def give(layer, stored):
    """Gives a layer the weights of an artefact."""
    layer.set_weights([variable.numpy().astype("float32") for variable in stored])


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
    answers = [
        model.signatures["explain"](image_bytes=tf.constant(photographs))
        for model in (shipped, today)
    ]
    assert answers[0].keys() == answers[1].keys()
    for key in answers[0].keys() - {"words", "top_words"}:
        np.testing.assert_allclose(*(one[key] for one in answers), atol=1e-4)
    words = [one["top_words"].numpy().ravel().tolist() for one in answers]
    pairs = set(zip(*words, strict=True))  # a word for a number, and only one
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) > 20


def test_the_captioners_had_the_same_budget():
    cards = [artefact.read_card(artefact.locate(name)) for name in NAMES]
    counts = [card["parameters"]["decoder"] for card in cards]
    assert max(counts) <= 1.1 * min(counts)
    assert len({card["training"]["updates"] for card in cards}) == 1
