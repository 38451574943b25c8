"""Opens shipped models by name; one method a signature.

>>> from zoo import gallery
>>> captioner = gallery.load("caption-gru")     # doctest: +SKIP
>>> captioner([open("dog.jpg", "rb").read()])   # doctest: +SKIP
['a dog runs through the grass']
"""

import dataclasses
import functools
import logging
import re

import numpy as np
import tensorflow as tf

from zoo import artefact, recipes
from zoo.artefact import Damaged, NotFound
from zoo.corpora.pictures import check

__all__ = [
    "Captioner",
    "Damaged",
    "Explanation",
    "NotFound",
    "device",
    "expected",
    "load",
    "names",
]

log = logging.getLogger(__name__)


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


def expected(task="caption"):
    """Lists the models that a complete clone has for a task.

    Args:
        task: For example `"caption"`.

    Returns:
        List of names, in the order of the recipes.
    """
    return [recipe.name for recipe in recipes.of_task(task)]


def names(task="caption"):
    """Lists the models there are for a task: those expected, then one's own.

    Args:
        task: For example `"caption"`.

    Returns:
        List of names.
    """
    there = artefact.names()
    own = [name for name in there if name.startswith(f"{task}-")]
    shipped = expected(task)
    return [name for name in shipped if name in there] + [
        name for name in own if name not in recipes.RECIPES
    ]


def load(name, version=None):
    """Opens a model.

    Args:
        name: Recipe name.
        version: Integer, or None for the newest.

    Returns:
        The client of its task, for a captioner a `Captioner`.

    Raises:
        NotFound: There is no such model; the message says how to make it.
        Damaged: Its files are not those that were written.
    """
    return Captioner(name, artefact.locate(name, version))


@functools.cache
def device():
    """Names what the models run on, and keeps a GPU's memory for those who need it.

    Returns:
        `"CPU"`, or `"GPU: "` and the name of the first one TensorFlow sees.
    """
    found = tf.config.list_physical_devices("GPU")
    for gpu in found:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:  # in use already, by a notebook perhaps
            log.warning("%s is in use: its memory cannot be shared now", gpu.name)
    if not found:
        return "CPU"
    details = tf.config.experimental.get_device_details(found[0])
    return f"GPU: {details.get('device_name', found[0].name)}"


class Captioner:
    """A captioner from its SavedModel: lists of encoded pictures in.

    Args:
        name: Recipe name.
        folder: `pathlib.Path` of the artefact's version.
    """

    def __init__(self, name, folder):
        device()  # memory growth must be set before the first tensor
        self.name = name
        self.folder = folder
        self._model = artefact.open_model(folder)  # keeps variables and tables alive
        self.card = artefact.read_card(folder)
        self._signatures = self._model.signatures

    def warm_up(self):
        """Asks every signature once: the first call of each is slow."""
        grey = tf.io.encode_png(tf.fill([8, 8, 3], tf.constant(127, tf.uint8))).numpy()
        self([grey])
        self.beam([grey])
        self.explain([grey])

    def predictions(self):
        """Returns what it said of the test pictures, a list of dictionaries."""
        return artefact.read_predictions(self.folder)

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
            chosen = "length_penalty_beam5" if width == 5 else "length_penalty"
            length_penalty = self.card["dev"][chosen]
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
        try:
            answer = self._signatures[signature](image_bytes=batch, **options)
        except tf.errors.InvalidArgumentError as error:
            raise ValueError(_sentence(error)) from error
        return {key: value.numpy() for key, value in answer.items()}


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


def _sentence(error):
    """The part of a TensorFlow error that a person can use."""
    found = re.search(r"row (\d+): (.*)", str(error.message))
    if found is None:
        return "a picture is damaged or of an unknown kind"
    return f"picture {int(found[1]) + 1}: " + found[2].rstrip("]'\"")
