"""Characters and ids, both ways, on any bytes."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.preprocess import letters
from zoo.tokens import FIRST_WORD, UNKNOWN

TRAIN = "b\u00e9a\n\uac00b\U0001f600 a"
KNOWN = [10, 32, 97, 98, 0xE9, 0xAC00, 0x1F600]
ALPHABET = letters.Letters(KNOWN)


def ids(text):
    return ALPHABET.tokenize(tf.constant([text])).to_list()[0]


def cleaned(function, text, most):
    return function(tf.constant([text]), most).numpy()[0].decode("utf-8")


def test_the_alphabet_is_that_of_the_text_in_code_order():
    known = letters.build_vocabulary(TRAIN)
    assert known.tolist() == sorted(map(ord, set(TRAIN))) == KNOWN
    assert known.dtype == np.int32


def test_a_character_is_its_place_and_what_is_not_known_is_unknown():
    assert ids("a\n\U0001f600") == [FIRST_WORD + 2, FIRST_WORD, FIRST_WORD + 6]
    for stranger in "\t!cz\u00e8\u00ea\uabff\uac01\U0001f5ff\U0001f601\U0010ffff":
        assert ids(stranger) == [UNKNOWN]
    assert ALPHABET.size == FIRST_WORD + 7


def test_ids_read_as_their_text_and_reserved_ones_as_nothing():
    rows = ALPHABET.tokenize(tf.constant([TRAIN, "", "ab"])).to_tensor(0)
    found = ALPHABET.detokenize(rows).numpy().tolist()
    assert [text.decode() for text in found] == [TRAIN, "", "ab"]
    assert ALPHABET.detokenize(tf.constant([[0, 1, 2, 3]])).numpy().tolist() == [b""]
    assert ALPHABET.detokenize(tf.zeros([0, 5], tf.int32)).shape == (0,)
    assert ALPHABET.detokenize(tf.zeros([2, 0], tf.int32)).numpy().tolist() == [b""] * 2


def test_a_text_begins_after_a_line_or_else_the_least_character():
    assert ALPHABET.begin == ids("\n")[0]
    assert letters.Letters([32, 97]).begin == FIRST_WORD


@pytest.mark.parametrize("known", [[], [5, 4], [4, 4]])
def test_an_alphabet_out_of_order_is_refused(known):
    with pytest.raises(ValueError, match="ascending order, at least one"):
        letters.Letters(known)
    with pytest.raises(ValueError, match="at least one character"):
        letters.build_vocabulary("")


def test_lines_end_in_line_feeds_and_control_characters_are_blanks():
    text = "a\r\nb\rc\n\rd\0e\x1bf\tg"
    assert cleaned(letters.clean, text, 100) == "a\nb\nc\n\nd e f\tg"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.integers(0, 12))
def test_what_is_cut_off_is_the_end_or_the_beginning(text, most):
    text = "".join(letter for letter in text if letter >= " " or letter in "\n\t")
    text = text.replace("\x7f", "")
    whole = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    raw = text.encode("utf-8", "surrogatepass")
    kept = cleaned(letters.clean, raw, most)
    end = cleaned(letters.clean_end, raw, most)
    assert whole.startswith(kept)
    assert len(kept.encode()) <= most
    # The beginning of what is left may be half of a character.
    assert whole.endswith(end.lstrip("\ufffd"))
    if len(raw) <= most and whole == text:
        assert kept == end == whole


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_become_ids_of_the_alphabet(content):
    texts = letters.clean(tf.constant([content]), 30)
    texts.numpy()[0].decode("utf-8")  # strictly
    tokens = np.array(ALPHABET.tokenize(texts).to_list()[0], int)
    assert ((tokens == UNKNOWN) | (tokens >= FIRST_WORD)).all()
    assert (tokens < ALPHABET.size).all()


def test_no_texts_have_no_ids():
    empty = tf.constant([], tf.string)
    assert letters.clean(empty, 9).shape == letters.clean_end(empty, 9).shape == (0,)
    assert ALPHABET.tokenize(empty).to_list() == []
