"""Caption a picture with several models, side by side.

`make demo` opens it among the other pages; `streamlit run apps/caption.py` alone.
"""

import streamlit as st

from apps import (
    attention,
    browse,
    caption_scores,
    models,
    notices,
    page,
    pictures,
    results,
    search,
)
from zoo import gallery
from zoo.corpora.pictures import check


def introduction(captioners: dict[str, gallery.Captioner]) -> None:
    """Say what is to be seen here, and how many pictures the models learnt from."""
    same = models.same_examples(captioners, "pictures")
    st.write(
        f"Networks of different architectures learnt to describe photographs{same}. "
        "See what each says, how sure it is and where it fails."
    )


def caption_tab(captioners: dict[str, gallery.Captioner]) -> None:
    """Show the picture's source and, once there is one, what the models say of it."""
    left, right = st.columns(2, gap="large")
    with left:
        picked = pictures.pick()
        chosen = search.controls()
        deep = st.toggle("Show the five likeliest words at each place", key="deep")
    if picked is None:
        right.info("Choose a picture, and every model captions it here.")
        return
    try:
        check(picked.image_bytes)
        picture = pictures.shown(picked.image_bytes)
    except (ValueError, OSError) as error:
        notices.trouble("This picture cannot be captioned.", error)
        return
    right.image(picture)
    if picked.captions:
        right.text("People wrote:\n" + "\n".join(picked.captions))
    answers = results.answers(captioners, picked.image_bytes, chosen)
    with left:
        medians = results.medians(captioners, picked.image_bytes, answers)
    results.show(captioners, answers, medians, search.decoding(chosen), deep)
    st.caption(
        "A score is the caption's log-probability over its length penalty: nearer 0 is "
        f"likelier. The first call of a model is slower. {search.note(chosen)}"
    )
    attention.show(captioners, answers, picture)


page.begin("Captions")
captioners = page.choose_models("caption", introduction)
one, tested, scored = st.tabs(["Caption a picture", "Browse the test set", "Scores"])
with one:
    caption_tab(captioners)
with tested:
    browse.show(captioners)
with scored:
    caption_scores.show(captioners)
