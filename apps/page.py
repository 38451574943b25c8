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
        task: "caption", "sentiment", "tag", "translate" or "write".
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
    st.caption(f"Runs on {', '.join(sorted({m.where for m in picked.values()}))}")
    return picked


def text_area(label: str, longest: int, **options) -> str:
    """Show a field to write in; of a text too long the beginning is read, and said.

    Streamlit's own bound would drop a paste that passes it, without a word.

    Args:
        label: of the field.
        longest: characters that are read.
        options: of `st.text_area`.

    Returns:
        At most as many characters, whole ones.
    """
    typed = str(st.text_area(label, **options) or "")
    whole = typed.encode("utf-8", "replace").decode("utf-8")
    if len(whole) > longest:
        st.warning(
            f"This text has {len(whole):,} characters. The first {longest:,} are read."
        )
    return whole[:longest]
