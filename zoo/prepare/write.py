"""One long text -> character ids on disk.

Under `build/prepared/<corpus>/`:

    letters-<split>.npz   tokens uint16 or int32 [N], known int32 [V - 4], begin, sha256

N characters in their order; `known` the code points of the characters of the training
text, ascending, and `begin` the id that a text is read after, the same in each file;
`sha256` is that of the split's text.
"""

import hashlib
import logging

import numpy as np
import tensorflow as tf

from zoo import arrays
from zoo.corpora import catalogue
from zoo.preprocess import letters

MOST_BYTES = 2**31 - 1  # of a split: the corpora bound their texts themselves

log = logging.getLogger(__name__)


def prepare(corpus):
    """Writes the arrays of a corpus; what is there already is left alone.

    Args:
        corpus: Name of a corpus, see `zoo.corpora.catalogue`.

    Raises:
        ValueError: The text cannot be read, or the corpus is no longer the one whose
            arrays are there.
    """
    texts = {split: catalogue.load(corpus, split) for split in arrays.SPLITS}
    for split, text in texts.items():
        arrays.check_made_of(corpus, f"letters-{split}.npz", digest(text))
    known = letters.build_vocabulary(texts["train"])
    alphabet = letters.Letters(known)
    for split, text in texts.items():
        path = arrays.folder(corpus) / f"letters-{split}.npz"
        if path.exists():
            continue
        cleaned = letters.clean(tf.constant([text]), MOST_BYTES)
        tokens = alphabet.tokenize(cleaned).flat_values.numpy()
        small = np.uint16 if alphabet.size <= 2**16 else np.int32
        with arrays.replacing(path) as partial, open(partial, "wb") as file:
            np.savez(
                file,
                tokens=tokens.astype(small),
                known=known,
                begin=alphabet.begin,
                sha256=digest(text),
            )
        log.info("%s: %d characters, %d kinds", path, len(tokens), len(known))


def digest(text):
    """Returns the sha256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
