"""The client of a translator: sentences in, their translations out."""

import dataclasses

import numpy as np
import tensorflow as tf

from zoo.gallery.client import Client, alike, encoded

BATCH = 32  # sentences a call
EXPLAINED = 4  # sentences a call of `explain`: some 10 MB of attention each, at most


@dataclasses.dataclass(frozen=True)
class Translation:
    """What a model makes of a text.

    Attributes:
        text: The translation.
        score: Sum of the log-probabilities of its pieces, in nats, divided by the
            length penalty.
        truncated: Whether the source was too long, and its end was not read.
    """

    text: str
    score: float
    truncated: bool


@dataclasses.dataclass(frozen=True)
class Alignment:
    """How a translation came about, piece by piece.

    Attributes:
        translation: The translation, one given as it was read.
        source: The S pieces of the source, as they stood there.
        target: The T pieces of the translation; the last one, `</s>`, ends it.
        log_probabilities: Of each piece of the target, given those before, in nats.
        cross: `[L, H, T, S]` float array, how much the decoder looked at each piece of
            the source for each of the target; None for a model without attention.
        encoder: `[L, H, S, S]`, a Transformer's; None for others.
        decoder: `[L, H, T, T]`, a Transformer's: at place t, how much of the pieces
            before piece t it looked at, START the first of them; None for others.
        truncated: Whether the source was too long, and its end was not read.
    """

    translation: str
    source: list[str]
    target: list[str]
    log_probabilities: list[float]
    cross: np.ndarray | None
    encoder: np.ndarray | None
    decoder: np.ndarray | None
    truncated: bool


class Translator(Client):
    """A translator: lists of texts in. See `Client` for its arguments."""

    @property
    def attends(self):
        """Whether it looks at its source, so that there are maps to show."""
        return "cross_attention" in self.model.signatures["explain"]

    def warm_up(self):
        """Asks every signature once: the first call of each is slow."""
        self(["A dog.", ""])
        self.beam(["A dog.", ""])
        self.explain(["A dog.", ""])

    def __call__(self, texts):
        """Translates texts.

        Args:
            texts: List of strings; bytes are read as UTF-8, malformed or not.

        Returns:
            List of `Translation`.

        Raises:
            TypeError: `texts` is no list of texts.
        """
        texts = encoded("texts", texts)
        found = [None] * len(texts)
        for rows in alike([len(text) for text in texts], BATCH):
            batch = tf.constant([texts[row] for row in rows])
            answer = self.call("serving_default", text=batch)
            columns = ("translation", "score", "truncated")
            lists = [answer[column].tolist() for column in columns]
            for row, text, score, truncated in zip(rows, *lists, strict=True):
                found[row] = Translation(text.decode(), score, truncated)
        return found

    def beam(self, texts, width=5, length_penalty=None):
        """Lists the best translations of each text.

        Args:
            texts: As for a call.
            width: Integer from 1 to 32, hypotheses kept; 1 is greedy.
            length_penalty: Float from 0 to 2; None takes the one chosen on dev, for
                width 5 the one chosen with that width.

        Returns:
            For each text a list of `Translation`, best first.

        Raises:
            TypeError: `texts` is no list of texts.
            ValueError: An option is out of range.
        """
        if length_penalty is None:
            length_penalty = self.penalty(width)
        texts = encoded("texts", texts)
        found = [None] * len(texts)
        # What a call keeps grows with the hypotheses: fewer rows where they are many.
        batch = max(1, BATCH * 5 // max(width, 5))
        for rows in alike([len(text) for text in texts], batch):
            size = len(rows)
            answer = self.call(
                "beam",
                text=tf.constant([texts[row] for row in rows]),
                width=tf.fill([size], tf.constant(width, tf.int32)),
                length_penalty=tf.fill([size], tf.constant(length_penalty, tf.float32)),
            )
            columns = ("translations", "scores", "truncated")
            lists = [answer[column].tolist() for column in columns]
            for row, said, scores, truncated in zip(rows, *lists, strict=True):
                found[row] = [
                    Translation(text.decode(), score, truncated)
                    for text, score in zip(said, scores, strict=True)
                    if score > -1e8  # a spare place otherwise
                ]
        return found

    def explain(self, texts, translations=None):
        """Scores translations piece by piece, and shows where the model looked.

        Args:
            texts: As for a call.
            translations: List of strings, one a text, of which some 250 pieces are
                read; a blank one, or None for the list, stands for the model's own.

        Returns:
            List of `Alignment`.

        Raises:
            TypeError: One of them is no list of texts.
            ValueError: There are not as many translations as texts.
        """
        texts = encoded("texts", texts)
        if translations is None:
            translations = [""] * len(texts)
        given = encoded("translations", translations)
        if len(given) != len(texts):
            raise ValueError(
                "`translations` must be one a text. "
                f"Received: {len(given)} translations of {len(texts)} texts"
            )
        found = []
        for begin in range(0, len(texts), EXPLAINED):
            rows = slice(begin, begin + EXPLAINED)
            answer = self.call(
                "explain",
                text=tf.constant(texts[rows]),
                translation=tf.constant(given[rows]),
            )
            found += [_alignment(answer, row) for row in range(len(texts[rows]))]
        return found


def _alignment(answer, row):
    """Cuts one row of `explain`'s answer to its pieces."""
    source = [
        piece.decode("utf-8", "replace") for piece in answer["source_tokens"][row]
    ]
    while source and not source[-1]:  # a text's last piece always shows something
        source.pop()
    target = [piece.decode() for piece in answer["target_tokens"][row] if piece]
    sizes = {"source": len(source), "target": len(target)}
    maps = {}
    for name, seen, read in (
        ("cross", "target", "source"),
        ("encoder", "source", "source"),
        ("decoder", "target", "target"),
    ):
        weights = answer.get(f"{name}_attention")
        if weights is not None:
            weights = weights[row, :, :, : sizes[seen], : sizes[read]]
        maps[name] = weights
    return Alignment(
        translation=answer["translation"][row].decode(),
        source=source,
        target=target,
        log_probabilities=answer["target_logprobs"][row, : len(target)].tolist(),
        truncated=bool(answer["truncated"][row]),
        **maps,
    )


def spans(buckets):
    """Names the buckets of length of a card by the words of their sources.

    Args:
        buckets: The `by_length` of a card's `test`.

    >>> spans([{"words": 7}, {"words": 8}, {"words": None}])
    ['1–7', '8', '9 or more']
    """
    found, least = [], 1
    for bucket in buckets:
        most = bucket["words"]
        last = str(least) if most == least else f"{least}–{most}"
        found.append(f"{least} or more" if most is None else last)
        least = (most or 0) + 1
    return found
