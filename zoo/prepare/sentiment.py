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
import sentencepiece
import tensorflow as tf
import tqdm

from zoo import arrays
from zoo.corpora import catalogue
from zoo.preprocess.pieces import Pieces, Reading, learn, tidy

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
BATCH = 500  # texts split at a time
# Segmentations drawn of a training text besides the best one, by the unigram model's
# probabilities to the power ALPHA: 1 draws few others, 0 all alike. Kudo 2018 has 0.1
# to 0.5; less makes texts longer, and so training slower.
DRAWN = 3
ALPHA = 0.3
SEED = 1

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
    learned = arrays.folder(corpus) / "pieces.model"
    if not learned.exists():
        said = [example.text for example in texts["train"]]
        model = learn(said, readings["train"])
        with arrays.replacing(learned) as partial:
            partial.write_bytes(model)
        log.info("%s: %d bytes", learned, len(model))
    model = learned.read_bytes()
    for split, examples in texts.items():
        path = arrays.folder(corpus) / f"texts-{split}.npz"
        arrays.check_made_of(corpus, path.name, digest(examples))
        check_reading(corpus, path.name, readings[split])
        if not path.exists():
            with arrays.replacing(path) as partial:
                write(partial, examples, model, readings[split], split == "train")
            log.info("%s: %d texts", path, len(examples))


def reading_of(corpus, split):
    """Returns how the texts of a corpus are read; all but the training texts as served.

    Args:
        corpus: Name of a corpus.
        split: `"train"`, `"dev"` or `"test"`.
    """
    served = READINGS.get(corpus, OWN)
    return LEARNT.get(corpus, served) if split == "train" else served


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
    archive = arrays.open_array(corpus, name)
    if read_reading(archive) != reading:
        raise ValueError(
            f"`corpus` must be read as it was when it was prepared; {corpus!r} was "
            f"read with {read_reading(archive)}, now with {reading}: "
            f"delete {arrays.folder(corpus)}"
        )


def digest(texts):
    """Returns the sha256 of some texts, their names and labels, in order.

    Args:
        texts: List of `Text`.
    """
    rows = [dataclasses.astuple(text) for text in texts]
    return hashlib.sha256(json.dumps(rows).encode("ascii")).hexdigest()


def read_reading(archive):
    """Returns the `Reading` that an archive was made with.

    Args:
        archive: Dictionary of the arrays of `texts-<split>.npz`.
    """
    return Reading(**json.loads(str(archive["reading"])))


def open_pieces(corpus):
    """Opens a prepared corpus's pieces, to split text as the artefact does.

    Args:
        corpus: Name of a prepared corpus.

    Returns:
        `zoo.preprocess.pieces.Pieces`.

    Raises:
        FileNotFoundError: It was not prepared.
    """
    archive = arrays.open_array(corpus, "texts-dev.npz")
    model = (arrays.folder(corpus) / "pieces.model").read_bytes()
    return Pieces(model, read_reading(archive))


def write(path, texts, model, reading, drawn=False):
    """Turns some texts into ids.

    Args:
        path: `pathlib.Path` of the archive to write.
        texts: List of `Text`.
        model: The sentencepiece model, bytes.
        reading: `Reading`.
        drawn: Whether to add segmentations drawn at random.
    """
    said = [example.text for example in texts]
    pieces = Pieces(model, reading)
    views = [_served(said, pieces, path.name)]
    if drawn and reading.unit == "pieces":  # characters have one segmentation
        views += _drawn(said, model, reading)
    lengths = np.array([[len(tokens) for tokens in view] for view in views])  # [K, P]
    # An entry more a row than there are texts: the end of its last text.
    ends = np.cumsum(lengths).reshape(lengths.shape)
    starts = np.concatenate([ends[:, :1] - lengths[:, :1], ends], axis=1)  # [K, P + 1]
    flat = np.fromiter((token for view in views for row in view for token in row), "u2")
    with open(path, "wb") as file:
        np.savez(
            file,
            tokens=flat,
            starts=starts,
            labels=np.array([example.label for example in texts], np.int8),
            names=np.array([example.name for example in texts]),
            size=pieces.size,
            reading=json.dumps(dataclasses.asdict(reading)),
            sha256=digest(texts),
        )


def _served(texts, pieces, label):
    """The ids of each text, by the graph that the artefact holds."""
    spec = tf.TensorSpec([None], tf.string)
    tokenize = tf.function(pieces.tokenize, input_signature=[spec])
    rows = []
    for begin in tqdm.trange(0, len(texts), BATCH, desc=label, mininterval=5):
        rows += tokenize(tf.constant(texts[begin : begin + BATCH])).to_list()
    return rows


def _drawn(texts, model, reading):
    """The ids of each text by segmentations drawn at random, `DRAWN` lists of rows."""
    splitter = sentencepiece.SentencePieceProcessor(model_proto=model)
    sentencepiece.set_random_generator_seed(SEED)
    tidied = [
        text.decode()
        for begin in range(0, len(texts), BATCH)
        for text in tidy(tf.constant(texts[begin : begin + BATCH])).numpy()
    ]
    options = {"enable_sampling": True, "alpha": ALPHA, "nbest_size": -1}
    return [
        [reading.cut(splitter.encode(text, **options)) for text in tidied]
        for _ in range(DRAWN)
    ]
