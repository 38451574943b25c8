"""Texts -> ids of their pieces: the best segmentation, and some drawn for training.

What is drawn keeps a model from taking one spelling of a word for the word. From a
unigram model segmentations are drawn by their probabilities (subword regularisation);
from byte pair encoding, some merges are left out by chance (BPE-dropout).

Reference:
    Kudo 2018, "Subword Regularization"; Provilkov et al. 2020, "BPE-Dropout: Simple and
    Effective Subword Regularization".
"""

import dataclasses
import json

import numpy as np
import sentencepiece
import tensorflow as tf
import tqdm

from zoo import arrays
from zoo.preprocess.pieces import UNITS, Pieces, Reading, learn, tidy

BATCH = 500  # texts split at a time
SEED = 1


def learn_once(corpus, texts, reading):
    """Learns the pieces of a corpus, or opens those that were learned before.

    Args:
        corpus: Name of a corpus.
        texts: List of strings, its training texts.
        reading: `Reading`.

    Returns:
        The sentencepiece model, bytes.
    """
    path = arrays.folder(corpus) / "pieces.model"
    if not path.exists():
        model = learn(texts, reading)
        with arrays.replacing(path) as partial:
            partial.write_bytes(model)
    return path.read_bytes()


def open_pieces(corpus, name):
    """Opens a prepared corpus's pieces, to split text as the artefact does.

    Args:
        corpus: Name of a prepared corpus.
        name: Name of one of its archives, which holds the reading.

    Returns:
        `zoo.preprocess.pieces.Pieces`.

    Raises:
        FileNotFoundError: It was not prepared.
    """
    reading = read_reading(arrays.open_array(corpus, name))
    return Pieces((arrays.folder(corpus) / "pieces.model").read_bytes(), reading)


def read_reading(archive):
    """Returns the `Reading` that an archive was made with.

    Args:
        archive: Dictionary of its arrays, among them `reading`, JSON.
    """
    return Reading(**json.loads(str(archive["reading"])))


def write_reading(reading):
    """Returns what `read_reading` reads."""
    return json.dumps(dataclasses.asdict(reading))


def check_reading(corpus, name, reading):
    """Refuses arrays that were read in another way than they would be now.

    Args:
        corpus: Name of a corpus.
        name: Name of the archive, which may not be there.
        reading: `Reading`.

    Raises:
        ValueError: The reading was another.
    """
    if not (arrays.folder(corpus) / name).exists():
        return
    before = read_reading(arrays.open_array(corpus, name))
    if before != reading:
        raise ValueError(
            f"`corpus` must be read as it was when it was prepared; {corpus!r} was "
            f"read with {before}, now with {reading}: delete {arrays.folder(corpus)}"
        )


def segment(texts, model, reading, label, drawn=0, alpha=0.0):
    """Turns texts into ids, in one segmentation or several.

    Args:
        texts: List of P strings.
        model: The sentencepiece model, bytes.
        reading: `Reading`.
        label: String for the progress bar.
        drawn: Integer, segmentations drawn of each text besides the best one; none
            where the unit has but one.
        alpha: Float: for a unigram model the power of the probabilities (1 draws few
            others, 0 all alike); for byte pair encoding the share of merges left out.

    Returns:
        Pair of the ids, uint16 `[N]`, of all texts one after another, and where each
        text begins in segmentation k, int64 `[K, P + 1]`: text p is
        `tokens[starts[k, p] : starts[k, p + 1]]`. The first segmentation is the best.
    """
    views = [_served(texts, Pieces(model, reading), label)]
    if drawn and UNITS[reading.unit].drawn:
        views += _drawn(texts, model, reading, drawn, alpha)
    lengths = np.array([[len(tokens) for tokens in view] for view in views])  # [K, P]
    # An entry more a row than there are texts: the end of its last text.
    ends = np.cumsum(lengths).reshape(lengths.shape)
    starts = np.concatenate([ends[:, :1] - lengths[:, :1], ends], axis=1)  # [K, P + 1]
    flat = np.fromiter((token for view in views for row in view for token in row), "u2")
    return flat, starts


def _served(texts, pieces, label):
    """The ids of each text, by the graph that the artefact holds."""
    spec = tf.TensorSpec([None], tf.string)
    tokenize = tf.function(pieces.tokenize, input_signature=[spec])
    rows = []
    for begin in tqdm.trange(0, len(texts), BATCH, desc=label, mininterval=5):
        rows += tokenize(tf.constant(texts[begin : begin + BATCH])).to_list()
    return rows


def _drawn(texts, model, reading, count, alpha):
    """The ids of each text by segmentations drawn at random, `count` lists of rows."""
    splitter = sentencepiece.SentencePieceProcessor(model_proto=model)
    sentencepiece.set_random_generator_seed(SEED)
    tidied = [
        text.decode()
        for begin in range(0, len(texts), BATCH)
        for text in tidy(
            tf.constant(texts[begin : begin + BATCH]), reading.unit
        ).numpy()
    ]
    options = {"enable_sampling": True, "alpha": alpha, "nbest_size": -1}
    return [
        [reading.cut(splitter.encode(text, **options)) for text in tidied]
        for _ in range(count)
    ]
