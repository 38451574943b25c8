"""Words -> what a tagger reads of them: their ids and their characters' ids.

Hangul syllables are read as their jamo, as the Unicode Standard composes them (section
3.12, "Conjoining Jamo Behavior"); any other script as its characters.
"""

import numpy as np
import tensorflow as tf
import tensorflow_text as tf_text

from zoo.preprocess.words import Words
from zoo.tokens import END, FIRST_WORD, PAD, START, UNKNOWN

FIRST_SYLLABLE, LAST_SYLLABLE = 0xAC00, 0xD7A3
# The code points of the jamo: first consonants, vowels, last consonants. The first of
# the last means none.
FIRST_JAMO, VOWEL_JAMO, LAST_JAMO = 0x1100, 0x1161, 0x11A7
VOWELS, LASTS = 21, 28

EDGE = 8  # characters kept at either end of a word that has more than twice as many
LENGTH = 2 * EDGE + 2  # START and END stand around them


def decompose(code_points):
    """Takes Hangul syllables apart into jamo.

        syllable = 0xAC00 + (first * 21 + vowel) * 28 + last

    Args:
        code_points: Ragged int32 `[N, (characters)]`.

    Returns:
        Ragged int32 `[N, (characters)]`: two or three jamo in a syllable's place, what
        is no syllable as it was.
    """
    flat = code_points.flat_values
    hangul = (flat >= FIRST_SYLLABLE) & (flat <= LAST_SYLLABLE)
    place = flat - FIRST_SYLLABLE
    jamo = tf.stack(
        [
            FIRST_JAMO + place // (VOWELS * LASTS),
            VOWEL_JAMO + place % (VOWELS * LASTS) // LASTS,
            LAST_JAMO + place % LASTS,
        ],
        axis=1,
    )  # [characters, 3]
    alone = tf.stack([flat, tf.zeros_like(flat), tf.zeros_like(flat)], axis=1)
    parts = tf.where(hangul[:, None], jamo, alone)
    there = tf.where(
        hangul[:, None],
        tf.not_equal(parts, LAST_JAMO),
        tf.constant([[True, False, False]]),
    )
    counts = tf.reduce_sum(tf.cast(there, tf.int64), axis=1)  # [characters]
    before = tf.concat([[0], tf.cumsum(counts)], axis=0)
    return tf.RaggedTensor.from_row_splits(
        tf.boolean_mask(parts, there),
        tf.gather(before, tf.cast(code_points.row_splits, tf.int64)),
        validate=False,
    )


def spell(words):
    """Lists the characters of words, as a tagger reads them.

    Args:
        words: `[N]` strings.

    Returns:
        Ragged int32 code points `[N, (characters)]`, syllables taken apart.
    """
    whole = tf_text.normalize_utf8(words, "NFC")
    code_points = tf.strings.unicode_decode(
        whole, "UTF-8", errors="replace", replacement_char=0xFFFD
    )
    return decompose(code_points)


def key(words):
    """Writes words as the vocabulary has them: composed, and in small letters.

    Args:
        words: Strings of any shape.

    Returns:
        Strings of the same shape.
    """
    return tf.strings.lower(tf_text.normalize_utf8(words, "NFC"), encoding="utf-8")


def known(words, minimum_count):
    """Lists the characters of some words.

    Args:
        words: List of strings: the training words, never dev or test.
        minimum_count: Integer, the fewest times a character must occur.

    Returns:
        int32 `[characters]` code points, most frequent first, those of equal count in
        order.
    """
    points, counts = np.unique(
        spell(tf.constant(words)).flat_values, return_counts=True
    )
    often = counts >= minimum_count
    return points[often][np.argsort(-counts[often], kind="stable")]


class TaggerWords(tf.Module):
    """Words as a tagger reads them.

    The tables belong to the module, so that a SavedModel that tracks it carries them.

    Args:
        vocabulary: List of words in small letters, led by the four special tokens.
        characters: int32 `[characters]` code points.
    """

    def __init__(self, vocabulary, characters):
        super().__init__()
        self.words = Words(vocabulary)
        self.characters = FIRST_WORD + len(characters)  # how many ids there are
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.constant(characters, tf.int32),
                tf.range(FIRST_WORD, FIRST_WORD + len(characters)),
            ),
            default_value=UNKNOWN,
        )

    def __call__(self, words):
        """Turns words into ids.

        Args:
            words: Strings of any shape; empty ones are padding.

        Returns:
            Dictionary of `words`, int32 of the same shape, and `characters`, int32
            `[..., LENGTH]`: START, at most `EDGE` characters of the beginning and as
            many of the end, END, then PAD.
        """
        shape = tf.shape(words)
        flat = tf.reshape(words, [-1])  # [N]
        real = tf.not_equal(flat, "")
        ids = tf.where(real, self.words.table.lookup(key(flat)), PAD)
        spelt = self._edges(self.table.lookup(spell(flat)))  # [N, (characters)]
        start, end = (tf.fill([spelt.nrows(), 1], mark) for mark in (START, END))
        rows = tf.concat([start, spelt, end], axis=1)
        rows = rows.to_tensor(PAD, shape=[None, LENGTH])
        rows = tf.where(real[:, None], rows, PAD)  # [N, LENGTH]
        return {
            "words": tf.reshape(ids, shape),
            "characters": tf.reshape(rows, tf.concat([shape, [LENGTH]], axis=0)),
        }

    def _edges(self, rows):
        """Leaves out the middle of what is longer than two edges."""
        lengths = rows.row_lengths()  # [N]
        places = tf.ragged.range(lengths)  # [N, (characters)]
        row = places.value_rowids()
        left = tf.gather(lengths, row) - places.flat_values
        kept = (places.flat_values < EDGE) | (left <= EDGE)
        return tf.ragged.boolean_mask(rows, places.with_flat_values(kept))
