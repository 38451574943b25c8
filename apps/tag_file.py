"""A CoNLL-U file: upload it, download it with its words tagged."""

import streamlit as st

from apps import files, models
from zoo import gallery
from zoo.corpora.sentences import NOT_TAGGED, Sentence, parse, write

MEGABYTES = 5
MOST_SENTENCES = 5000  # about a minute on two cores


def show(taggers: dict[str, gallery.Tagger]) -> None:
    """Show the upload, the choice of a model, and the way back with tags filled in."""
    sent = files.upload(
        f"A CoNLL-U file in UTF-8, of at most {MEGABYTES} MB and "
        f"{MOST_SENTENCES:,} sentences",
        ["conllu", "conll", "txt"],
        MEGABYTES,
        "Choose a file, and a model fills in its fourth column, UPOS.",
        read,
    )
    if sent is None:
        return
    digest, sentences = sent
    name = models.pick_one("Tag it with", taggers)
    tagged = files.once(
        f"Tag {len(sentences):,} sentences",
        (digest, name),
        lambda: tag(taggers[name], sentences),
        "The model cannot tag these sentences.",
    )
    if tagged is None:
        return
    same, given = agreement(sentences, tagged)
    if given:
        st.text(f"Of the {given:,} tags that it had, {same / given:.1%} are the same.")
    files.give_back("Download with the tags", write(tagged), "tagged.conllu")


def read(content: bytes) -> list[Sentence]:
    """Return a CoNLL-U file's sentences.

    Args:
        content: the file.

    Raises:
        ValueError: no UTF-8, no CoNLL-U (the message names the line), no sentences or
            too many.
    """
    sentences = parse(files.decode(content))
    if not 1 <= len(sentences) <= MOST_SENTENCES:
        raise ValueError(
            f"It must have from 1 to {MOST_SENTENCES:,} sentences, this one has "
            f"{len(sentences):,}."
        )
    return sentences


def tag(tagger: gallery.Tagger, sentences: list[Sentence]) -> list[Sentence]:
    """Return the sentences with the tags that a model gives their words."""
    (said,) = files.in_steps(
        sentences,
        [lambda some: tagger.tag_words([sentence.words for sentence in some])],
    )
    return [
        # A sentence's words after the first 512 get no tag.
        sentence.tagged([found or NOT_TAGGED for found, _ in tags])
        for sentence, tags in zip(sentences, said, strict=True)
    ]


def agreement(before: list[Sentence], after: list[Sentence]) -> tuple[int, int]:
    """Return how many tags are as they were, and how many there were."""
    pairs = [
        (old, new)
        for one, other in zip(before, after, strict=True)
        for old, new in zip(one.tags, other.tags, strict=True)
        if old != NOT_TAGGED
    ]
    return sum(old == new for old, new in pairs), len(pairs)
