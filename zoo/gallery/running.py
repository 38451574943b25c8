"""What a running TF Serving has loaded, and which labels it knows."""

import re

from zoo import artefact
from zoo.gallery import served
from zoo.gallery.errors import InvalidInput, Unavailable, UnexpectedResponse

# How it names the version of a label, where that is not loaded: core/manager.h.
MISSING = re.compile(r"Specific\(.*, (\d+)\)")


class RunningServer:
    """A server that is asked; with the methods of `zoo.serving.Obedient`.

    Args:
        address: As in `ZOO_SERVING`.

    Raises:
        ValueError: It is no address.
    """

    def __init__(self, address):
        self._server, _ = served.connect(address, served.timeout())

    def has(self, name, version):
        """Whether it has loaded a version of a model; errors as in `labelled`."""
        try:
            self._number(name, version)
        except artefact.NotFound:
            return False
        return True

    def labelled(self, name, label):
        """Returns the version that has a label; None where the label is unknown.

        The version need not be loaded: it may be on its way, or lost.

        Raises:
            Unavailable: The server is not there.
            DeadlineExceeded: It did not answer in time.
            UnexpectedResponse: It is no TF Serving.
        """
        try:
            return self._number(name, label)
        except InvalidInput:  # "Unrecognized servable version label"
            return None
        except artefact.NotFound as error:
            if found := MISSING.search(str(error)):
                return int(found[1])
            raise UnexpectedResponse(
                f"{error}: which version of {name} is {label} it does not say"
            ) from error

    def _number(self, name, wanted):
        """Returns the number of a version that is loaded; NotFound where it is not."""
        try:
            return self._server.describe(name, wanted)[0]
        except Unavailable as error:
            raise Unavailable(
                f"{error}. Before a server's start, unset ZOO_SERVING"
            ) from error
