"""A source too long is cut where a sentence or a word ends, and says so."""

import functools

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.small_translators import small_pieces
from zoo.preprocess.pieces import MOST_BYTES, tidy
from zoo.preprocess.source import read_source

MOST = 12


@functools.cache
def pieces():
    """Made when first used: a seed that another test sets would free it."""
    return small_pieces()


def read(*texts, most=MOST):
    """The kept text, the number of pieces and whether it was cut, of each."""
    tokens, surfaces, truncated = read_source(pieces(), tf.constant(list(texts)), most)
    assert (
        tokens.row_lengths().numpy().tolist() == surfaces.row_lengths().numpy().tolist()
    )
    kept = [b"".join(row).decode() for row in surfaces.to_list()]
    return list(zip(kept, tokens.to_list(), truncated.numpy().tolist(), strict=True))


def uncut(text):
    return pieces().tokenize(tf.constant([text])).to_list()[0]


def words(count):
    """A text of so many words, each of them one piece."""
    found = "the dog sees a red man sieht ball".split()
    assert all(len(uncut(f"the {word}")) == 2 for word in found)
    return [found[place % len(found)] for place in range(count)]


def test_a_text_that_fits_is_kept_whole():
    for count in (0, 1, MOST):
        text = " ".join(words(count))
        ((kept, tokens, truncated),) = read(text)
        assert kept.strip() == text and tokens == uncut(text) and not truncated


def test_one_word_more_and_it_is_cut_before_it():
    text = " ".join(words(MOST + 1))
    ((kept, tokens, truncated),) = read(text)
    assert kept.strip() == " ".join(words(MOST)) and truncated
    assert tokens == uncut(text)[:MOST]


def test_a_word_that_would_be_split_is_left_out_whole():
    text = " ".join([*words(MOST - 1), "xyzzyxyzzy"])
    ((kept, _, truncated),) = read(text)
    assert kept.strip() == " ".join(words(MOST - 1)) and truncated


@pytest.mark.parametrize("end", [".", "!", "?", "…", "。", '."', ".)"])
def test_where_a_sentence_ends_late_enough_it_is_cut_there(end):
    sentence = " ".join(words(9)) + end
    ((kept, _, truncated),) = read(f"{sentence} {' '.join(words(20))}", most=20)
    assert truncated and kept.strip() == sentence


@pytest.mark.parametrize("blank", ["\u00a0", "\u3000", "\t"])
def test_every_blank_parts_words(blank):
    ((kept, _, truncated),) = read(blank.join([*words(MOST - 1), "xyzzyxyzzy"]))
    assert kept.strip() == blank.join(words(MOST - 1)) and truncated


def test_a_wide_full_stop_ends_a_sentence_without_a_blank():
    sentence = " ".join(words(9)) + "。"
    ((kept, _, truncated),) = read(f"{sentence}{'ball' * 20}", most=20)
    assert kept.strip() == sentence and truncated


def test_a_sentence_that_ends_early_is_not_all_that_is_kept():
    text = "the dog. " + " ".join(words(30))
    ((kept, tokens, _),) = read(text)
    assert len(tokens) == MOST and kept.startswith("the dog. the dog")


def test_a_word_without_end_is_cut_between_characters():
    ((kept, tokens, truncated),) = read("漢" * 50)
    assert truncated and kept == "漢" * len(kept) and MOST - 3 < len(tokens) <= MOST


def test_blanks_that_hide_what_follows_are_said_to_cut():
    ((_, _, truncated),) = read(" " * (MOST_BYTES + 1) + "dog")
    assert truncated


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_whatever_text_what_is_kept_begins_it(texts):
    for text, (kept, tokens, truncated) in zip(texts, read(*texts), strict=True):
        tidied = tidy(tf.constant([text])).numpy()[0].decode()
        assert tidied.strip(" \t\n\u00a0\u3000").startswith(
            kept.strip(" \t\n\u00a0\u3000")
        )
        assert len(tokens) <= MOST
        assert truncated == (len(uncut(text)) > MOST)
        if not truncated:
            assert tokens == uncut(text)
