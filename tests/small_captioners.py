"""A small captioner of each kind, exported once for all the tests that need one."""

import io
import types

import keras
import numpy as np
import pytest
from PIL import Image

from zoo import artefact
from zoo.export import caption
from zoo.layers import PictureEncoder
from zoo.models.caption import build_captioner
from zoo.preprocess.words import SPECIAL

VOCABULARY = [*SPECIAL, *"a dog cat runs sits on the red grass with ball".split()]
DEV = {"width": 3, "length_penalty": 0.6, "length_penalty_beam5": 0.4}
DECODERS = {
    "lstm-attention": {
        "kind": "recurrent",
        "cell": "lstm",
        "units": 12,
        "attention": "additive",
        "attention_units": 8,
    },
    "gru": {"kind": "recurrent", "cell": "gru", "units": 12},
    "transformer": {
        "kind": "transformer",
        "layers": 2,
        "heads": 2,
        "feed_forward": 16,
    },
}


def spread(model, seed):
    """Gives every weight a size at which captions differ; float16 holds each."""
    random = np.random.default_rng(seed)
    for variable in model.weights:
        value = random.normal(size=variable.shape) * 0.5
        variable.assign(value.astype("float16").astype("float32"))


@pytest.fixture(scope="session")
def photograph():
    """Makes JPEG bytes of coloured noise, another picture a seed."""

    def make(seed):
        random = np.random.default_rng(seed)
        small = random.integers(0, 256, (7, 9, 3), np.uint8)
        file = io.BytesIO()
        Image.fromarray(small).resize((320, 240)).save(file, "JPEG", quality=90)
        return file.getvalue()

    return make


@pytest.fixture(scope="session", params=list(DECODERS))
def exported(request, tmp_path_factory):
    """An exported captioner beside the Keras model that it was made from."""
    keras.utils.set_random_seed(3)
    encoder = PictureEncoder()
    encoder(np.zeros((1, 224, 224, 3), np.uint8))
    for variable in encoder.weights:  # as the artefact will hold them
        variable.assign(np.asarray(variable).astype("float16").astype("float32"))
    options = {"decoder": DECODERS[request.param], "width": 8}
    model = build_captioner(options, len(VOCABULARY))
    spread(model, seed=5)
    root = tmp_path_factory.mktemp("models")
    name = f"caption-{request.param}"
    with artefact.publishing(name, root) as folder:
        caption.write(folder, encoder, model, VOCABULARY, 3, 0.6)
        artefact.write_card(folder, {"title": name, "dev": DEV})
    return types.SimpleNamespace(
        name=name,
        root=root,
        folder=root / name / "1",
        model=model,
        encoder=encoder,
        signatures=artefact.open_model(root / name / "1").signatures,
    )
