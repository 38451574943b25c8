"""How every page begins: its name, and which models it opens and shows."""

from collections.abc import Callable

import streamlit as st

from apps import models
from zoo import gallery


def begin(title: str) -> None:
    """Name the page, in the browser's tab too."""
    st.set_page_config(page_title=f"{title} · The Sequence Zoo", layout="wide")
    st.set_option("client.showErrorDetails", "none")  # whatever folder this started in
    st.title(title)


def choose_models(
    task: str,
    introduce: Callable[[dict[str, gallery.Client]], None],
    variant: str | None = None,
) -> dict[str, gallery.Client]:
    """Open the models of a page and let the visitor pick; end it where there are none.

    Args:
        task: "caption", "sentiment", "tag" or "write".
        introduce: shows what the page is about, given the models.
        variant: open only the models of one language or corpus, as "en".

    Returns:
        At least one model, by name.
    """
    opened = models.available(task, variant)
    if not opened:
        st.stop()
    introduce(opened)
    picked = models.choose(opened, f"models-{variant or task}")
    if not picked:
        st.info("Pick at least one model above.")
        st.stop()
    st.caption(f"Runs on {gallery.device()}")
    return picked
