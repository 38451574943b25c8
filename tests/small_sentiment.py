"""Small sentiment classifiers, exported once for all the tests that need one."""

import functools
import random
import types

import numpy as np
import pytest

from tests.small_captioners import round_off, spread
from zoo import artefact
from zoo.export import sentiment_signatures
from zoo.models.classifier import build_classifier
from zoo.preprocess.pieces import Pieces, Reading, learn

WORDS = (
    "a the film was not very good dull bright story 영화 정말 좋다 재미 없다".split()
)
READING = Reading(size=330, head=5, tail=9)
RECURRENT = {"kind": "recurrent", "cell": "lstm", "units": 6}
ENCODERS = {
    "gru": {"kind": "recurrent", "cell": "gru", "units": 6},  # looks back only
    "bilstm": {**RECURRENT, "bidirectional": True},  # looks ahead too
    "transformer": {
        "kind": "transformer",
        "num_layers": 2,
        "num_heads": 2,
        "intermediate_dim": 12,
        "normalize_first": True,
    },
}


def sentences(count, seed=0):
    """Makes up texts of some words each."""
    choice = random.Random(seed)
    return [
        " ".join(choice.choices(WORDS, k=choice.randint(3, 12))) for _ in range(count)
    ]


@functools.cache
def small_model():
    """Learns pieces from made-up texts; the sentencepiece model, bytes."""
    return learn(sentences(200), READING)


def small_pieces(reading=READING):
    """Makes pieces to split text with, each time anew: an export tracks them."""
    return Pieces(small_model(), reading)


def small_classifier(kind, pooling="mean_max"):
    """Makes a classifier whose verdicts differ from text to text, some of each."""
    options = {"encoder": ENCODERS[kind], "classes": 2, "width": 8, "pooling": pooling}
    model = build_classifier(options, small_pieces().size)
    spread(model, seed=5)
    tokens = np.random.default_rng(1).integers(4, 300, (50, 8))
    bias = model.output_layer.bias
    round_off(bias, np.asarray(bias) - np.median(model(tokens), axis=0))
    return model


@pytest.fixture(scope="session", params=list(ENCODERS))
def exported_sentiment(request, tmp_path_factory):
    """An exported classifier beside the Keras model that it was made from."""
    model = small_classifier(request.param)
    root = tmp_path_factory.mktemp("models")
    name = f"sentiment-en-{request.param}"
    with artefact.publishing(name, root) as folder:
        sentiment_signatures.write(folder, model, small_pieces())
        artefact.write_card(folder, {"title": name})
    folder = root / name / "1"
    return types.SimpleNamespace(
        name=name,
        root=root,
        folder=folder,
        model=model,
        signatures=artefact.open_model(folder).signatures,
    )
