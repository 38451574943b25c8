"""What the clients of all tasks share: an artefact opened, and a signature called."""

import functools
import logging
import re

import tensorflow as tf

from zoo import artefact

ROW = re.compile(r"row (\d+): (.*)")  # how the artefacts name a bad row

log = logging.getLogger(__name__)


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


def encoded(name, texts):
    """Returns texts as bytes.

    Args:
        name: Of the argument, for the error.
        texts: List of strings or bytes.

    Returns:
        List of bytes. Half of a surrogate pair, which UTF-8 cannot hold, becomes
        bytes that the models read as malformed.

    Raises:
        TypeError: It is one text, or holds something else.
    """
    if isinstance(texts, bytes | str):
        raise TypeError(
            f"`{name}` must be a list of texts. "
            f"Received: one {type(texts).__name__}; write [text]"
        )
    texts = list(texts)  # a generator is read once
    for row, text in enumerate(texts):
        if not isinstance(text, bytes | str):
            raise TypeError(
                f"`{name}` must hold texts. "
                f"Received: {name}[{row}] of type {type(text).__name__}"
            )
    return [
        text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        for text in texts
    ]


def alike(lengths, batch):
    """Yields rows of like length, as many as share a call: little padding is read.

    Args:
        lengths: List of integers, a row each.
        batch: Integer, the most rows of a call.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    for begin in range(0, len(order), batch):
        yield order[begin : begin + batch]


class Client:
    """A model from its SavedModel; each task's client adds a method a signature.

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

    def predictions(self):
        """Returns what it said of the test split, a list of dictionaries."""
        return artefact.read_predictions(self.folder)

    def call(self, signature, **inputs):
        """Calls a signature.

        Args:
            signature: Its name.
            **inputs: Tensors by the names of the signature's inputs.

        Returns:
            Dictionary of NumPy arrays by the names of its outputs.

        Raises:
            ValueError: An input is refused; the message says which row and why.
        """
        try:
            answer = self._signatures[signature](**inputs)
        except tf.errors.InvalidArgumentError as error:
            raise ValueError(self.sentence(str(error.message))) from error
        return {key: value.numpy() for key, value in answer.items()}

    def sentence(self, message):
        """Turns what TensorFlow says of a bad input into a sentence.

        Args:
            message: TensorFlow's own.
        """
        found = ROW.search(message)
        if found is None:
            return message
        return f"row {int(found[1]) + 1}: " + found[2].rstrip("]'\"")
