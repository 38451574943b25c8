"""What the clients of all tasks share: calling a signature, and what is wrong."""

import re

from zoo import artefact
from zoo.gallery.errors import InvalidInput

ROW = re.compile(r"row (\d+): (.*)")  # how the artefacts name a bad row


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
    """A model that answers here or elsewhere; a task's client has a method a signature.

    Args:
        name: Recipe name.
        model: What answers: `LocalModel` or `ServedModel`.

    Attributes:
        name: The same.
        model: The same.
    """

    def __init__(self, name, model):
        self.name = name
        self.model = model

    @property
    def card(self):
        """The model's card, a dictionary."""
        return self.model.card

    @property
    def where(self):
        """What it runs on, or the server that answers."""
        return self.model.where

    @property
    def folder(self):
        """The artefact's version on this disk, `pathlib.Path`; None without one."""
        return self.model.folder

    def edition(self):
        """Returns a text that changes where another version, or other files, answer.

        What is kept of a model's answers is kept under it. Errors are those of `call`.
        """
        return f"{self.name} {self.model.edition()}"

    def successor(self):
        """Returns the edition that opening the model again would have.

        Returns:
            A text; None where it would be the same.

        Raises:
            NotFound: There is none any more.
            Damaged: It cannot be read.
        """
        return self.model.successor()

    def predictions(self):
        """Returns what it said of the test split, a list of dictionaries."""
        return [] if self.folder is None else artefact.read_predictions(self.folder)

    def call(self, signature, **inputs):
        """Calls a signature.

        Args:
            signature: Its name.
            **inputs: Tensors by the names of the signature's inputs.

        Returns:
            Dictionary of NumPy arrays by the names of its outputs.

        Raises:
            ValueError: An input is refused, and the message says which row and why; or
                there is no such signature.
            NotFound: A server has the model no more.
            Unavailable: A server is not there.
            DeadlineExceeded: A server did not answer in time.
            UnexpectedResponse: A server answered what the model cannot have said.
        """
        if signature not in self.model.signatures:
            raise ValueError(
                f"`signature` must be one of {', '.join(sorted(self.model.signatures))}"
                f". Received: signature={signature!r} of {self.name}"
            )
        try:
            return self.model.call(signature, inputs)
        except InvalidInput as error:
            raise ValueError(self.sentence(str(error))) from error

    def penalty(self, width):
        """Returns the length penalty that was chosen on dev for a beam search.

        Args:
            width: Integer, hypotheses kept.

        Raises:
            ValueError: The card, which says, is not on this disk.
        """
        chosen = "length_penalty_beam5" if width == 5 else "length_penalty"
        try:
            return self.card["dev"][chosen]
        except KeyError:
            raise ValueError(
                "`length_penalty` must be given where the model's card is not on this "
                f"disk. Received: length_penalty=None for {self.name}"
            ) from None

    def sentence(self, message):
        """Turns what TensorFlow says of a bad input into a sentence.

        Args:
            message: TensorFlow's own.
        """
        found = ROW.search(message)
        if found is None:
            return message
        return f"row {int(found[1]) + 1}: " + found[2].rstrip("]'\"")
