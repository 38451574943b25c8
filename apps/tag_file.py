"""A CoNLL-U file: upload it, download it with its words tagged."""

import hashlib

import streamlit as st

from apps import models, notices
from zoo import gallery
from zoo.corpora.sentences import NOT_TAGGED, Sentence, parse, write

MEGABYTES = 5
MOST_SENTENCES = 5000  # about a minute on two cores
STEP = 64  # sentences between two moves of the progress bar
SHOWN = 40  # lines


def show(taggers: dict[str, gallery.Tagger]) -> None:
    """Show the upload, the choice of a model, and the way back with tags filled in."""
    sent = st.file_uploader(
        f"A CoNLL-U file in UTF-8, of at most {MEGABYTES} MB and "
        f"{MOST_SENTENCES:,} sentences",
        type=["conllu", "conll", "txt"],
        max_upload_size=MEGABYTES,
        key="file",
    )
    if sent is None:
        st.info("Choose a file, and a model fills in its fourth column, UPOS.")
        return
    try:
        sentences = read(sent.getvalue())
    except ValueError as error:
        notices.trouble("This file cannot be read.", error)
        return
    name = st.selectbox(
        "Tag it with",
        list(taggers),
        format_func=lambda name: models.title(taggers[name]),
        key="tagger",
    )
    key = (hashlib.sha256(sent.getvalue()).hexdigest(), name)
    if st.button(f"Tag {len(sentences):,} sentences", key="tag"):
        try:
            st.session_state["tagged"] = (key, tag(taggers[name], sentences))
        except models.BROKEN as error:
            notices.trouble("The model cannot tag these sentences.", error)
            return
    kept, tagged = st.session_state.get("tagged", (None, None))
    if kept != key:
        return
    text = write(tagged)
    st.download_button(
        "Download with the tags",
        text.encode("utf-8"),
        "tagged.conllu",
        "text/plain",
        key="download",
    )
    same, given = agreement(sentences, tagged)
    if given:
        st.text(f"Of the {given:,} tags that it had, {same / given:.1%} are the same.")
    st.code("\n".join(text.split("\n")[:SHOWN]), language=None)


def read(content: bytes) -> list[Sentence]:
    """Return a CoNLL-U file's sentences.

    Args:
        content: the file.

    Raises:
        ValueError: no UTF-8, no CoNLL-U (the message names the line), no sentences or
            too many.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValueError(f"line {line}: it must be UTF-8") from None
    sentences = parse(text)
    if not 1 <= len(sentences) <= MOST_SENTENCES:
        raise ValueError(
            f"It must have from 1 to {MOST_SENTENCES:,} sentences, this one has "
            f"{len(sentences):,}."
        )
    return sentences


def tag(tagger: gallery.Tagger, sentences: list[Sentence]) -> list[Sentence]:
    """Return the sentences with the tags that a model gives their words."""
    tagged = []
    bar = st.progress(0.0)
    for begin in range(0, len(sentences), STEP):
        some = sentences[begin : begin + STEP]
        said = tagger.tag_words([sentence.words for sentence in some])
        tagged += [
            # A sentence's words after the first 512 get no tag.
            sentence.tagged([found or NOT_TAGGED for found, _ in tags])
            for sentence, tags in zip(some, said, strict=True)
        ]
        bar.progress(len(tagged) / len(sentences))
    bar.empty()
    return tagged


def agreement(before: list[Sentence], after: list[Sentence]) -> tuple[int, int]:
    """Return how many tags are as they were, and how many there were."""
    pairs = [
        (old, new)
        for one, other in zip(before, after, strict=True)
        for old, new in zip(one.tags, other.tags, strict=True)
        if old != NOT_TAGGED
    ]
    return sum(old == new for old, new in pairs), len(pairs)
