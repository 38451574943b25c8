"""The client of a language model: a prompt in, what follows it out."""

import dataclasses

import numpy as np
import tensorflow as tf

from zoo.gallery.client import Client, encoded

BATCH = 8  # texts a call of `score` or `explain`


@dataclasses.dataclass(frozen=True)
class Score:
    """How well a model foresees a text.

    Attributes:
        nats_per_character: The mean of -log p over its characters, 0 where there are
            none; the fewer the better.
        characters: How many were scored: all, of a text up to 200,000.
        nats: Of each thousand characters, in their order, the sum.
    """

    nats_per_character: float
    characters: int
    nats: list[float] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Reading:
    """What a model holds and expects while it reads a text of T characters.

    Attributes:
        characters: The T characters.
        hidden: `[T, L, D]` float array, the hidden states after each character, layer
            by layer; None for an n-gram.
        cell: `[T, L, D]` float array, the cells alike; None but for an LSTM.
        top_characters: For each place, the five likeliest characters to follow it.
        top_probabilities: Their probabilities.
    """

    characters: list[str]
    hidden: np.ndarray | None
    cell: np.ndarray | None
    top_characters: list[list[str]]
    top_probabilities: list[list[float]]


class Writer(Client):
    """A language model: lists of texts in. See `Client` for its arguments."""

    def warm_up(self):
        """Asks every signature once: the first call of each is slow."""
        self([""], length=1)
        self.score([""])
        self.explain([""])

    def __call__(self, prompts, length=200, temperature=1.0, top_k=0, seed=0):
        """Goes on from prompts.

        Each option is one value for all prompts, or a list of one a prompt. The same
        seed writes the same text, alone or in any batch, whole or in parts: what 50
        characters and then 50 more to the prompt and these give is what 100 give, as
        long as both are read whole. (A batch of another size may round its last bits
        otherwise, which turns a draw that falls on the very border of two characters.)

        Args:
            prompts: List of texts; of a long one, its last 1,000 characters are read.
            length: Integer from 1 to 10,000, how many characters to write.
            temperature: Float from 0 to 2; 1 draws from the model's own distribution,
                0 always takes the likeliest character.
            top_k: Integer from 0 to the number of ids, among how many of the likeliest
                to draw; 0 for all.
            seed: Integer of 64 bits.

        Returns:
            List of texts, without the prompts.

        Raises:
            TypeError: `prompts` is no list of texts.
            ValueError: An option is out of range; the message says which and why.
        """
        rows = len(prompts)
        answer = self.call(
            "serving_default",
            prompt=tf.constant(encoded("prompts", prompts), tf.string),
            length=_option("length", length, rows, np.int32),
            temperature=_option("temperature", temperature, rows, np.float32),
            top_k=_option("top_k", top_k, rows, np.int32),
            seed=_option("seed", seed, rows, np.int64),
        )
        return [text.decode() for text in answer["text"].tolist()]

    def score(self, texts):
        """Measures how well the model foresees texts.

        Args:
            texts: List of texts; of a long one, its first 200,000 characters count.

        Returns:
            List of `Score`.

        Raises:
            TypeError: `texts` is no list of texts.
        """
        scores = []
        for answer in self._answers("score", texts):
            columns = ("nats_per_character", "characters", "nats")
            scores += [
                Score(float(each), int(count), nats[: -(-count // 1000)].tolist())
                for each, count, nats in zip(
                    *(answer[column] for column in columns), strict=True
                )
            ]
        return scores

    def explain(self, texts):
        """Reads texts and looks inside.

        Args:
            texts: List of texts; of a long one, its first 2,000 characters are read.

        Returns:
            List of `Reading`.

        Raises:
            TypeError: `texts` is no list of texts.
        """
        return [
            _reading(answer, row)
            for answer in self._answers("explain", texts)
            for row in range(len(answer["characters"]))
        ]

    def _answers(self, signature, texts):
        """Yields what a signature says of texts, some of them a call."""
        texts = encoded("texts", texts)
        for begin in range(0, len(texts), BATCH):
            yield self.call(signature, text=tf.constant(texts[begin : begin + BATCH]))


def _reading(answer, row):
    """Cuts one row of `explain`'s answer to its characters."""
    characters = [spelt.decode() for spelt in answer["characters"][row] if spelt]
    length = len(characters)
    inside = {
        name: answer[name][row, :length] if name in answer else None
        for name in ("hidden", "cell")
    }
    listed = answer["top_characters"][row, :length].tolist()
    return Reading(
        characters=characters,
        top_characters=[[spelt.decode() for spelt in place] for place in listed],
        top_probabilities=answer["top_probabilities"][row, :length].tolist(),
        **inside,
    )


def _option(name, value, rows, dtype):
    """Makes `[B]` of one value for all rows, or of one a row."""
    values = np.asarray(value)
    if values.shape not in ((), (rows,)):
        raise ValueError(
            f"`{name}` must be one number or one a row. "
            f"Received: {name} of shape {values.shape} for {rows} rows"
        )
    kind = np.issubdtype(values.dtype, np.integer)
    bounds = None if np.issubdtype(dtype, np.floating) else np.iinfo(dtype)
    if bounds and values.size:
        if not kind:
            raise TypeError(f"`{name}` must be an integer. Received: {name}={value!r}")
        if values.min() < bounds.min or values.max() > bounds.max:
            raise ValueError(
                f"`{name}` must be an integer of {bounds.bits} bits. "
                f"Received: {name}={value!r}"
            )
    return tf.constant(np.broadcast_to(values, (rows,)).astype(dtype))
