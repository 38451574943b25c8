"""A model opened in this process, from its SavedModel."""

import functools
import hashlib
import logging

import tensorflow as tf

from zoo import artefact
from zoo.gallery.errors import InvalidInput

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


def edition_of(folder):
    """Returns a text that is another one for every version and for changed files.

    Args:
        folder: `pathlib.Path` of a version.

    Raises:
        Damaged: It has no sums.
    """
    try:
        sums = (folder / artefact.SUMS).read_bytes()
    except OSError as error:
        raise artefact.Damaged(f"{folder / artefact.SUMS} cannot be read") from error
    return f"{folder.name} {hashlib.sha256(sums).hexdigest()[:16]}"


class LocalModel:
    """A model in this process.

    Args:
        folder: `pathlib.Path` of the artefact's version.

    Attributes:
        folder: The same.
        where: What it runs on.
        card: Dictionary, its card.
        signatures: Dictionary of the names of outputs by the name of a signature.

    Raises:
        Damaged: Its files are not those that were written.
    """

    def __init__(self, folder):
        self.where = device()  # memory growth must be set before the first tensor
        self.folder = folder
        self._edition = edition_of(folder)
        self._model = artefact.open_model(folder)  # keeps variables and tables alive
        self.card = artefact.read_card(folder)
        self._functions = self._model.signatures
        self.signatures = {
            name: set(function.structured_outputs)
            for name, function in self._functions.items()
        }

    def edition(self):
        """Returns the version's number and a digest of its files."""
        return self._edition

    def successor(self):
        """Returns the edition that opening it again would have; None if this one.

        Raises:
            NotFound: There is none any more.
            Damaged: It has no sums.
        """
        newest = edition_of(artefact.locate(self.folder.parent.name))
        return None if newest == self._edition else newest

    def call(self, signature, inputs):
        """Calls a signature.

        Args:
            signature: Its name.
            inputs: Dictionary of tensors by the names of its inputs.

        Returns:
            Dictionary of NumPy arrays by the names of its outputs.

        Raises:
            InvalidInput: An input is out of range.
        """
        try:
            answer = self._functions[signature](**inputs)
        except tf.errors.InvalidArgumentError as error:
            raise InvalidInput(str(error.message)) from error
        return {key: value.numpy() for key, value in answer.items()}
