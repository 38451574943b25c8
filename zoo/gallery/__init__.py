"""Opens shipped models by name; one method a signature.

>>> from zoo import gallery
>>> captioner = gallery.load("caption-gru")     # doctest: +SKIP
>>> captioner([open("dog.jpg", "rb").read()])   # doctest: +SKIP
['a dog runs through the grass']
"""

from zoo import artefact, recipes
from zoo.artefact import Damaged, NotFound
from zoo.gallery.caption import Captioner, Explanation
from zoo.gallery.client import Client, device
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
    "Explanation",
    "NotFound",
    "Reading",
    "Score",
    "Sentiment",
    "Tagger",
    "Translation",
    "Translator",
    "Verdict",
    "Word",
    "Writer",
    "device",
    "expected",
    "load",
    "names",
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
        List of names.
    """
    there = [name for name in artefact.names() if name.startswith(f"{task}-")]
    shipped = [name for name in expected(task) if name in there]
    compared = [recipe.name for recipe in recipes.COMPARISONS[task]]
    return shipped + [name for name in there if name not in {*shipped, *compared}]


def load(name, version=None):
    """Opens a model.

    Args:
        name: Recipe name.
        version: Integer, or None for the newest.

    Returns:
        The client of its task, for example a `Captioner`.

    Raises:
        NotFound: There is no such model; the message says how to make it.
        Damaged: Its files are not those that were written.
    """
    folder = artefact.locate(name, version)
    return CLIENTS[name.partition("-")[0]](name, folder)  # a name begins with its task
