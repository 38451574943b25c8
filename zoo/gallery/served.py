"""A model behind TF Serving: the same questions as to one in this process.

`ZOO_SERVING` names the server: `grpc://host:8500`, or `http://host:8501` for its REST
API; `grpcs` and `https` where it has a certificate. After a slash may stand the label
of the versions that are to answer, `grpc://host:8500/stable`; else the newest do. A
server has no cards, so those are read from `saved_models/`, with the same versions.
"""

import functools
import os
import urllib.parse

import numpy as np
import tensorflow as tf

from zoo import artefact
from zoo.gallery.errors import BadAnswer
from zoo.gallery.over_grpc import GrpcServer
from zoo.gallery.over_rest import RestServer

VARIABLE = "ZOO_SERVING"
PATIENCE = "ZOO_SERVING_SECONDS"  # for an answer, all attempts together
SECONDS = 60.0
# By the scheme of an address: the kind of server, and whether it has a certificate.
KINDS = {
    "grpc": (GrpcServer, False),
    "grpcs": (GrpcServer, True),
    "http": (RestServer, False),
    "https": (RestServer, True),
}


def address():
    """Returns the address of the server that answers, or None for this process."""
    return os.environ.get(VARIABLE) or None


def patience():
    """Returns how many seconds an answer may take.

    Raises:
        ValueError: `ZOO_SERVING_SECONDS` is no positive number.
    """
    given = os.environ.get(PATIENCE) or SECONDS
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        raise ValueError(
            f"`{PATIENCE}` must be a positive number of seconds. "
            f"Received: {PATIENCE}={given}"
        )
    return seconds


@functools.cache
def connect(named, seconds):
    """Opens the way to a server; all models share it.

    Args:
        named: Its address, for example `"grpc://localhost:8500"`.
        seconds: How many an answer may take.

    Returns:
        Pair of a `GrpcServer` or `RestServer`, to which nothing is sent yet, and the
        label that the address asks for, or None.

    Raises:
        ValueError: It is no address.
    """
    parts = urllib.parse.urlsplit(named)
    try:
        well_formed = parts.scheme in KINDS and parts.hostname and parts.port
    except ValueError:  # the port is no number
        well_formed = False
    label = parts.path.strip("/")
    if not well_formed or "/" in label or parts.query or parts.fragment:
        raise ValueError(
            f"`{VARIABLE}` must be grpc://HOST:PORT or http://HOST:PORT, and may end "
            f"in /LABEL. Received: {VARIABLE}={named}"
        )
    kind, secure = KINDS[parts.scheme]
    return kind(parts.netloc, secure, seconds), label or None


class Served:
    """A model behind a server.

    Without a version each call is answered by the newest that the server has, so a
    new one is picked up without opening it again; the card is that of the version
    that was newest on opening.

    Args:
        name: Recipe name.
        server: From `connect`.
        version: Integer; a label that the server knows, such as `"stable"`; or None
            for the newest.

    Attributes:
        folder: `pathlib.Path` of the same version on this disk; None without one.
        where: Who answers.
        card: Dictionary, the card of the same version on this disk; empty without one.
        signatures: Dictionary of the names of outputs by the name of a signature.

    Raises:
        NotFound: The server has no such model or version.
        Unreachable: It did not answer.
        BadAnswer: It is no TF Serving.
    """

    def __init__(self, name, server, version=None):
        self.name = name
        self.server = server
        self.version = version
        number, self._infos = server.describe(name, version)
        self.where = f"{server.address}, version {number}"
        self.signatures = {
            signature: set(info.outputs)
            for signature, info in self._infos.items()
            if not signature.startswith("__")  # TensorFlow's own
        }
        try:
            self.folder = artefact.locate(name, number)
        except artefact.NotFound:
            self.folder = None
        self.card = {} if self.folder is None else artefact.read_card(self.folder)

    def call(self, signature, inputs):
        """Calls a signature.

        Args:
            signature: Its name.
            inputs: Dictionary of tensors by the names of its inputs.

        Returns:
            Dictionary of NumPy arrays by the names of its outputs.

        Raises:
            Refused: An input is out of range.
            NotFound: The server has the model no more.
            Unreachable: It did not answer.
            BadAnswer: It answered something else than the signature promises.
        """
        info = self._infos[signature]
        answer = self.server.predict(self.name, self.version, signature, info, inputs)
        rows = {len(value) for value in inputs.values()}
        for name, wanted in info.outputs.items():
            found = answer.get(name)
            promised = tf.as_dtype(wanted.dtype).as_numpy_dtype
            rank = len(wanted.tensor_shape.dim)
            if (
                found is None
                or found.dtype != np.dtype(promised)
                or found.ndim != rank
                or len(found) not in rows
            ):
                raise BadAnswer(
                    f"{self.server.address} must answer {signature} of {self.name} "
                    f"with {name}, a row for each of the input's. Received: "
                    + ("nothing" if found is None else f"shape {found.shape}")
                )
        return answer
