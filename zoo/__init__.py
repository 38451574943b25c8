"""The Sequence Zoo: classic sequence models, trained alike, shipped as SavedModels.

>>> import zoo
>>> captioner = zoo.load("caption-lstm")        # doctest: +SKIP
>>> captioner([open("dog.jpg", "rb").read()])   # doctest: +SKIP
['a dog runs through the grass']
"""

__version__ = "0.1.0"


def load(name):
    """Opens a shipped model by its recipe's name.

    Args:
        name: Recipe name, for example `"caption-lstm"`.

    Returns:
        A callable client of the artefact; for a captioner, a list of pictures
        (`bytes`) in, a list of captions out. See `zoo.gallery`.

    Raises:
        zoo.gallery.NotFound: No such artefact is shipped or built.
        OSError: Its files are damaged; or `ZOO_SERVING` names a server, which does not
            answer.
    """
    from zoo import gallery  # late: importing zoo must not import TensorFlow

    return gallery.load(name)
