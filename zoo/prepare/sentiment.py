"""Texts with a verdict -> arrays on disk.

Under `build/prepared/<corpus>/`:

    pieces.model        what sentencepiece learned from the training texts
    texts-<split>.npz   tokens uint16 [N], the ids of all texts one after another;
                        starts int64 [K, P + 1], where each begins; labels int8 [P];
                        names [P]; size, how many different ids there may be;
                        reading, JSON; sha256, of the texts

P texts, N ids in all, K segmentations: the first is the best one, which the artefact
serves, the others are drawn at random for training (subword regularisation). Text p in
segmentation k is `tokens[starts[k, p] : starts[k, p + 1]]`.
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

# IMDB: 94 of 100 reviews have at most 800 pieces. NSMC: 98 of 100 have at most 64; its
# site allows 140 characters, which are at most about 400 jamo.
READINGS = {
    "imdb": Reading(head=200, tail=600),
    "nsmc": Reading(head=16, tail=48),
    "nsmc-characters": Reading("characters", head=36, tail=108),
    "nsmc-jamo": Reading("jamo", head=100, tail=300),
}
OWN = Reading()  # of one's own texts, in whatever language
# Where training reads less of a long text than is read later, to save time. An LSTM
# that learned from 400 pieces of IMDB's reviews was right on 88.2 % of dev when it read
# as many, on 89.0 % with 800, and on 89.2 % with all: change `READINGS`, delete
# `texts-dev.npz`, then prepare, export and read the card.
LEARNT = {"imdb": Reading(head=100, tail=300)}
# Segmentations drawn of a training text besides the best one, by the unigram model's
# probabilities to the power ALPHA: 1 draws few others, 0 all alike. Kudo 2018 has 0.1
# to 0.5; less makes texts longer, and so training slower.
DRAWN = 3
ALPHA = 0.3

log = logging.getLogger(__name__)


def prepare(corpus):
    """Writes the arrays of a corpus; what is there already is left alone.

    Args:
        corpus: Name of a corpus, see `zoo.corpora.catalogue`.

    Raises:
        ValueError: The corpus is no longer the one whose arrays are there, or they
            were read in another way.
    """
    texts = {split: catalogue.load(corpus, split) for split in arrays.SPLITS}
    readings = {split: reading_of(corpus, split) for split in texts}
    said = [example.text for example in texts["train"]]
    model = segmentations.learn_once(corpus, said, readings["train"])
    for split, examples in texts.items():
        path = arrays.folder(corpus) / f"texts-{split}.npz"
        arrays.check_made_of(corpus, path.name, digest(examples))
        segmentations.check_reading(corpus, path.name, readings[split])
        if not path.exists():
            drawn = DRAWN if split == "train" else 0
            with arrays.replacing(path) as partial:
                write(partial, path.name, examples, model, readings[split], drawn)
            log.info("%s: %d texts", path, len(examples))


def reading_of(corpus, split):
    """Returns how the texts of a corpus are read; all but the training texts as served.

    Args:
        corpus: Name of a corpus.
        split: `"train"`, `"dev"` or `"test"`.
    """
    served = READINGS.get(corpus, OWN)
    return LEARNT.get(corpus, served) if split == "train" else served


def digest(texts):
    """Returns the sha256 of some texts, their names and labels, in order.

    Args:
        texts: List of `Text`.
    """
    rows = [dataclasses.astuple(text) for text in texts]
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
    return segmentations.open_pieces(corpus, "texts-dev.npz")


def write(path, label, texts, model, reading, drawn=0):
    """Turns some texts into ids.

    Args:
        path: `pathlib.Path` of the archive to write.
        label: String for the progress bar.
        texts: List of `Text`.
        model: The sentencepiece model, bytes.
        reading: `Reading`.
        drawn: Integer, segmentations drawn at random besides the best one.
    """
    said = [example.text for example in texts]
    tokens, starts = segmentations.segment(said, model, reading, label, drawn, ALPHA)
    with open(path, "wb") as file:
        np.savez(
            file,
            tokens=tokens,
            starts=starts,
            labels=np.array([example.label for example in texts], np.int8),
            names=np.array([example.name for example in texts]),
            size=Pieces(model, reading).size,
            reading=segmentations.write_reading(reading),
            sha256=digest(texts),
        )
