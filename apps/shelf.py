"""The opened models: one copy for all visitors, replaced when its files are.

They live here and not in a page, because Streamlit runs a page's script anew at every
click and a model defined there would never be freed.
"""

import dataclasses
import sys
import threading

import streamlit as st

from apps import notices
from zoo import gallery

BROKEN = (gallery.NotFound, ValueError, OSError)


@dataclasses.dataclass
class Place:
    """Where one model stands.

    Attributes:
        lock: held by who opens it; the others wait for that one.
        model: the model, once it was opened.
        tried: the edition that was opened in its stead, or was to be.
        trouble: why that was not possible.
    """

    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)
    model: gallery.Client | None = None
    tried: str | None = None
    trouble: Exception | None = None


@st.cache_resource(show_spinner=False)
def _shelf() -> dict[str, Place]:
    """Return the places by the models' names."""
    return {}


def opened(name: str) -> gallery.Client:
    """Return the model of this name, opened and warmed up the first time it is asked.

    Where its files were replaced it is opened anew. Where those are not sound, the one
    before goes on answering and the page says so.
    """
    place = _shelf().setdefault(name, Place())
    with place.lock:
        if place.model is None:
            place.model = _open(name)
        else:
            _renew(name, place)
        return place.model


def _renew(name: str, place: Place) -> None:
    """Open a model's successor, where it has one that was not tried in vain."""
    try:
        successor = place.model.successor()
        if successor != place.tried:
            place.tried, place.trouble = successor, None
            if successor is not None:
                place.model = _open(name)
    except BROKEN as error:
        place.trouble = error
    if place.trouble is not None:
        notices.trouble(
            f"The new version of {name} cannot be opened; the one before answers.",
            place.trouble,
        )


def _open(name: str) -> gallery.Client:
    """Open a model and make its first calls, which are slow."""
    with st.spinner("Opening the models …"):
        model = gallery.load(name)
        model.warm_up()
        _stay_warm()
    return model


def _stay_warm() -> None:
    """Keep Streamlit from making TensorFlow forget its compiled functions.

    Before each run of a page Streamlit clears the session of Keras, where that is
    loaded (TensorFlow loads it), and every signature is optimised anew: some seconds
    a model at each click. The pages make no Keras models, so nothing piles up.
    """
    keras = sys.modules.get("keras")
    if keras is not None:
        keras.backend.clear_session = lambda: None
