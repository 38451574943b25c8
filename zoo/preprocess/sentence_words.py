"""Sentences -> words with their places, in graph ops.

A text is cut and never changed, so the pieces put together are the text again, and the
sums of their lengths are the places of the words. Each step is a regular expression
that writes a mark where it cuts; the marks stand for nothing and are taken out.

    blanks     He said:"don't!"  ->  He | said:"don't!"
    tokens     said:"don't!"     ->  said | : | " | don't | ! | "
    exceptions Mr.               ->  Mr.         what the treebank has otherwise
    edges      don't             ->  do | n't    clitics, full stops
    inside     15-year           ->  15 | - | year
"""

from typing import NamedTuple

import tensorflow as tf

from zoo.preprocess.conventions import LANGUAGES, MARK

MOST_BYTES = 10_000  # of a text; what comes after is not read
MOST_WORDS = 512  # of a text; those after are left out

CONTROL = r"[\x00-\x08\x0B-\x1F\x7F]"
BLANK = r"[\s\p{Z}\x{200B}\x{FEFF}]"


class Pieces(NamedTuple):
    """Texts cut into pieces, one text after another.

    Attributes:
        texts: `[N]` strings.
        rows: `[N]` int64, the text that each piece is of; never falls.
        whole: `[N]` boolean, whether a piece is cut no further.
    """

    texts: tf.Tensor
    rows: tf.Tensor
    whole: tf.Tensor

    def cut(self, marked, whole=None):
        """Cuts the pieces that are not whole.

        Args:
            marked: `[N]` strings, the pieces with a `MARK` wherever they are cut.
            whole: `[N]` boolean, the pieces whose parts are whole; None for those that
                are whole already.

        Returns:
            `Pieces`.
        """
        whole = self.whole if whole is None else whole
        parts = tf.strings.split(tf.where(self.whole, self.texts, marked), MARK)
        there = tf.not_equal(parts.flat_values, "")
        owners = tf.boolean_mask(parts.value_rowids(), there)
        return Pieces(
            tf.boolean_mask(parts.flat_values, there),
            tf.gather(self.rows, owners),
            tf.gather(whole, owners),
        )

    def matching(self, pattern):
        """Says which pieces a pattern fits, `[N]` boolean."""
        return tf.strings.regex_full_match(self.texts, pattern)

    def marked(self, pattern, rewrite):
        """Writes marks where a pattern fits, `[N]` strings."""
        return tf.strings.regex_replace(self.texts, pattern, rewrite)


class SentenceWords(tf.Module):
    """Cuts sentences into words, as a treebank does.

    The table belongs to the module, so that a SavedModel that tracks it carries it.

    Args:
        language: Key of `zoo.preprocess.conventions.LANGUAGES`.
        exceptions: Strings: tokens with a `MARK` wherever the treebank cuts them, for
            those that the rules would cut elsewhere; see `zoo.prepare.sentence_words`.
    """

    def __init__(self, language, exceptions=()):
        super().__init__()
        self.conventions = LANGUAGES[language]
        # No piece is empty, but neither may a table be.
        cut = tf.constant(["", *exceptions], tf.string)
        self.table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.strings.regex_replace(cut, MARK, ""), cut
            ),
            default_value="",
        )

    def __call__(self, texts):
        """Cuts sentences into words.

        Args:
            texts: `[B]` strings of any bytes.

        Returns:
            Three ragged `[B, (words)]`, at most `MOST_WORDS` a row: the words, whole
            UTF-8; where each begins and ends in its text, int32, in bytes. A word that
            `MOST_BYTES` touches is left out, since it may be cut in two.
        """
        pieces = self._spare(self.tokens(texts))
        for pattern in self.conventions.edges:
            pieces = pieces.cut(pieces.marked(f"^{pattern}$", rf"\1{MARK}\2"))
        pieces = self._spare(pieces)
        for pattern in self.conventions.inside:
            for _ in range(2):  # a letter between two hyphens is seen once a time
                pieces = pieces.cut(pieces.marked(pattern, rf"\1{MARK}\2{MARK}\3"))
        return place(texts, pieces)

    def tokens(self, texts):
        """Cuts texts into tokens, some of them blanks; no more than `MOST_BYTES`.

        Args:
            texts: `[B]` strings of any bytes.

        Returns:
            `Pieces`.
        """
        read = tf.strings.substr(texts, 0, MOST_BYTES)
        read = tf.strings.regex_replace(read, CONTROL, " ")  # a byte for a byte
        rows = tf.range(tf.size(texts, tf.int64))
        pieces = Pieces(read, rows, tf.zeros_like(rows, tf.bool))
        pieces = pieces.cut(pieces.marked(f"({BLANK}+)", rf"{MARK}\1{MARK}"))
        pieces = pieces._replace(whole=pieces.matching(f"{BLANK}*"))
        pieces = pieces.cut(
            pieces.marked(f"({self.conventions.runs})", rf"{MARK}\1{MARK}")
        )
        token = "|".join(self.conventions.tokens)
        return pieces.cut(pieces.marked(f"({token})", rf"\1{MARK}"))

    def _spare(self, pieces):
        """Cuts the exceptions as the table has them, and spares what is never cut."""
        exact = self.table.lookup(pieces.texts)  # [N]
        known = tf.not_equal(exact, "")
        spared = pieces.matching("|".join(self.conventions.whole))
        marked = tf.where(known, exact, pieces.texts)
        return pieces.cut(marked, pieces.whole | known | spared)


def place(texts, pieces):
    """Finds where pieces stand in their texts, and drops the blanks.

    Args:
        texts: `[B]` strings.
        pieces: `Pieces` of the first `MOST_BYTES` of each.

    Returns:
        As `SentenceWords` does.
    """
    count = tf.size(texts, tf.int64)
    lengths = tf.strings.length(pieces.texts)
    ends = tf.cumsum(lengths)  # [N], from the first text on
    read = tf.minimum(tf.strings.length(texts), MOST_BYTES)  # [B]
    before = tf.gather(tf.cumsum(read, exclusive=True), pieces.rows)  # [N]
    ends -= before
    shortened = tf.gather(tf.strings.length(texts) > MOST_BYTES, pieces.rows)
    kept = ~pieces.matching(f"{BLANK}*") & ~(shortened & (ends >= MOST_BYTES))
    words = tf.strings.unicode_transcode(
        tf.boolean_mask(pieces.texts, kept), "UTF-8", "UTF-8", errors="replace"
    )
    rows = tf.boolean_mask(pieces.rows, kept)
    return tuple(
        tf.RaggedTensor.from_value_rowids(values, rows, count)[:, :MOST_WORDS]
        for values in (
            words,
            tf.boolean_mask(ends - lengths, kept),
            tf.boolean_mask(ends, kept),
        )
    )
