"""Let several language models go on with one text, side by side.

`make demo` opens it among the other pages; `streamlit run apps/write.py` alone.
"""

import streamlit as st

from apps import models, page, write_progress, write_scores, write_text, write_units
from zoo import gallery

Writers = dict[str, gallery.Client]  # by name
TEXTS = {"shakespeare": "Shakespeare", "source": "Source code"}


def corpus_of(writer: gallery.Client) -> str:
    """Return the name of the corpus that a model learnt from."""
    return str(writer.card.get("corpus", {}).get("name", "–"))


def introduction(writers: Writers) -> None:
    """Say what is to be seen here, and how much the models learnt from."""
    same = models.same_examples(writers, "characters")
    st.write(
        "Models of different architectures learnt to write, one character at a "
        f"time{same}. Give them a beginning, watch them learn, and look inside."
    )


page.begin("Writing")
learnt = models.pick_variant("write", TEXTS, "Learnt from")
writers = page.choose_models("write", introduction, learnt)
corpus = corpus_of(next(iter(writers.values())))
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
