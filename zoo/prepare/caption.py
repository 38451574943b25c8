"""Pictures and captions -> arrays on disk."""

import hashlib
import json
import logging
import re

import numpy as np
import tensorflow as tf
import tqdm

from zoo import arrays
from zoo.corpora import catalogue
from zoo.preprocess import images, words

SIZE = 224  # pixels
MINIMUM_COUNT = 4  # a word seen less often cannot be learnt
MAX_LENGTH = 24  # tokens a caption, END included; 99 % of the captions are shorter
BATCH = 64  # pictures decoded at a time

log = logging.getLogger(__name__)


@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def decode(encoded):
    """Decodes pictures in one graph, as the SavedModel does; eagerly it is slow."""
    return images.decode(encoded, SIZE)


def prepare(corpus):
    """Writes the arrays of a corpus; what is there already is left alone.

    Args:
        corpus: Name of a corpus, see `zoo.corpora.catalogue`.

    Raises:
        ValueError: A picture is broken, or the corpus is no longer the one whose
            arrays are there.
    """
    pictures = {split: catalogue.load(corpus, split) for split in arrays.SPLITS}
    folder = arrays.folder(corpus)
    vocabulary = folder / "vocabulary.txt"
    if not vocabulary.exists():
        captions = [text for example in pictures["train"] for text in example.captions]
        known = words.build_vocabulary(captions, MINIMUM_COUNT)
        with arrays.replacing(vocabulary) as partial:
            partial.write_text("".join(f"{word}\n" for word in known), "utf-8")
        log.info("%s: %d words", vocabulary, len(known))
    table = words.Words(arrays.read_vocabulary(corpus))
    for split, examples in pictures.items():
        arrays.check_made_of(corpus, f"captions-{split}.npz", digest(examples))
        for name, write in [
            (f"captions-{split}.npz", lambda path, of: write_captions(path, of, table)),
            (f"pictures-{split}.npy", write_pictures),
        ]:
            if not (folder / name).exists():
                with arrays.replacing(folder / name) as partial:
                    write(partial, examples)
                log.info("%s: %d pictures", folder / name, len(examples))


def digest(pictures):
    """Returns the sha256 of the captions of some pictures, in order.

    Args:
        pictures: List of `Picture`.
    """
    texts = [[picture.name, *picture.captions] for picture in pictures]
    return hashlib.sha256(json.dumps(texts).encode("ascii")).hexdigest()


def write_captions(path, pictures, table):
    """Turns the captions of some pictures into ids.

    Args:
        path: `pathlib.Path` of the archive to write.
        pictures: List of `Picture`.
        table: `zoo.preprocess.words.Words`.
    """
    captions = [caption for picture in pictures for caption in picture.captions]
    counts = [len(picture.captions) for picture in pictures]
    ids = table.tokenize(tf.constant(captions), MAX_LENGTH).numpy()
    tokens = np.zeros((len(pictures), max(counts), MAX_LENGTH + 1), np.int32)
    rows = np.repeat(np.arange(len(pictures)), counts)
    places = np.concatenate([np.arange(count) for count in counts])
    tokens[rows, places] = ids
    names = np.array([picture.name for picture in pictures])
    with open(path, "wb") as file:
        np.savez(file, tokens=tokens, names=names, sha256=digest(pictures))


def write_pictures(path, pictures):
    """Decodes some pictures.

    Args:
        path: `pathlib.Path` of the array to write.
        pictures: List of `Picture`.

    Raises:
        ValueError: A picture is broken; the message names its file.
    """
    shape = (len(pictures), SIZE, SIZE, 3)
    array = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
    for begin in tqdm.trange(0, len(pictures), BATCH, desc=path.name, mininterval=5):
        batch = pictures[begin : begin + BATCH]
        array[begin : begin + len(batch)] = _decode(batch)
    array.flush()


def _decode(pictures):
    encoded = tf.constant([picture.read() for picture in pictures])
    try:
        return decode(encoded)
    except tf.errors.InvalidArgumentError as error:
        # "row 3: why" where the header told; the row alone says nothing to a person.
        row = re.search(r"row (\d+): ([^'\"\n]*)", error.message)
        if row:
            which, why = pictures[int(row[1])].file, row[2]
        else:
            which, why = _first_broken(pictures), "its data is damaged"
        raise ValueError(
            f"`pictures` must be whole. Received: {which}: {why}; mend or remove it"
        ) from None


def _first_broken(pictures):
    for picture in pictures:
        try:
            decode(tf.constant([picture.read()]))
        except tf.errors.InvalidArgumentError:
            return picture.file
    return "a picture"
