"""Tagged sentences -> arrays on disk.

Under `build/prepared/<corpus>/`:

    sentences-<split>.npz   words int32 [N], characters int32 [N, C], tags int32
                            [N, 2], starts int64 [P + 1], names [P], sha256
    vocabulary.txt          a word a line; the line's number is the word's id
    characters.npy          int32 code points; the first has id 4
    fine-tags.npy           strings: the treebank's own tags that are learnt beside
    exceptions-<code>.npy   strings: what the rules for a language cut wrongly, see
                            `zoo.prepare.tag_exceptions`

N words of P sentences, one sentence after another: sentence p has the words from
`starts[p]` to `starts[p + 1]`. C characters a word, jamo for Hangul. The first tag is
a place in `zoo.corpora.sentences.UPOS`, the second one in `fine-tags.npy`; -1 is none.
"""

import functools
import hashlib
import json
import logging

import numpy as np
import tensorflow as tf

from zoo import arrays
from zoo.corpora import catalogue
from zoo.corpora.sentences import NOT_TAGGED, UPOS
from zoo.prepare import tag_exceptions
from zoo.preprocess import characters
from zoo.preprocess.conventions import LANGUAGES
from zoo.preprocess.words import SPECIAL

FINE_COUNT = 20  # a finer tag seen less often is not learnt
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
        name = f"sentences-{split}.npz"
        arrays.check_made_of(corpus, name, digest(sentences[split]))
    write_lists(arrays.folder(corpus), sentences["train"])
    table = open_words(corpus)
    for split in arrays.SPLITS:
        path = arrays.folder(corpus) / f"sentences-{split}.npz"
        if not path.exists():
            with arrays.replacing(path) as partial:
                fine = arrays.open_array(corpus, "fine-tags.npy").tolist()
                write_sentences(partial, sentences[split], table, fine)
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

    Raises:
        ValueError: No word occurs often enough.
    """
    keys = characters.key(tf.constant(words)).numpy()
    known, counts = np.unique(keys, return_counts=True)
    kept = [
        (-int(count), word.decode())
        for word, count in zip(known, counts, strict=True)
        if count >= MINIMUM_COUNT
    ]
    if not kept:
        raise ValueError(
            f"`corpus` must have words that occur {MINIMUM_COUNT} times or more in "
            f"train. Received: {len(words)} words that all differ"
        )
    return [*SPECIAL, *(word for _, word in sorted(kept))]


def write_lists(folder, sentences):
    """Writes what is known of the training sentences, where it is not there yet.

    Args:
        folder: `pathlib.Path` of the corpus's arrays.
        sentences: List of `Sentence`.
    """
    words = words_of(sentences)
    vocabulary = folder / "vocabulary.txt"
    if not vocabulary.exists():
        known = build_vocabulary(words)
        with arrays.replacing(vocabulary) as partial:
            partial.write_text("".join(f"{word}\n" for word in known), "utf-8")
        log.info("%s: %d words", vocabulary, len(known))
    lists = {
        "characters": lambda: characters.known(words, MINIMUM_COUNT),
        "fine-tags": lambda: fine_tags(sentences),
        **{
            f"exceptions-{code}": functools.partial(
                tag_exceptions.learn, sentences, code
            )
            for code in LANGUAGES
        },
    }
    for name, make in lists.items():
        path = folder / f"{name}.npy"
        if not path.exists():
            with arrays.replacing(path) as partial, open(partial, "wb") as file:
                np.save(file, make())


def fine_tags(sentences):
    """Lists the treebank's own tags that are frequent enough to be learnt.

    Args:
        sentences: List of `Sentence`.

    Returns:
        `[tags]` strings, in alphabetical order.
    """
    tags = [tag for sentence in sentences for tag in sentence.fine_tags]
    known, counts = np.unique(np.array(tags, str), return_counts=True)
    return known[(counts >= FINE_COUNT) & (known != NOT_TAGGED)]


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


def digest(sentences):
    """Returns the sha256 of the words and tags of some sentences, in order.

    Args:
        sentences: List of `Sentence`.
    """
    said = [
        [sentence.name, sentence.words, sentence.tags, sentence.fine_tags]
        for sentence in sentences
    ]
    return hashlib.sha256(json.dumps(said).encode("ascii")).hexdigest()


def write_sentences(path, sentences, table, fine):
    """Turns sentences into ids.

    Args:
        path: `pathlib.Path` of the archive to write.
        sentences: List of `Sentence`.
        table: `zoo.preprocess.characters.TaggerWords`.
        fine: List of the finer tags that are learnt.
    """
    words = words_of(sentences)
    parts = [
        table(tf.constant(words[begin : begin + BATCH]))
        for begin in range(0, len(words), BATCH)
    ]
    places = {tag: place for place, tag in enumerate(fine)}
    tags = [
        (UPOS.index(tag), places.get(finer, -1))
        for sentence in sentences
        for tag, finer in zip(sentence.tags, sentence.fine_tags, strict=True)
    ]
    lengths = [len(sentence.words) for sentence in sentences]
    with open(path, "wb") as file:
        np.savez(
            file,
            words=np.concatenate([part["words"] for part in parts]),
            characters=np.concatenate([part["characters"] for part in parts]),
            tags=np.array(tags, np.int32),  # [N, 2]
            starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            names=np.array([sentence.name for sentence in sentences]),
            sha256=digest(sentences),
        )
