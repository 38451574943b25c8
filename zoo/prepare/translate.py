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
import sentencepiece

from zoo import arrays
from zoo.corpora import catalogue
from zoo.prepare import segmentations
from zoo.preprocess.pieces import Pieces, Reading

# One vocabulary of both languages: names and roots that they share stay one, and
# source embedding, target embedding and softmax can be one matrix. The longest sentence
# of Multi30k has 64 pieces; `zoo.export.translate_signatures` cuts what it reads.
READING = Reading("bpe", size=4000, head=256, tail=0)
# Each merge is left out with this probability where segmentations are drawn
# (BPE-dropout; Provilkov et al. 2020 have 0.1).
ALPHA = 0.1

log = logging.getLogger(__name__)


def prepare(corpus, drawn=None):
    """Writes the arrays of a corpus; what is there already is left alone.

    Args:
        corpus: Name of a corpus, see `zoo.corpora.catalogue`.
        drawn: Segmentations drawn at random of a training sentence besides the best
            one (BPE-dropout), an integer >= 0: training reads one or another of them.
            None for what is there already, or none.

    Raises:
        ValueError: The corpus is no longer the one whose arrays are there, or they
            were read in another way, or `drawn` is another number.
    """
    if drawn is not None and drawn < 0:
        raise ValueError(f"`drawn` must be at least 0. Received: drawn={drawn}")
    pairs = {split: catalogue.load(corpus, split) for split in arrays.SPLITS}
    both = [text for pair in pairs["train"] for text in (pair.source, pair.target)]
    model = segmentations.learn_once(corpus, both, READING)
    for split, examples in pairs.items():
        path = arrays.folder(corpus) / f"pairs-{split}.npz"
        arrays.check_made_of(corpus, path.name, digest(examples))
        segmentations.check_reading(corpus, path.name, READING)
        if split == "train":
            _check_drawn(corpus, path, drawn)
        if not path.exists():
            kept, views = examples, 0
            if split == "train":
                kept, views = fitting(examples, model), drawn or 0
            with arrays.replacing(path) as partial:
                write(partial, path.name, kept, model, views, digest(examples))
            log.info("%s: %d pairs", path, len(kept))


def _check_drawn(corpus, path, drawn):
    """Refuses training pairs with another number of segmentations than asked for."""
    if drawn is None or not path.exists():
        return
    before = len(arrays.open_array(corpus, path.name)["source_starts"]) - 1
    if before != drawn:
        raise ValueError(
            f"`drawn` must be what {corpus!r} was prepared with, {before}; delete "
            f"{arrays.folder(corpus)} to prepare it anew. Received: drawn={drawn}"
        )


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


def fitting(pairs, model):
    """Leaves out pairs with a side longer than is read: its translation would be cut.

    Args:
        pairs: List of `Pair`.
        model: The sentencepiece model, bytes.

    Returns:
        List of `Pair`; the log says how many were left out.

    Raises:
        ValueError: None would be left.
    """
    splitter = sentencepiece.SentencePieceProcessor(model_proto=model)
    sides = [
        splitter.encode([getattr(pair, side) for pair in pairs])
        for side in ("source", "target")
    ]
    kept = [
        pair
        for pair, source, target in zip(pairs, *sides, strict=True)
        if max(len(source), len(target)) < READING.head
    ]
    if not kept:
        raise ValueError(
            f"A training pair must have fewer than {READING.head} pieces on either "
            f"side. Received: {len(pairs)} pairs, all longer"
        )
    if len(kept) < len(pairs):
        log.warning("%d pairs are too long to learn from", len(pairs) - len(kept))
    return kept


def write(path, label, pairs, model, drawn, sha256):
    """Turns some pairs into ids.

    Args:
        path: `pathlib.Path` of the archive to write.
        label: String for the progress bar.
        pairs: List of `Pair`.
        model: The sentencepiece model, bytes.
        drawn: Integer, segmentations drawn at random besides the best one.
        sha256: Of all pairs of the split, see `digest`.
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
            sha256=sha256,
        )
