"""A model behind TF Serving: the same questions as to one in this process.

`ZOO_SERVING` names the server: `grpc://host:8500`, or `http://host:8501` for its REST
API; `grpcs` and `https` where it has a certificate. After a slash may stand the label
of the versions that are to answer, `grpc://host:8500/stable`; else the newest do. A
server has no cards, so those are read from `saved_models/`, with the same versions.
"""

import dataclasses
import functools
import os
import pathlib
import time
import urllib.parse

import numpy as np
import tensorflow as tf

from zoo import artefact
from zoo.gallery.errors import InvalidInput, UnexpectedResponse
from zoo.gallery.local import edition_of
from zoo.gallery.over_grpc import GrpcServer
from zoo.gallery.over_rest import RestServer

VARIABLE = "ZOO_SERVING"
TIMEOUT = "ZOO_SERVING_TIMEOUT"  # seconds for an answer, all attempts together
SECONDS = 60.0
FRESH = 10.0  # seconds before the server is asked again which version is the newest
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


def timeout():
    """Returns how many seconds an answer may take.

    Raises:
        ValueError: `ZOO_SERVING_TIMEOUT` is no positive number.
    """
    given = os.environ.get(TIMEOUT) or SECONDS
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        raise ValueError(
            f"`{TIMEOUT}` must be a positive number of seconds. "
            f"Received: {TIMEOUT}={given}"
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
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"`{VARIABLE}` must hold no user name and no password")
    label = parts.path.strip("/")
    if not well_formed or "/" in label or parts.query or parts.fragment:
        raise ValueError(
            f"`{VARIABLE}` must be grpc://HOST:PORT or http://HOST:PORT (with a "
            "certificate grpcs or https), and may end in /LABEL. "
            f"Received: {VARIABLE}={named}"
        )
    kind, secure = KINDS[parts.scheme]
    return kind(parts.netloc, secure, seconds), label or None


@dataclasses.dataclass(frozen=True)
class Version:
    """One version of a model, as its server and this disk know it.

    Attributes:
        number: Integer.
        infos: Dictionary of `SignatureDef` by name, without TensorFlow's own.
        folder: `pathlib.Path` of the same version on this disk; None without one.
        card: Dictionary, that version's card; empty without one.
        seen: When the server was asked, in seconds of `time.monotonic`.
    """

    number: int
    infos: dict
    folder: pathlib.Path | None
    card: dict
    seen: float


class ServedModel:
    """A model behind a server.

    Each question goes to one version by its number. Which one that is, where no number
    was asked for, the server is asked again every ten seconds, and when the version is
    gone: so a new one, or a label that moved, is picked up without opening it again.

    Args:
        name: Recipe name.
        server: From `connect`.
        wanted: Version's number; a label that the server knows, such as `"stable"`;
            or None for the newest.

    Raises:
        NotFound: The server has no such model, version or label.
        Unavailable: It is not there.
        DeadlineExceeded: It did not answer in time.
        UnexpectedResponse: It is no TF Serving.
    """

    def __init__(self, name, server, wanted=None):
        self.name = name
        self.server = server
        self.wanted = wanted
        self._version = self._describe()

    @property
    def where(self):
        """The server that answers, and the version that it answers with."""
        return f"{self.server.address}, version {self._version.number}"

    @property
    def folder(self):
        """The same version on this disk, `pathlib.Path`; None without one."""
        return self._version.folder

    @property
    def card(self):
        """The card of the same version on this disk; empty without one."""
        return self._version.card

    @property
    def signatures(self):
        """Dictionary of the names of outputs by the name of a signature."""
        return {name: set(info.outputs) for name, info in self._version.infos.items()}

    def edition(self):
        """Returns the server, the version that answers now, and its files on this disk.

        Raises:
            NotFound: The server has the model no more.
            Unavailable: It is not there.
            DeadlineExceeded: It did not answer in time.
            UnexpectedResponse: It is no TF Serving.
        """
        self._refresh()
        if self.folder is None:
            return self.where
        return f"{self.where} {edition_of(self.folder)}"

    def successor(self):
        """Returns None: a newer version answers without being opened."""
        return None

    def call(self, signature, inputs):
        """Calls a signature; see `LocalModel.call`.

        Raises:
            InvalidInput: An input is out of range.
            NotFound: The server has the model no more.
            Unavailable: It is not there.
            DeadlineExceeded: It did not answer in time.
            UnexpectedResponse: It answered something else than the signature promises.
        """
        self._refresh()
        try:
            return self._ask(self._version, signature, inputs)
        except artefact.NotFound:
            if isinstance(self.wanted, int):
                raise
            self._version = self._describe()
            return self._ask(self._version, signature, inputs)

    def _refresh(self):
        """Asks again which version answers, if that is long ago."""
        floats = not isinstance(self.wanted, int)
        if floats and time.monotonic() - self._version.seen > FRESH:
            self._version = self._describe()

    def _describe(self):
        """Asks the server which version answers, and what it takes and gives."""
        try:
            number, infos = self.server.describe(self.name, self.wanted)
        except InvalidInput as error:  # what TF Serving says of an unknown label
            raise artefact.NotFound(
                f"{self.server.address} has no model {self.name}, or no such version "
                f"of it: {error}"
            ) from error
        infos = {name: infos[name] for name in infos if not name.startswith("__")}
        try:
            folder = artefact.locate(self.name, number)
        except artefact.NotFound:
            folder = None
        card = {} if folder is None else artefact.read_card(folder)
        return Version(number, infos, folder, card, time.monotonic())

    def _ask(self, version, signature, inputs):
        """Calls a signature of a version, and checks the answer."""
        info = version.infos[signature]
        answer = self.server.predict(self.name, version.number, signature, info, inputs)
        rows = {len(value) for value in inputs.values()}
        for name, promised in info.outputs.items():
            found = answer.get(name)
            dtype = np.dtype(tf.as_dtype(promised.dtype).as_numpy_dtype)
            rank = len(promised.tensor_shape.dim)
            kept = (
                found is not None
                and (found.dtype, found.ndim) == (dtype, rank)
                and len(found) in rows
            )
            if not kept:
                raise UnexpectedResponse(
                    f"{self.server.address} must answer {signature} of {self.name} "
                    f"with {name}, a row for each of the input's. Received: "
                    + ("nothing" if found is None else f"shape {found.shape}")
                )
        return answer
