"""Tagged sentences -> arrays on disk.

Under `build/prepared/<corpus>/`:

    sentences-<split>.npz   words int32 [N], characters int32 [N, C], tags int32 [N],
                            starts int64 [P + 1], names [P], sha256
    vocabulary.txt          a word a line; the line's number is the word's id
    characters.npy          int32 code points; the first has id 4
    abbreviations.npy       strings: the training words that end in a full stop

N words of P sentences, one sentence after another: sentence p has the words from
`starts[p]` to `starts[p + 1]`. C characters a word, jamo for Hangul. A tag is the
place of its name in `zoo.corpora.sentences.UPOS`.
"""

import hashlib
import json
import logging

import numpy as np
import tensorflow as tf

from zoo import arrays
from zoo.corpora import catalogue
from zoo.corpora.sentences import UPOS
from zoo.preprocess import characters, sentence_words
from zoo.preprocess.words import SPECIAL

MINIMUM_COUNT = 2  # a word or character seen once teaches no more than UNKNOWN does
BATCH = 20_000  # words

log = logging.getLogger(__name__)


def prepare(corpus):
    """Writes the arrays of a corpus; what is there already is left alone.

    Args:
        corpus: Name of a corpus, see `zoo.corpora.catalogue`.

    Raises:
        ValueError: A sentence cannot be read, or the corpus is no longer the one whose
            arrays are there.
    """
    sentences = {split: catalogue.load(corpus, split) for split in arrays.SPLITS}
    for split in arrays.SPLITS:
        check_unchanged(corpus, split, sentences[split])
    write_lists(arrays.folder(corpus), words_of(sentences["train"]))
    table = open_words(corpus)
    for split in arrays.SPLITS:
        path = arrays.folder(corpus) / f"sentences-{split}.npz"
        if not path.exists():
            with arrays.replacing(path) as partial:
                write_sentences(partial, sentences[split], table)
            log.info("%s: %d sentences", path, len(sentences[split]))


def words_of(sentences):
    """Lists the words of sentences, one sentence after another."""
    return [word for sentence in sentences for word in sentence.words]


def build_vocabulary(words):
    """Lists the words that are known, most frequent first, led by the special tokens.

    Args:
        words: List of strings.

    Returns:
        List of words in small letters; those of equal count in alphabetical order.
    """
    keys = characters.key(tf.constant(words)).numpy()
    known, counts = np.unique(keys, return_counts=True)
    kept = [
        (-int(count), word.decode())
        for word, count in zip(known, counts, strict=True)
        if count >= MINIMUM_COUNT
    ]
    return [*SPECIAL, *(word for _, word in sorted(kept))]


def write_lists(folder, words):
    """Writes what is known of the training words, where it is not there yet.

    Args:
        folder: `pathlib.Path` of the corpus's arrays.
        words: List of strings.
    """
    vocabulary = folder / "vocabulary.txt"
    if not vocabulary.exists():
        known = build_vocabulary(words)
        with arrays.replacing(vocabulary) as partial:
            partial.write_text("".join(f"{word}\n" for word in known), "utf-8")
        log.info("%s: %d words", vocabulary, len(known))
    for name, make in [
        ("characters.npy", lambda: characters.known(words, MINIMUM_COUNT)),
        ("abbreviations.npy", lambda: sentence_words.abbreviations(words)),
    ]:
        if not (folder / name).exists():
            with arrays.replacing(folder / name) as partial:
                with open(partial, "wb") as file:
                    np.save(file, make())


def open_words(corpus):
    """Makes the graph module that turns words into ids, for a prepared corpus.

    Args:
        corpus: Name of the corpus.

    Returns:
        `zoo.preprocess.characters.TaggerWords`.

    Raises:
        FileNotFoundError: It was not prepared.
    """
    code_points = arrays.open_array(corpus, "characters.npy")
    return characters.TaggerWords(arrays.read_vocabulary(corpus), code_points)


def check_unchanged(corpus, split, sentences):
    """Refuses arrays made of other sentences than the corpus now holds.

    Args:
        corpus: Name of a corpus.
        split: For example `"train"`.
        sentences: List of `Sentence`.

    Raises:
        ValueError: They are not those that the arrays were made of.
    """
    name = f"sentences-{split}.npz"
    if not (arrays.folder(corpus) / name).exists():
        return
    if str(arrays.open_array(corpus, name)["sha256"]) != digest(sentences):
        raise ValueError(
            f"`corpus` must be what it was when it was prepared; the sentences of "
            f"{corpus!r} in {split} were changed since {name} was made of them: "
            f"delete {arrays.folder(corpus)}"
        )


def digest(sentences):
    """Returns the sha256 of the words and tags of some sentences, in order.

    Args:
        sentences: List of `Sentence`.
    """
    said = [[sentence.name, sentence.words, sentence.tags] for sentence in sentences]
    return hashlib.sha256(json.dumps(said).encode("ascii")).hexdigest()


def write_sentences(path, sentences, table):
    """Turns sentences into ids.

    Args:
        path: `pathlib.Path` of the archive to write.
        sentences: List of `Sentence`.
        table: `zoo.preprocess.characters.TaggerWords`.
    """
    words = words_of(sentences)
    parts = [
        table(tf.constant(words[begin : begin + BATCH]))
        for begin in range(0, len(words), BATCH)
    ]
    tags = [UPOS.index(tag) for sentence in sentences for tag in sentence.tags]
    lengths = [len(sentence.words) for sentence in sentences]
    with open(path, "wb") as file:
        np.savez(
            file,
            words=np.concatenate([part["words"] for part in parts]),
            characters=np.concatenate([part["characters"] for part in parts]),
            tags=np.array(tags, np.int32),
            starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            names=np.array([sentence.name for sentence in sentences]),
            sha256=digest(sentences),
        )
