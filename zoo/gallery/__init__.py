"""Opens shipped models by name; one method a signature.

They answer in this process, or behind TF Serving where `ZOO_SERVING` names a server.

>>> from zoo import gallery
>>> captioner = gallery.load("caption-gru")     # doctest: +SKIP
>>> captioner([open("dog.jpg", "rb").read()])   # doctest: +SKIP
['a dog runs through the grass']
"""

from zoo import artefact, recipes
from zoo.artefact import Damaged, NotFound
from zoo.gallery import served
from zoo.gallery.caption import Captioner, Explanation
from zoo.gallery.client import Client
from zoo.gallery.errors import DeadlineExceeded, Unavailable, UnexpectedResponse
from zoo.gallery.local import LocalModel, device
from zoo.gallery.sentiment import Sentiment, Verdict
from zoo.gallery.tag import Analysis, Tagger, Word
from zoo.gallery.translate import Alignment, Translation, Translator
from zoo.gallery.write import Reading, Score, Writer

__all__ = [
    "CLIENTS",
    "Alignment",
    "Analysis",
    "Captioner",
    "Client",
    "Damaged",
    "DeadlineExceeded",
    "Explanation",
    "NotFound",
    "Reading",
    "Score",
    "Sentiment",
    "Tagger",
    "Translation",
    "Translator",
    "Unavailable",
    "UnexpectedResponse",
    "Verdict",
    "Word",
    "Writer",
    "device",
    "expected",
    "load",
    "load_local",
    "names",
    "server_of",
]

CLIENTS = {
    "caption": Captioner,
    "sentiment": Sentiment,
    "tag": Tagger,
    "translate": Translator,
    "write": Writer,
}


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
        List of names. A server, which cannot be asked for a list, is expected to have
        those that a complete clone has.
    """
    if served.address() is not None:
        return expected(task)
    there = [name for name in artefact.names() if name.startswith(f"{task}-")]
    shipped = [name for name in expected(task) if name in there]
    compared = [recipe.name for recipe in recipes.COMPARISONS[task]]
    return shipped + [name for name in there if name not in {*shipped, *compared}]


def load(name, version=None):
    """Opens a model, here or where `ZOO_SERVING` says; see `zoo.gallery.served`.

    Args:
        name: Recipe name.
        version: Integer, or None for the newest; of a server also a label, such as
            `"stable"`.

    Returns:
        The client of its task, for example a `Captioner`.

    Raises:
        NotFound: There is no such model; the message says how to make it.
        Damaged: Its files are not those that were written.
        ValueError: `ZOO_SERVING` is no address.
        Unavailable: The server is not there.
        DeadlineExceeded: It did not answer in time.
        UnexpectedResponse: It is no TF Serving.
    """
    server, label = server_of()
    if server is None:
        return load_local(name, version)
    wanted = label if version is None else version
    return _client(name, served.ServedModel(name, server, wanted))


def server_of():
    """Returns the server that `ZOO_SERVING` names, and the label that it asks for.

    Returns:
        Pair; both are None where the models answer in this process.

    Raises:
        ValueError: `ZOO_SERVING` is no address.
    """
    if served.address() is None:
        return None, None
    return served.connect(served.address(), served.timeout())


def load_local(name, version=None):
    """Opens a model in this process, whatever `ZOO_SERVING` says; see `load`."""
    return _client(name, LocalModel(artefact.locate(name, version)))


def _client(name, model):
    return CLIENTS[name.partition("-")[0]](name, model)  # a name begins with its task
