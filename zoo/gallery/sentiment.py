"""The client of a sentiment classifier: texts in, verdicts out."""

import dataclasses

import numpy as np
import tensorflow as tf

from zoo.gallery.client import Client, alike, encoded

BATCH = 32  # texts a call: of 800 pieces each, some 200 MB
EXPLAINED = 2  # texts a call of `explain`, whose answer is 20 MB a text with attention


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a model says of a text.

    Attributes:
        label: `"positive"` or `"negative"`.
        positive: Its probability that the text is positive.
    """

    label: str
    positive: float


@dataclasses.dataclass(frozen=True)
class Word:
    """A word of a text, and what it did to the verdict.

    Attributes:
        text: The word as written, blanks before it included.
        positive: The verdict once the word is read.
        moved: How much the word moved it; the first moves it from the verdict on an
            empty text.
    """

    text: str
    positive: float
    moved: float


@dataclasses.dataclass(frozen=True)
class Reading:
    """How the verdict of a text came about, piece by piece.

    Attributes:
        tokens: The text's S pieces, as written; joined, the text that was read.
        prefix_positive: For each piece, the verdict on the text up to it.
        hidden: `[S, D]` float array, the encoder's states.
        attention: `[L, H, S, S]` float array, how much each piece (third axis) looked
            at each (last axis), by layer and head; None for a model without attention.
        empty: The verdict on an empty text, before the first piece is read.
    """

    tokens: list[str]
    prefix_positive: list[float]
    hidden: np.ndarray
    attention: np.ndarray | None
    empty: float = 0.5

    def words(self):
        """Puts the pieces together to words, which blanks part.

        Returns:
            List of `Word`.
        """
        texts, verdicts = [], []
        for token, positive in zip(self.tokens, self.prefix_positive, strict=True):
            if not texts or token[:1].isspace():
                texts.append("")
                verdicts.append(positive)
            texts[-1] += token
            verdicts[-1] = positive
        before = [self.empty, *verdicts]
        return [
            Word(text, positive, positive - last)
            for text, positive, last in zip(texts, verdicts, before, strict=False)
        ]


class Sentiment(Client):
    """A sentiment classifier: lists of texts in. See `Client` for its arguments."""

    def warm_up(self):
        """Asks every signature once: the first call of each is slow."""
        self(["a", ""])
        self.explain(["a", ""])

    def __call__(self, texts):
        """Judges texts.

        Args:
            texts: List of strings; bytes are read as UTF-8, malformed or not.

        Returns:
            List of `Verdict`.

        Raises:
            TypeError: `texts` is no list of strings.
        """
        texts = encoded("texts", texts)
        verdicts = [None] * len(texts)
        for rows in alike([len(text) for text in texts], BATCH):
            batch = tf.constant([texts[row] for row in rows])
            answer = self.call("serving_default", text=batch)
            pairs = zip(answer["label"], answer["positive"].tolist(), strict=True)
            for row, (label, positive) in zip(rows, pairs, strict=True):
                verdicts[row] = Verdict(label.decode(), positive)
        return verdicts

    def explain(self, texts):
        """Shows how the verdict on each text moves as it is read.

        Args:
            texts: As for a call.

        Returns:
            List of `Reading`.

        Raises:
            TypeError: `texts` is no list of strings.
        """
        texts, readings = encoded("texts", texts), []
        empty = self([""] * bool(texts))  # where each reading begins
        for begin in range(0, len(texts), EXPLAINED):
            batch = texts[begin : begin + EXPLAINED]
            answer = self.call("explain", text=tf.constant(batch))
            readings += [
                _reading(answer, row, empty[0].positive) for row in range(len(batch))
            ]
        return readings


def _reading(answer, row, empty):
    """Cuts one row of `explain`'s answer to its pieces."""
    tokens = [token.decode() for token in answer["tokens"][row]]
    while tokens and not tokens[-1]:  # a text's last piece always shows something
        tokens.pop()
    length = len(tokens)
    attention = answer.get("attention")
    if attention is not None:
        attention = attention[row, :, :, :length, :length]
    return Reading(
        tokens=tokens,
        prefix_positive=answer["prefix_positive"][row, :length].tolist(),
        hidden=answer["hidden"][row, :length],
        attention=attention,
        empty=empty,
    )
