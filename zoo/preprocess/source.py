"""A source text as ids; one too long is cut where a sentence or a word ends."""

import tensorflow as tf

from zoo.preprocess.pieces import MOST_BYTES
from zoo.tokens import PAD

WORD_BEGINS = r"(?s)[\s\x{A0}\x{3000}].*"
CLOSERS = r"[\"'\x{2019}\x{201D}\x{BB})\]]*\s*"  # what may stand after the full stop
SENTENCE_ENDS = r"(?s).*[.!?\x{2026}\x{3002}\x{FF01}\x{FF1F}]" + CLOSERS
# Who writes these leaves no blank after them.
WIDE_ENDS = r"(?s).*[\x{3002}\x{FF01}\x{FF1F}]" + CLOSERS
MOST_CLOSERS = 3  # pieces of their own


def read_source(pieces, texts, most):
    """Splits source texts, of each at most so many pieces.

    What is kept of a longer text ends with a sentence where that keeps half of what may
    be kept, else with a word, else between two characters.

    Args:
        pieces: `zoo.preprocess.pieces.Pieces` that cuts nothing itself.
        texts: `[B]` strings, of any bytes.
        most: Positive integer.

    Returns:
        Triple of ragged int32 ids and ragged strings, what stood there, both
        `[B, (pieces)]`, and `[B]` booleans, whether anything of the text was left out.
    """
    tokens, surfaces = pieces.split(texts)
    shown = surfaces[:, : most + 1].to_tensor("", shape=[None, most + 1])
    before, after = shown[:, :-1], shown[:, 1:]  # at the borders 1 to most
    word = tf.strings.regex_full_match(after, WORD_BEGINS)
    ended = tf.strings.regex_full_match(before, SENTENCE_ENDS)
    closing = tf.strings.regex_full_match(before, CLOSERS)
    for _ in range(MOST_CLOSERS):
        ended |= closing & tf.pad(ended[:, :-1], [[0, 0], [1, 0]])
    sentence = ended & (word | tf.strings.regex_full_match(before, WIDE_ENDS))
    borders = tf.range(1, most + 1)  # pieces kept
    whole = before != ""  # the bytes of a character show it at the last of them

    def last(places, least=1):
        return tf.reduce_max(tf.where(places & (borders >= least), borders, 0), axis=1)

    kept = last(sentence, (most + 1) // 2)
    for places in (word, whole):
        kept = tf.where(kept > 0, kept, last(places))
    lengths = tf.cast(tokens.row_lengths(), tf.int32)
    kept = tf.where(lengths > most, kept, lengths)
    real = tf.sequence_mask(kept, most)  # [B, most]
    truncated = (lengths > most) | (tf.strings.length(texts) > MOST_BYTES)
    ids = tokens[:, :most].to_tensor(PAD, shape=[None, most])
    return (
        tf.ragged.boolean_mask(ids, real),
        tf.ragged.boolean_mask(before, real),
        truncated,
    )
