"""Let several language models go on with one text, side by side.

`make demo` opens it among the other pages; `streamlit run apps/write.py` alone.
"""

import streamlit as st

from apps import models, write_progress, write_scores, write_text, write_units
from zoo import gallery

Writers = dict[str, gallery.Client]  # by name
LANGUAGES = {"tiny-shakespeare": "Shakespeare", "keras-source": "Source code"}


def corpus_of(writer: gallery.Client) -> str:
    """Return the name of the corpus that a model learnt from."""
    return str(writer.card.get("corpus", {}).get("name", "–"))


def choose_corpus(writers: Writers) -> str:
    """Let the visitor pick what the models learnt from."""
    learnt = list(dict.fromkeys(corpus_of(writer) for writer in writers.values()))
    if len(learnt) == 1:
        return learnt[0]
    return st.radio(
        "Learnt from",
        learnt,
        format_func=lambda corpus: LANGUAGES.get(corpus, corpus),
        horizontal=True,
        key="corpus",
    )


def introduction(writers: Writers) -> None:
    """Say what is to be seen here, and how much the models learnt from."""
    sizes = {models.examples(writer, "train") for writer in writers.values()}
    alike = len(sizes) == 1 and "–" not in sizes
    same = f", each from the same {sizes.pop()} characters" if alike else ""
    st.write(
        "Models of different architectures learnt to write, one character at a "
        f"time{same}. Give them a beginning, watch them learn, and look inside."
    )


st.set_page_config(page_title="Writing · The Sequence Zoo", layout="wide")
st.set_option("client.showErrorDetails", "none")  # whatever folder this started in
st.title("Writing")
writers = models.available("write")
if writers:
    corpus = choose_corpus(writers)
    writers = {
        name: writer for name, writer in writers.items() if corpus_of(writer) == corpus
    }
    introduction(writers)
    writers = models.choose(writers, f"models-{corpus}")
    if not writers:
        st.info("Pick at least one model above.")
        st.stop()
    st.caption(f"Runs on {gallery.device()}")
    written, learning, units, scored = st.tabs(
        ["Write", "Training progress", "Hidden units", "Scores"]
    )
    with written:
        write_text.show(writers, corpus)
    with learning:
        write_progress.show(writers, corpus)
    with units:
        write_units.show(writers, corpus)
    with scored:
        write_scores.show(writers)
