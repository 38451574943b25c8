"""What the page says when something cannot be done: a sentence, never a traceback."""

import streamlit as st


def trouble(
    sentence: str, error: Exception | None = None, command: str | None = None
) -> None:
    """Show what is wrong and what helps.

    Args:
        sentence: what cannot be done, in our own words (shown as markdown).
        error: the reason, shown verbatim: it may quote a file a visitor sent.
        command: the line to type in a terminal, if one helps.
    """
    st.warning(sentence)
    if error is not None:
        st.text(str(error))
    if command is not None:
        st.code(command, language=None)
