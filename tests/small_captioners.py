"""A small captioner of each kind, exported once for all the tests that need one."""

import io
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from zoo import artefact
from zoo.export import caption
from zoo.layers import PictureEncoder
from zoo.models.caption import build_captioner
from zoo.preprocess import images
from zoo.preprocess.words import SPECIAL

VOCABULARY = [*SPECIAL, *"a dog cat runs sits on the red grass with ball".split()]
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
        "num_layers": 2,
        "num_heads": 2,
        "intermediate_dim": 16,
        "normalize_first": True,
    },
}


def round_off(variable, value):
    """Gives a weight a value that float16 holds, as the artefact will hold it."""
    small = np.asarray(value).astype("float16")
    assert np.isfinite(small).all(), f"{variable.path} is too large for float16"
    variable.assign(small.astype("float32"))


def spread(model, seed):
    """Gives every weight a size at which captions differ."""
    random = np.random.default_rng(seed)
    for variable in model.weights:
        round_off(variable, random.normal(size=variable.shape) * 0.5)


def normalise(encoder, pictures):
    """Sets the stored statistics of an untrained encoder to those of some pictures.

    With those it begins with, fifty layers shrink a picture to 1e-11, and a captioner
    could not tell two apart; no single scale that float16 holds would undo that.

    Args:
        encoder: `PictureEncoder`, built.
        pictures: `[B, 224, 224, 3]` uint8.
    """
    layers = [
        layer
        for layer in encoder.convolutions.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    for layer in layers:
        layer.trainable, layer.momentum = True, 0.0  # forget what was stored
    encoder.convolutions(tf.cast(pictures, tf.float32) / 127.5 - 1.0, training=True)
    for layer in layers:
        layer.trainable = False
    for variable in encoder.weights:
        round_off(variable, variable)


@pytest.fixture(scope="session")
def photograph():
    """Makes JPEG bytes of noise in a colour, another picture a seed."""

    def make(seed):
        random = np.random.default_rng(seed)
        small = random.integers(0, 256, (7, 9, 3)) * random.random(3)
        picture = Image.fromarray(small.astype(np.uint8)).resize((320, 240))
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=90)
        return file.getvalue()

    return make


@pytest.fixture(scope="session")
def small_encoder(photograph):
    """A picture encoder, untrained, that sees how two pictures differ."""
    keras.utils.set_random_seed(3)
    encoder = PictureEncoder()
    pixels = images.decode(tf.constant([photograph(seed) for seed in range(4)]))
    encoder(pixels)
    normalise(encoder, pixels)
    grids = np.asarray(encoder(pixels[1:3]))
    assert np.abs(grids[0] - grids[1]).mean() > 0.1
    return encoder


@pytest.fixture(scope="session", params=list(DECODERS))
def exported(request, tmp_path_factory, small_encoder):
    """An exported captioner beside the Keras model that it was made from."""
    options = {"decoder": DECODERS[request.param], "width": 8}
    model = build_captioner(options, len(VOCABULARY))
    spread(model, seed=7)
    root = tmp_path_factory.mktemp("models")
    name = f"caption-{request.param}"
    with artefact.publishing(name, root) as folder:
        caption.write(folder, small_encoder, model, VOCABULARY, 3, 0.6)
        penalties = {"length_penalty": 0.6, "length_penalty_beam5": 1.1}
        artefact.write_card(folder, {"title": name, "dev": penalties})
    return types.SimpleNamespace(
        name=name,
        root=root,
        folder=root / name / "1",
        model=model,
        encoder=small_encoder,
        signatures=artefact.open_model(root / name / "1").signatures,
    )
