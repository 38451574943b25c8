"""What a tagger reads of words: jamo against Unicode's own, edges, ids."""

import unicodedata

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.preprocess import characters
from zoo.preprocess.characters import EDGE, LENGTH, TaggerWords, key, known, spell
from zoo.preprocess.words import SPECIAL
from zoo.tokens import END, FIRST_WORD, PAD, START, UNKNOWN

ALPHABET = [ord(letter) for letter in "abcdefghijklmnopqrstuvwxyz"]
VOCABULARY = [*SPECIAL, "cat", "é", "강"]


@pytest.fixture(scope="module")
def table():
    return TaggerWords(VOCABULARY, np.array(ALPHABET, np.int32))


@pytest.fixture(scope="module")
def graph(table):
    """The same in one graph, as an artefact holds it; eagerly it is slow."""
    return tf.function(table, input_signature=[tf.TensorSpec([None], tf.string)])


def spelt(words):
    """The code points of each word, as lists."""
    return spell(tf.constant(words, tf.string, shape=[len(words)])).to_list()


def ids(word):
    """The ids of a word's characters, by hand; lower-case letters alone."""
    middle = [FIRST_WORD + ord(letter) - ord("a") for letter in word]
    if len(middle) > 2 * EDGE:
        middle = middle[:EDGE] + middle[-EDGE:]
    row = [START, *middle, END]
    return row + [PAD] * (LENGTH - len(row))


@pytest.mark.parametrize("word", ["강", "가", "힣", "갂났다", "꿹a뷁!", "한글은"])
def test_syllables_are_taken_apart_as_unicode_does(word):
    wanted = [ord(letter) for letter in unicodedata.normalize("NFD", word)]
    assert spelt([word]) == [wanted]


def test_every_syllable_is_taken_apart_as_unicode_does():
    every = [chr(point) for point in range(0xAC00, 0xD7A4)]
    found = spelt(["".join(every)])[0]
    assert found == [ord(jamo) for jamo in unicodedata.normalize("NFD", "".join(every))]


def test_a_word_reads_alike_however_its_hangul_is_written():
    apart = unicodedata.normalize("NFD", "강물이")
    assert spelt([apart]) == spelt(["강물이"])
    assert key(tf.constant([apart])).numpy()[0].decode() == "강물이"


def test_other_scripts_keep_their_characters_and_capitals():
    assert spelt(["Aé😀", ""]) == [[65, 0xE9, 0x1F600], []]


def test_known_characters_come_by_count_then_by_code_point():
    found = known(["ccc", "bb", "aa", "x", "강강"], 2)
    jamo = [ord(jamo) for jamo in unicodedata.normalize("NFD", "강")]
    assert found.tolist() == [ord("c"), ord("a"), ord("b"), *jamo]


def test_words_are_looked_up_in_small_letters(table):
    answer = table(tf.constant([["Cat", "dog", ""], ["É", "강", "CAT"]]))
    assert answer["words"].numpy().tolist() == [
        [FIRST_WORD, UNKNOWN, PAD],
        [FIRST_WORD + 1, FIRST_WORD + 2, FIRST_WORD],
    ]
    assert answer["characters"].shape == (2, 3, LENGTH)


@pytest.mark.parametrize("length", [1, 2 * EDGE, 2 * EDGE + 1, 100])
def test_a_long_word_keeps_both_its_ends(table, length):
    word = ("abcdefghijklmnopqrstuvwxyz" * 4)[:length]
    answer = table(tf.constant([word]))
    assert answer["characters"].numpy().tolist() == [ids(word)]


def test_an_unknown_character_and_padding_have_their_ids(table):
    rows = table(tf.constant(["a?b", ""]))["characters"].numpy()
    assert rows[0, :5].tolist() == [START, FIRST_WORD, UNKNOWN, FIRST_WORD + 1, END]
    assert not rows[1].any()


def test_no_words_at_all_are_no_rows(table):
    answer = table(tf.zeros([0, 3], tf.string))
    assert answer["words"].shape == (0, 3)
    assert answer["characters"].shape == (0, 3, LENGTH)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5))
def test_words_of_any_bytes_have_ids_in_range(table, graph, words):
    answer = graph(tf.constant(words))
    rows = answer["characters"].numpy()
    assert rows.shape == (len(words), LENGTH)
    assert rows.max() < table.characters == FIRST_WORD + len(ALPHABET)
    for word, number, row in zip(words, answer["words"].numpy(), rows, strict=True):
        assert (number == PAD) == (row[0] == PAD) == (word == b"")
        assert word == b"" or (row == END).sum() == 1


def test_the_constants_are_unicodes():
    assert chr(characters.LAST_SYLLABLE) == "힣"
    assert unicodedata.name(chr(characters.FIRST_JAMO)) == "HANGUL CHOSEONG KIYEOK"
