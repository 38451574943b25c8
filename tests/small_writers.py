"""A small language model of each kind, exported once for all tests that need one."""

import types

import numpy as np
import pytest
import tensorflow as tf

from tests.small_captioners import spread
from zoo import artefact
from zoo.export import write_signatures
from zoo.models.language_model import build_language_model
from zoo.models.ngram import NGram
from zoo.models.ngram_counts import count
from zoo.preprocess.letters import Letters
from zoo.tokens import FIRST_WORD

ALPHABET = sorted("\n abcdefgh.AB\u00e9\uac00\U0001f600")
KNOWN = [ord(letter) for letter in ALPHABET]
SIZE = FIRST_WORD + len(ALPHABET)
DECODERS = {
    "lstm": {"kind": "recurrent", "cell": "lstm", "units": 12, "num_layers": 2},
    "window": {"kind": "window", "window": 3, "units": 10, "num_layers": 2},
    "transformer": {
        "kind": "transformer",
        "num_layers": 2,
        "num_heads": 2,
        "intermediate_dim": 16,
        "normalize_first": True,
        "positions": "rotary",
        "window": 5,
    },
}
PROGRESS = [
    {"update": 0, "nats": 3.1, "text": "eA b\n"},
    {"update": 10, "nats": None, "text": "a bad cab"},
]


def ids(text):
    """The ids of a text, looked up one by one."""
    known = {letter: FIRST_WORD + place for place, letter in enumerate(ALPHABET)}
    return [known.get(letter, 1) for letter in text]


BEGIN = ids("\n")[0]


def make_writer(kind):
    """Makes an untrained model, or counts a little text."""
    if kind == "markov":
        random = np.random.default_rng(5)
        text = random.choice(list("aab. \nce"), 400)
        return NGram.of(count([np.array(ids(text))], 3, SIZE), SIZE, 0.1, "shorter")
    model = build_language_model({"decoder": DECODERS[kind], "width": 8}, SIZE)
    spread(model, seed=7)
    return model


@pytest.fixture(scope="session", params=[*DECODERS, "markov"])
def exported_writer(request, tmp_path_factory):
    """An exported language model beside the model that it was made from."""
    model = make_writer(request.param)
    root = tmp_path_factory.mktemp("models")
    name = f"write-{request.param}"
    with artefact.publishing(name, root) as folder:
        write_signatures.write(folder, model, KNOWN)
        card = {"title": name, "task": "write", "progress": PROGRESS}
        artefact.write_card(folder, card)
    return types.SimpleNamespace(
        kind=request.param,
        name=name,
        root=root,
        folder=root / name / "1",
        model=model,
        # The model itself, in a graph: by hand, it is asked a thousand times.
        answer=tf.function(
            lambda tokens: model(tokens),
            input_signature=[tf.TensorSpec([1, None], tf.int32)],
        ),
        letters=Letters(KNOWN),
        signatures=artefact.open_model(root / name / "1").signatures,
    )
