"""Models without a network, and searches without a tensor, to test the decoders."""

import itertools

import numpy as np
from keras import ops

from zoo.tokens import END, PAD, START

ALPHABET = ".?<>abcdefghijklmnopqrstuvwxyz"
"""One letter a token: PAD, UNKNOWN, START, END, then the letters."""

ENDS = {"start": START, "end": END}
"""The ids that every call of a decoder needs."""


def read(tokens):
    """Spells tokens, padding left out."""
    return "".join(ALPHABET[token] for token in tokens).rstrip(ALPHABET[PAD])


class Speller:
    """Each row spells its own known word, then END, with probability `sure` a letter.

    After the end it would say "z" for ever, so that a decoder that does not stop shows.
    """

    def __init__(self, words, length, sure=0.9):
        tokens = np.full((len(words), length + 1), ALPHABET.index("z"))
        for row, word in enumerate(words):
            tokens[row, : len(word) + 1] = [*map(ALPHABET.index, word), END]
        rest = (1 - sure) / (len(ALPHABET) - 1)
        chosen = np.eye(len(ALPHABET))[tokens]
        log_probs = np.log(chosen * sure + (1 - chosen) * rest)
        self.log_probs = log_probs.astype("float32")  # [B, length + 1, V]
        self.calls = 0

    def state(self):
        rows = len(self.log_probs)
        return {
            "spelling": ops.convert_to_tensor(self.log_probs),
            "time": ops.zeros((rows,), dtype="int32"),
        }

    def step(self, tokens, state):
        self.calls += 1
        time = state["time"]
        here = ops.take_along_axis(state["spelling"], time[:, None, None], axis=1)
        return here[:, 0], {"spelling": state["spelling"], "time": time + 1}


class Remembering:
    """A random distribution for every row and every beginning of a hypothesis.

    The state records the whole past, as a number in base V + 1, so the probabilities
    of a hypothesis are right only where its state stayed with it. `markov` makes
    them depend on the last token alone. `length` is the most tokens there can be.
    """

    def __init__(self, rows, vocabulary, length, seed, markov=False):
        self.base, self.length, self.markov = vocabulary + 1, length, markov
        logits = np.random.default_rng(seed).normal(
            0.0, 1.5, (rows, self.base**length, vocabulary)
        )
        log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        self.table = log_probs.astype("float32")  # [B, pasts, V]
        self.vocabulary = vocabulary

    def state(self, rows=None):
        """The state of some rows of the table (default: all), an int tensor [B]."""
        rows = np.arange(len(self.table)) if rows is None else rows
        rows = ops.cast(ops.convert_to_tensor(rows), "int32")
        return {"row": rows, "past": (ops.zeros_like(rows), [ops.zeros_like(rows)])}

    def step(self, tokens, state):
        past, (time,) = state["past"]
        past = ops.zeros_like(past) if self.markov else past * self.base
        past = ops.where(time == 0, 0, past + tokens + 1) % self.table.shape[1]
        flat = ops.reshape(ops.convert_to_tensor(self.table), (-1, self.vocabulary))
        log_probs = ops.take(flat, state["row"] * self.table.shape[1] + past, axis=0)
        return log_probs, {"row": state["row"], "past": (past, [time + 1])}

    def after(self, row, beginning):
        """The log-probabilities [V] that follow a beginning; plain numpy."""
        past = 0
        for token in beginning:
            past = (0 if self.markov else past * self.base) + token + 1
        return self.table[row, past].astype("float64")

    def score(self, row, tokens, length_penalty):
        """The normalised score of a hypothesis without padding."""
        total = sum(
            self.after(row, tokens[:place])[token] for place, token in enumerate(tokens)
        )
        return total / ((5 + len(tokens)) / 6) ** length_penalty

    def padded(self, tokens):
        return [*tokens, *[PAD] * (self.length - len(tokens))]


def unpad(tokens):
    """A hypothesis up to its END; all of it where it has none."""
    tokens = [int(token) for token in tokens]
    return tokens[: tokens.index(END) + 1] if END in tokens else tokens


def greedy_by_hand(model, row):
    tokens = []
    while len(tokens) < model.length and END not in tokens:
        tokens.append(int(np.argmax(model.after(row, tokens))))
    return tokens


def all_hypotheses(model, row, length_penalty):
    """Every sequence, ended or cut at the length: (score, tokens), best first."""
    every = {
        tuple(unpad(tokens))
        for tokens in itertools.product(range(model.vocabulary), repeat=model.length)
    }
    scored = [(model.score(row, tokens, length_penalty), tokens) for tokens in every]
    return sorted(scored, reverse=True)


def beam_by_hand(model, row, width, length_penalty):
    """A beam search over Python lists: (score, tokens), best first."""
    beam = [()]
    for _ in range(model.length):
        longer = []
        for tokens in beam:
            ended = END in tokens
            more = [()] if ended else [(token,) for token in range(model.vocabulary)]
            longer += [tokens + extra for extra in more]
        longer.sort(key=lambda tokens: -model.score(row, tokens, length_penalty))
        beam = longer[:width]
    return [(model.score(row, tokens, length_penalty), tokens) for tokens in beam]
