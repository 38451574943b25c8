"""Captions <-> word ids, in graph ops."""

import collections

import tensorflow as tf
import tensorflow_text as tf_text

from zoo.tokens import END, FIRST_WORD, PAD, START, UNKNOWN

SPECIAL = ("[PAD]", "[UNKNOWN]", "[START]", "[END]")


def split(captions):
    """Splits captions into lower-case words; punctuation separates and is dropped.

    An apostrophe stays inside a word ("man's") and goes elsewhere. Malformed UTF-8
    becomes U+FFFD, which is dropped with the punctuation.

    Args:
        captions: `[B]` strings.

    Returns:
        Ragged strings `[B, (words)]`.
    """
    text = tf.strings.unicode_transcode(
        captions,
        "UTF-8",
        "UTF-8",
        errors="replace",
        replace_control_characters=True,  # a NUL would end the text
    )
    text = tf.strings.lower(tf_text.normalize_utf8(text, "NFKC"), encoding="utf-8")
    text = tf.strings.regex_replace(text, "[\u2018\u2019\u02bc]", "'")
    text = tf.strings.regex_replace(text, r"[^\p{L}\p{M}\p{N}']+", " ")
    words = tf.strings.split(text)
    flat = tf.strings.regex_replace(words.flat_values, "^'+|'+$", "")
    words = words.with_flat_values(flat)
    spoken = tf.strings.regex_full_match(flat, r".*[\p{L}\p{N}].*")
    return tf.ragged.boolean_mask(words, words.with_flat_values(spoken))


def build_vocabulary(captions, minimum_count):
    """Lists the words of some captions, most frequent first.

    Args:
        captions: List of strings: the training captions, never dev or test.
        minimum_count: Integer, the fewest times a word must occur.

    Returns:
        List of words, led by the four special tokens, so that a word's id is its
        place. Words of equal count are in alphabetical order.

    Raises:
        ValueError: No word occurs often enough.
    """
    words = split(tf.constant(captions)).flat_values.numpy()
    counts = collections.Counter(word.decode() for word in words)
    kept = [word for word, count in counts.items() if count >= minimum_count]
    if not kept:
        raise ValueError(
            "`minimum_count` must leave at least one word. "
            f"Received: minimum_count={minimum_count} with {len(counts)} words"
        )
    return [*SPECIAL, *sorted(kept, key=lambda word: (-counts[word], word))]


class Words(tf.Module):
    """A fixed vocabulary, both ways.

    The tables belong to the module, so that a SavedModel that tracks it carries them.

    Args:
        vocabulary: List of words whose first four are `SPECIAL`.

    Raises:
        ValueError: The special tokens are missing.
    """

    def __init__(self, vocabulary):
        super().__init__()
        if tuple(vocabulary[:FIRST_WORD]) != SPECIAL:
            raise ValueError(
                f"`vocabulary` must begin with {SPECIAL}. "
                f"Received: vocabulary={vocabulary[:FIRST_WORD]}..."
            )
        self.size = len(vocabulary)
        self.words = tf.constant(["", *vocabulary[1:]])  # PAD reads as nothing
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.constant(vocabulary[FIRST_WORD:]),
                tf.range(FIRST_WORD, len(vocabulary)),
            ),
            default_value=UNKNOWN,
        )

    def tokenize(self, captions, max_length):
        """Turns captions into ids.

        A caption too long loses its last words, and its end mark with them: the
        model must not learn that it ended there.

        Args:
            captions: `[B]` strings.
            max_length: Integer, the most ids a caption keeps, end mark included.

        Returns:
            `[B, max_length + 1]` int32: START, the words, END, then PAD.
        """
        ids = self.table.lookup(split(captions))  # [B, (words)]
        start = tf.fill([ids.nrows(), 1], START)
        end = tf.fill([ids.nrows(), 1], END)
        ids = tf.concat([start, ids, end], axis=1)  # [B, (words + 2)]
        return ids.to_tensor(PAD, shape=[None, max_length + 1])

    def detokenize(self, tokens):
        """Turns ids into captions.

        Args:
            tokens: `[..., T]` int32; what stands after END must be PAD.

        Returns:
            `[...]` strings, words joined by a blank.
        """
        words = self.spell(tokens)  # [..., T]
        return tf.strings.strip(tf.strings.reduce_join(words, axis=-1, separator=" "))

    def spell(self, tokens):
        """Looks ids up one by one: PAD and END become the empty string.

        Args:
            tokens: Integers of any shape.

        Returns:
            Strings of the same shape.
        """
        silent = tf.equal(tokens, END) | tf.equal(tokens, START)
        return tf.gather(self.words, tf.where(silent, PAD, tokens))
