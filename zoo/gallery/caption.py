"""The client of a captioner: pictures in, captions out."""

import dataclasses

import numpy as np
import tensorflow as tf

from zoo.corpora.pictures import check
from zoo.gallery.client import ROW, Client


@dataclasses.dataclass(frozen=True)
class Explanation:
    """How a caption came about, word by word.

    Attributes:
        words: The caption's T words.
        probabilities: The model's probability of each word, given those before.
        top_words: For each place, the five likeliest words; `[END]` ends a caption.
        top_probabilities: Their probabilities.
        attention: `[T, 7, 7]` float array, where the model looked for each word (sums
            to 1); None for a model without attention.
    """

    words: list[str]
    probabilities: list[float]
    top_words: list[list[str]]
    top_probabilities: list[list[float]]
    attention: np.ndarray | None


class Captioner(Client):
    """A captioner: lists of encoded pictures in. See `Client` for its arguments."""

    def warm_up(self):
        """Asks every signature once: the first call of each is slow."""
        grey = tf.io.encode_png(tf.fill([8, 8, 3], tf.constant(127, tf.uint8))).numpy()
        self([grey])
        self.beam([grey])
        self.explain([grey])

    def __call__(self, pictures):
        """Captions pictures.

        Args:
            pictures: List of JPEG, PNG or GIF files, as bytes.

        Returns:
            List of captions.

        Raises:
            TypeError: `pictures` is no list of bytes.
            ValueError: A picture cannot be read; the message says which and why.
        """
        answer = self._ask("serving_default", pictures)
        return [caption.decode() for caption in answer["caption"].tolist()]

    def beam(self, pictures, width=5, length_penalty=None):
        """Lists the best captions of each picture.

        Args:
            pictures: List of encoded pictures, as bytes.
            width: Integer from 1 to 32, hypotheses kept; 1 is greedy.
            length_penalty: Float from 0 to 2; None takes the one chosen on dev, for
                width 5 the one chosen with that width.

        Returns:
            For each picture a list of `(caption, score)`, best first.

        Raises:
            ValueError: A picture cannot be read, or an option is out of range.
        """
        if length_penalty is None:
            length_penalty = self.penalty(width)
        rows = len(pictures)
        answer = self._ask(
            "beam",
            pictures,
            width=tf.fill([rows], tf.constant(width, tf.int32)),
            length_penalty=tf.fill([rows], tf.constant(length_penalty, tf.float32)),
        )
        return [
            [
                (caption.decode(), score)
                for caption, score in zip(captions, scores, strict=True)
                if score > -1e8  # a spare place otherwise
            ]
            for captions, scores in zip(
                answer["captions"].tolist(), answer["scores"].tolist(), strict=True
            )
        ]

    def explain(self, pictures):
        """Explains the caption of each picture word by word.

        Args:
            pictures: List of encoded pictures, as bytes.

        Returns:
            List of `Explanation`.

        Raises:
            ValueError: A picture cannot be read.
        """
        answer = self._ask("explain", pictures)
        return [_explanation(answer, row) for row in range(len(pictures))]

    def _ask(self, signature, pictures, **options):
        if isinstance(pictures, bytes | str):
            raise TypeError(
                "`pictures` must be a list of encoded pictures. "
                f"Received: one {type(pictures).__name__}; write [picture]"
            )
        for row, picture in enumerate(pictures):
            if not isinstance(picture, bytes):
                raise TypeError(
                    "`pictures` must hold the bytes of JPEG, PNG or GIF files. "
                    f"Received: pictures[{row}] of type {type(picture).__name__}"
                )
            try:
                check(picture)
            except ValueError as error:
                raise ValueError(f"picture {row + 1}: {error}") from error
        batch = tf.constant(list(pictures), tf.string, shape=[len(pictures)])
        return self.call(signature, image_bytes=batch, **options)

    def sentence(self, message):
        """Turns what TensorFlow says of a bad picture into a sentence."""
        found = ROW.search(message)
        if found is None:
            return "a picture is damaged or of an unknown kind"
        return f"picture {int(found[1]) + 1}: " + found[2].rstrip("]'\"")


def _explanation(answer, row):
    """Cuts one row of `explain`'s answer to its words."""
    words = [word.decode() for word in answer["words"][row].tolist() if word]
    length = len(words)
    listed = answer["top_words"][row, :length].tolist()
    attention = answer.get("attention")
    return Explanation(
        words=words,
        probabilities=answer["probabilities"][row, :length].tolist(),
        top_words=[[word.decode() for word in place] for place in listed],
        top_probabilities=answer["top_probabilities"][row, :length].tolist(),
        attention=None if attention is None else attention[row, :length],
    )
