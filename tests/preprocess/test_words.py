"""Captions become ids and come back; what people type breaks nothing."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.preprocess import words
from zoo.preprocess.words import SPECIAL, Words
from zoo.tokens import END, PAD, START, UNKNOWN

VOCABULARY = [*SPECIAL, "a", "dog", "runs", "man's", "café"]


@pytest.fixture(scope="module")
def table():
    return Words(VOCABULARY)


def split(*captions):
    ragged = words.split(tf.constant(captions, tf.string)).to_list()
    return [[word.decode() for word in row] for row in ragged]


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("A dog runs .", "a dog runs"),
        ("A dog,running!Fast", "a dog running fast"),
        ("a T-shirt and/or jeans", "a t shirt and or jeans"),
        ("the man's hat", "the man's hat"),
        ("the man\u2019s hat", "the man's hat"),
        ("the boys' \"hats\" 'n' all", "the boys hats n all"),
        ("''''", ""),
        ("2 dogs at 10:30", "2 dogs at 10 30"),
        ("ÀÉÎ Straße", "àéî straße"),
        ("cafe\u0301", "café"),  # composed, as others type it
        ("ＡＢ ﬁne", "ab fine"),
        ("tabs\tand\nlines\r\nand\u00a0blanks", "tabs and lines and blanks"),
        ("смешная собака 犬", "смешная собака 犬"),
        ("हिन्दी", "हिन्दी"),  # marks belong to their letters
        ("dog 🐶 runs", "dog runs"),
        ("[PAD] [UNKNOWN]", "pad unknown"),
        ("", ""),
        (" \t ", ""),
        ("...", ""),
    ],
)
def test_a_caption_splits_into_lower_case_words(caption, expected):
    assert split(caption) == [expected.split()]


def test_malformed_text_loses_only_what_is_malformed():
    assert split(b"a \xff\xfe dog \xed\xa0\x80 runs\xc3") == [["a", "dog", "runs"]]


def test_a_nul_byte_separates_like_a_blank():
    assert split(b"a dog\x00runs fast") == [["a", "dog", "runs", "fast"]]


def test_no_captions_are_no_words():
    assert split() == []


def test_words_are_listed_by_frequency_then_alphabet():
    captions = ["b a c", "b a", "c a", "rare d"]
    assert words.build_vocabulary(captions, 2) == [*SPECIAL, "a", "b", "c"]


def test_a_vocabulary_without_words_is_refused():
    with pytest.raises(ValueError, match="minimum_count=3 with 2 words"):
        words.build_vocabulary(["a dog", "a dog"], 3)


def test_a_caption_becomes_start_words_end_and_padding(table):
    ids = table.tokenize(tf.constant(["A dog runs.", "a ZEBRA", ""]), 5)
    assert ids.dtype == tf.int32
    assert ids.numpy().tolist() == [
        [START, 4, 5, 6, END, PAD],
        [START, 4, UNKNOWN, END, PAD, PAD],
        [START, END, PAD, PAD, PAD, PAD],
    ]


def test_a_long_caption_loses_its_last_words_and_its_end(table):
    ids = table.tokenize(tf.constant(["a dog runs", "a dog runs a"]), 4).numpy()
    assert ids.tolist() == [[START, 4, 5, 6, END], [START, 4, 5, 6, 4]]


def test_an_empty_batch_has_the_right_shape(table):
    assert table.tokenize(tf.constant([], tf.string), 5).shape == (0, 6)


def test_ids_become_captions_in_any_shape(table):
    tokens = [
        [[4, 5, END, PAD], [8, 7, 6, 5]],
        [[END, PAD, PAD, PAD], [UNKNOWN, 5, END, PAD]],
    ]
    captions = table.detokenize(tf.constant(tokens)).numpy()
    decoded = [[text.decode() for text in row] for row in captions]
    assert decoded == [["a dog", "café man's runs dog"], ["", "[UNKNOWN] dog"]]


def test_marks_are_silent_when_spelt(table):
    spelt = table.spell(tf.constant([[START, 4, END, PAD]])).numpy().tolist()
    assert spelt == [[b"", b"a", b"", b""]]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY[4:]), max_size=8))
def test_known_words_come_back_as_they_went(spoken):
    table = Words(VOCABULARY)
    ids = table.tokenize(tf.constant([" ".join(spoken)]), 9)
    assert table.detokenize(ids)[0].numpy().decode() == " ".join(spoken)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_become_ids_in_range(caption):
    ids = Words(VOCABULARY).tokenize(tf.constant([caption]), 7).numpy()
    assert ids.shape == (1, 8) and ids[0, 0] == START
    assert ((ids >= 0) & (ids < len(VOCABULARY))).all()


def test_a_vocabulary_without_the_special_words_is_refused():
    with pytest.raises(ValueError, match="must begin with"):
        Words(["a", "dog", "runs", "fast", "far"])


def test_a_saved_model_carries_the_words(table, tmp_path):
    module = tf.Module()
    module.words = table
    module.there = tf.function(
        lambda captions: table.tokenize(captions, 5), [tf.TensorSpec([None], tf.string)]
    )
    tf.saved_model.save(module, str(tmp_path))
    again = tf.saved_model.load(str(tmp_path)).there(tf.constant(["A dog?"]))
    np.testing.assert_array_equal(again, [[START, 4, 5, END, PAD, PAD]])
