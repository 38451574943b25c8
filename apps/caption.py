"""Caption a picture with several models, side by side.

`make demo` opens it among the other pages; `streamlit run apps/caption.py` alone.
"""

import streamlit as st

from apps import attention, browse, models, notices, pictures, results, scores
from zoo import gallery
from zoo.corpora.pictures import check


def caption_tab(captioners: dict[str, gallery.Captioner]) -> None:
    """Show the picture's source and, once there is one, what the models say of it."""
    left, right = st.columns(2, gap="large")
    with left:
        picked = pictures.pick()
        search = results.settings()
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
    answers = results.answers(captioners, picked.image_bytes, search)
    with left:
        medians = results.medians(captioners, picked.image_bytes, search)
    for column, name in zip(st.columns(len(answers) or 1), answers, strict=False):
        with column:
            results.show(captioners[name], answers[name], medians.get(name), deep)
    st.caption(
        "A score is the caption's log-probability over its length penalty: nearer 0 is "
        "likelier. The first call of a model is slower. BLEU-4 and CIDEr are the "
        "model's on the test set, with 95 % intervals."
    )
    attention.show(captioners, answers, picture)


st.set_page_config(page_title="Captions · The Sequence Zoo", layout="wide")
st.set_option("client.showErrorDetails", "none")  # whatever folder this started in
st.title("Captions")
st.write(
    "Five networks learnt to describe photographs from the same 6,000 pictures of "
    "people and dogs. See what each says, how sure it is and where it fails."
)
captioners = models.available("caption")
if captioners:
    captioners = models.choose(captioners)
    if not captioners:
        st.info("Pick at least one model above.")
        st.stop()
    st.text(f"Runs on {gallery.device()}")
    one, tested, scored = st.tabs(
        ["Caption a picture", "Browse the test set", "Scores"]
    )
    with one:
        caption_tab(captioners)
    with tested:
        browse.show(captioners)
    with scored:
        scores.show(captioners)
