"""Sentence pairs -> arrays on disk.

Under `build/prepared/<corpus>/`:

    pieces.model        byte pair encoding of both languages, learned from the training
                        pairs
    pairs-<split>.npz   sources uint16 [N] and targets uint16 [M], the ids of all
                        sentences one after another; source_starts and target_starts
                        int64 [K, P + 1], where each begins; names [P]; size, how many
                        different ids there may be; reading, JSON; sha256, of the pairs

P pairs, K segmentations; see `zoo.prepare.segmentations.segment`.
"""

import dataclasses
import hashlib
import json
import logging

import numpy as np

from zoo import arrays
from zoo.corpora import catalogue
from zoo.prepare import segmentations
from zoo.preprocess.pieces import Pieces, Reading

# One vocabulary of both languages: names and roots that they share stay one, and
# source embedding, target embedding and softmax can be one matrix. The longest sentence
# of Multi30k has 85 pieces; `zoo.export.translate_signatures` cuts what it reads.
READING = Reading("bpe", size=8000, head=256, tail=0)
# Segmentations drawn of a training sentence besides the best one, with each merge left
# out with a probability of ALPHA (BPE-dropout; Provilkov et al. 2020 have 0.1).
DRAWN = 4
ALPHA = 0.1

log = logging.getLogger(__name__)


def prepare(corpus):
    """Writes the arrays of a corpus; what is there already is left alone.

    Args:
        corpus: Name of a corpus, see `zoo.corpora.catalogue`.

    Raises:
        ValueError: The corpus is no longer the one whose arrays are there, or they
            were read in another way.
    """
    pairs = {split: catalogue.load(corpus, split) for split in arrays.SPLITS}
    both = [text for pair in pairs["train"] for text in (pair.source, pair.target)]
    model = segmentations.learn_once(corpus, both, READING)
    for split, examples in pairs.items():
        path = arrays.folder(corpus) / f"pairs-{split}.npz"
        arrays.check_made_of(corpus, path.name, digest(examples))
        segmentations.check_reading(corpus, path.name, READING)
        if not path.exists():
            drawn = DRAWN if split == "train" else 0
            with arrays.replacing(path) as partial:
                write(partial, path.name, examples, model, drawn)
            log.info("%s: %d pairs", path, len(examples))


def digest(pairs):
    """Returns the sha256 of some pairs and their names, in order.

    Args:
        pairs: List of `Pair`.
    """
    rows = [dataclasses.astuple(pair) for pair in pairs]
    return hashlib.sha256(json.dumps(rows).encode("ascii")).hexdigest()


def open_pieces(corpus):
    """Opens a prepared corpus's pieces, to split text as the artefact does.

    Args:
        corpus: Name of a prepared corpus.

    Returns:
        `zoo.preprocess.pieces.Pieces`.

    Raises:
        FileNotFoundError: It was not prepared.
    """
    return segmentations.open_pieces(corpus, "pairs-dev.npz")


def write(path, label, pairs, model, drawn=0):
    """Turns some pairs into ids.

    Args:
        path: `pathlib.Path` of the archive to write.
        label: String for the progress bar.
        pairs: List of `Pair`.
        model: The sentencepiece model, bytes.
        drawn: Integer, segmentations drawn at random besides the best one.
    """
    sides = {}
    for side in ("source", "target"):
        texts = [getattr(pair, side) for pair in pairs]
        sides[f"{side}s"], sides[f"{side}_starts"] = segmentations.segment(
            texts, model, READING, f"{label}, {side}s", drawn, ALPHA
        )
    with open(path, "wb") as file:
        np.savez(
            file,
            **sides,
            names=np.array([pair.name for pair in pairs]),
            size=Pieces(model, READING).size,
            reading=segmentations.write_reading(READING),
            sha256=digest(pairs),
        )
