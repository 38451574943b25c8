"""Small translators, exported once for all the tests that need one."""

import functools
import types

import pytest

from tests.small_captioners import spread
from tests.small_pairs import pairs
from zoo import artefact
from zoo.export import translate_signatures
from zoo.models.translator import build_translator
from zoo.preprocess.pieces import Pieces, Reading, learn

READING = Reading("bpe", size=330, head=10_000, tail=0)
RECURRENT = {"kind": "recurrent", "units": 10}
TRANSFORMER = {
    "kind": "transformer",
    "num_layers": 2,
    "num_heads": 2,
    "intermediate_dim": 12,
}
PARTS = {
    "gru": (
        {**RECURRENT, "cell": "gru"},
        {**RECURRENT, "cell": "gru", "bridge": True},
    ),
    "lstm-attention": (
        {**RECURRENT, "cell": "lstm", "bidirectional": True},
        {
            **RECURRENT,
            "cell": "lstm",
            "bridge": True,
            "summary_enters": None,
            "attention": "additive",
            "attention_units": 8,
        },
    ),
    "transformer": (TRANSFORMER, TRANSFORMER),
}
WIDTH, PENALTY = 3, 0.5


@functools.cache
def small_model():
    """Learns pieces of both languages from made-up pairs, bytes."""
    return learn([text for pair in pairs(200) for text in pair], READING)


def small_pieces():
    """Makes pieces to split text with, each time anew: an export tracks them."""
    return Pieces(small_model(), READING)


def small_translator(kind):
    """Makes a translator whose answers differ from text to text."""
    encoder, decoder = PARTS[kind]
    options = {"encoder": encoder, "decoder": decoder, "width": 8}
    model = build_translator(options, small_pieces().size)
    spread(model, seed=9)
    return model


@pytest.fixture(scope="session", params=list(PARTS))
def exported_translator(request, tmp_path_factory):
    """An exported translator beside the Keras model that it was made from."""
    model = small_translator(request.param)
    root = tmp_path_factory.mktemp("models")
    name = f"translate-en-de-{request.param}"
    with artefact.publishing(name, root) as folder:
        translate_signatures.write(folder, model, small_pieces(), WIDTH, PENALTY)
        dev = {"length_penalty": 0.25, "length_penalty_beam5": 1.5}
        artefact.write_card(folder, {"recipe": name, "title": name, "dev": dev})
    return types.SimpleNamespace(
        name=name,
        kind=request.param,
        root=root,
        folder=root / name / "1",
        model=model,
        pieces=small_pieces,
        signatures=artefact.open_model(root / name / "1").signatures,
    )
