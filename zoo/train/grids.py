"""Encodes every picture of a corpus once, for its captions and for all epochs."""

import hashlib
import logging

import keras
import numpy as np
import tqdm

from zoo import arrays
from zoo.layers import PictureEncoder
from zoo.train import weights

BATCH = 50  # pictures

log = logging.getLogger(__name__)


def encode(corpus, split, encoder_weights):
    """Returns the grids of a split, computed at the first call and kept on disk.

    The file's name holds a hash of the encoder's weights, so that another encoder
    never meets the grids of this one.

    Args:
        corpus: Name of a prepared corpus.
        split: For example `"train"`.
        encoder_weights: `pathlib.Path` of the encoder's weights.

    Returns:
        `[2, P, 49, 1280]` float16, memory-mapped: each picture as it is, and mirrored.
    """
    digest = hashlib.sha256(encoder_weights.read_bytes()).hexdigest()[:12]
    name = f"grids-{digest}-{split}.npy"
    path = arrays.folder(corpus) / name
    if not path.exists():
        pictures = arrays.open_array(corpus, f"pictures-{split}.npy")
        with arrays.replacing(path) as partial:
            _write(partial, pictures, load_encoder(encoder_weights))
        log.info("%s: %d pictures encoded", path, len(pictures))
    return arrays.open_array(corpus, name)


def load_encoder(path):
    """Makes a `PictureEncoder` with fine-tuned weights.

    Args:
        path: `pathlib.Path` of an archive written by `zoo.train.weights.save`.

    Returns:
        The layer.
    """
    encoder = PictureEncoder()
    encoder(np.zeros((1, encoder.size, encoder.size, 3), np.uint8))
    weights.load(path, encoder)
    return encoder


def _write(path, pictures, encoder):
    """Encodes pictures and their mirror images into a new `.npy` file."""
    inputs = keras.Input(pictures.shape[1:], dtype="uint8")
    model = keras.Model(inputs, encoder(inputs))
    _, rows, columns, features = model.output_shape
    shape = (2, len(pictures), rows * columns, features)
    grids = np.lib.format.open_memmap(path, "w+", np.float16, shape)
    for begin in tqdm.trange(0, len(pictures), BATCH, desc="encode", mininterval=5):
        batch = np.asarray(pictures[begin : begin + BATCH])
        place = slice(begin, begin + len(batch))
        for view, seen in enumerate([batch, batch[:, :, ::-1]]):
            grid = model.predict_on_batch(seen)  # [B, 7, 7, 1280]
            grids[view, place] = grid.reshape(len(batch), *shape[2:])
    grids.flush()
