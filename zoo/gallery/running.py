"""What a running TF Serving has loaded, and which labels it knows."""

from zoo import artefact
from zoo.gallery import served
from zoo.gallery.errors import InvalidInput, Unavailable

LOST = 0  # the version of a label whose version is not loaded; none is called so


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
        return self._number(name, version) is not None

    def labelled(self, name, label):
        """Returns the version that has a label; None where the label is unknown.

        Raises:
            Unavailable: The server is not there.
            DeadlineExceeded: It did not answer in time.
            UnexpectedResponse: It is no TF Serving.
        """
        try:
            return self._number(name, label) or LOST
        except InvalidInput:  # "Unrecognized servable version label"
            return None

    def _number(self, name, wanted):
        """Returns the number of a version that is loaded, or None."""
        try:
            return self._server.describe(name, wanted)[0]
        except artefact.NotFound:
            return None
        except Unavailable as error:
            raise Unavailable(
                f"{error}. Before a server's start, unset ZOO_SERVING"
            ) from error
