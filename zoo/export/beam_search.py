"""Beam search with a model that reads a memory: captions, translations."""

import tensorflow as tf
from keras import ops, tree

from zoo import decode
from zoo.decode.beam import NEVER
from zoo.layers.transformer_decoder import GROWING
from zoo.tokens import END, PAD, START, UNKNOWN

WIDEST = 32  # hypotheses
LONGEST_PENALTY = 2.0
FORBIDDEN = (PAD, UNKNOWN, START)  # never written: they are no words


def best_of(table, score):
    """Chooses the search that did best on dev.

    Args:
        table: List of dictionaries of `width`, `length_penalty` and scores, some of
            them of width 5.
        score: Name of the score.

    Returns:
        The card's `dev`: the best width and penalty (of equals the narrowest), the best
        penalty of width 5, and the table that they were chosen from.
    """

    def rank(row):
        return row[score], -row["width"]

    best = max(table, key=rank)
    five = max((row for row in table if row["width"] == 5), key=rank)
    return {
        "width": best["width"],
        "length_penalty": best["length_penalty"],
        "length_penalty_beam5": five["length_penalty"],
        "table": table,
    }


class BeamSearch:
    """Searches for what a model would write, in graphs and when choosing on dev.

    Args:
        model: Has `encode`, `initial_state`, `decode` and `softmax` (see
            `zoo.models.writer`), and `vocabulary_size`.
        max_length: Positive integer, the most tokens of any answer, END included.
    """

    def __init__(self, model, max_length):
        self.model = model
        self.max_length = max_length

    def __call__(self, source, width, length_penalty, lengths=None):
        """Searches for the answers to a batch.

        Args:
            source: What the model encodes, `[B, ...]`.
            width: `[B]` int32, at least 1.
            length_penalty: `[B]` float32.
            lengths: `[B]` int32 from 1 to `max_length`: the most tokens of each row, of
                which the last one must be END. None for `max_length` tokens at most,
                with END or without.

        Returns:
            Pair of tokens `[B, K, T]` and scores `[B, K]`, best first, K the largest
            width.
        """
        widest = tf.maximum(tf.reduce_max(width), 1)
        # Caches begin with no place and grow. A graph that knew its rows would know
        # that too, and hold the loop to it: so the number is one that may yet change.
        rows = tf.compat.v1.placeholder_with_default(tf.shape(width)[0], [])
        longest = self.max_length
        if lengths is not None:
            longest = tf.maximum(tf.reduce_max(lengths), 1)
        memory = self.model.encode(source)
        first = self.model.initial_state(rows, GROWING, memory)
        memory = tree.map_structure(
            lambda leaf: ops.repeat(leaf, widest, axis=0), memory
        )  # hypotheses lie row by row: [B * K, ...]
        softmax, size = self.model.softmax(), self.model.vocabulary_size
        barred = NEVER * tf.reduce_sum(tf.one_hot(FORBIDDEN, size), 0)  # [V]
        but_end = NEVER * tf.one_hot(END, size, on_value=0.0, off_value=1.0)  # [V]

        def step(tokens, state):
            left, state = state["left"], state["model"]  # [B * K]
            logits, state, _ = self.model.decode(
                tokens[:, None], memory, state, softmax=softmax
            )
            log_probs = tf.nn.log_softmax(logits[:, 0]) + barred
            if lengths is not None:
                last = tf.cast(left <= 1, log_probs.dtype)  # [B * K]
                log_probs = log_probs + last[:, None] * but_end
            return log_probs, {"left": left - 1, "model": state}

        left = tf.fill([rows], self.max_length) if lengths is None else lengths
        return decode.beam(
            step,
            {"left": left, "model": first},
            rows,
            start=START,
            end=END,
            width=width,
            length_penalty=length_penalty,
            max_width=widest,
            max_length=longest,
        )
