"""Sentences cut into words in the graph: conventions, places, and any bytes."""

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.preprocess.conventions import MARK
from zoo.preprocess.sentence_words import MOST_BYTES, MOST_WORDS, SentenceWords


def make(language, exceptions=()):
    split = SentenceWords(language, exceptions)
    graph = tf.function(
        split.__call__, input_signature=[tf.TensorSpec([None], tf.string)]
    )

    def cut(*texts):
        """`(word, start, end)` of each word of each text."""
        answer = graph(tf.constant(texts, tf.string, shape=[len(texts)]))
        lists = [part.to_list() for part in answer]
        return [list(zip(*row, strict=True)) for row in zip(*lists, strict=True)]

    cut.module = split  # its table lives as long as the graph is used
    return cut


@pytest.fixture(scope="module")
def english():
    return make("en", ["Dr.", f"can{MARK}not", f"B{MARK}&{MARK}W"])


@pytest.fixture(scope="module")
def korean():
    return make("ko")


def words(cut, text):
    return [word.decode() for word, _, _ in cut(text)[0]]


ENGLISH = [
    "I do n't , he 'll ; they 're ( we 've ) !",
    "It was n’t John 's",
    "Dr. Who can not see B & W .",
    "the U.S. and e.g. J. Doe at 3 p.m.",
    "end .",
    "$ 1,000.50 or 5 % , + 7 and # 1",
    "a 15 - year and state - of - the - art plan",
    "pre-war anti-army multi-nation e-mail",
    "call 713-853-3989 on 11/28/2000 or 9/11",
    "he / she and / or",
    "3 pm 10 kg 23rd 1970s 5:00 - 8:30",
    "write jo.e@x-y.org or http://a.b/c?d=e , www.q.net !",
    ":) ;-) :( <3 ^_^",
    "wait ... what !? no !!! ok .. -- so",
    '" so " , “ he ” said ( [ x ] )',
    "A&E and AT&T",
    "rock ' n ' roll",
]
KOREAN = [
    "집에서 , 그는 “ 오라 ” 고 했다 .",
    "3.5 % 와 1,000원 , 2조3,000억 .",
    "4~6경기가 AK-47 70~80",
    "‘ A ’ 와 ( B )",
    "교육 ㆍ 문화 · 예술",
    "좋아ㅋㅋ !",
    "그래서 ...",
    "www.x.co.kr 로",
]


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_cut_where_the_treebank_cuts(english, text):
    wanted = text.split()
    run_on = text.replace(" ,", ",").replace(" .", ".").replace(" ;", ";")
    for apart, together in [
        (" n't", "n't"), (" n’t", "n’t"), (" 's", "'s"), (" 'll", "'ll"),
        (" 're", "'re"), (" 've", "'ve"), ("( ", "("), (" )", ")"), ("[ ", "["),
        (" ]", "]"), (" !", "!"), ("can not", "cannot"), ("B & W", "B&W"),
        ("$ 1", "$1"), ("5 %", "5%"), ("# 1", "#1"), (" - ", "-"), (" / ", "/"),
        ("3 pm", "3pm"), ("10 kg", "10kg"), (" ...", "..."), ('" so "', '"so"'),
        ("“ he ”", "“he”"),
    ]:  # fmt: skip
        run_on = run_on.replace(apart, together)
    assert words(english, text) == wanted
    assert words(english, run_on) == wanted


@pytest.mark.parametrize("text", KOREAN)
def test_korean_is_cut_at_blanks_and_signs(korean, text):
    wanted = text.split()
    assert words(korean, text) == wanted
    run_on = text
    for sign in ",.)”’!%":
        run_on = run_on.replace(f" {sign}", sign)
    for sign in "(“‘":
        run_on = run_on.replace(f"{sign} ", sign)
    for sign in "ㆍ·":
        run_on = run_on.replace(f" {sign} ", sign)
    assert words(korean, run_on) == wanted


def test_an_exception_goes_before_the_rules(english, korean):
    assert words(korean, "Dr. Who cannot.") == ["Dr", ".", "Who", "cannot", "."]
    assert words(english, "Dr. Who cannot.") == ["Dr.", "Who", "can", "not", "."]


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\r\n", "\xa0", "\u3000", "\ufeff"])
def test_every_kind_of_blank_parts_words(english, blank):
    found = english(f"{blank}he{blank * 3}went{blank}")[0]
    assert [word for word, _, _ in found] == [b"he", b"went"]


def test_no_text_and_no_words(english):
    assert english() == []
    assert english("", "  \n", "\x00\x1e") == [[], [], []]


def test_a_control_character_parts_words_and_keeps_places(english):
    assert english("a\x00b\x1ec")[0] == [(b"a", 0, 1), (b"b", 2, 3), (b"c", 4, 5)]


def test_malformed_bytes_keep_the_places_of_all_other_words(english):
    found = english(b"he \xff\xfe went\xc3 home")[0]
    assert found[0] == (b"he", 0, 2) and found[-1] == (b"home", 12, 16)
    assert found[1] == ("\ufffd\ufffd".encode(), 3, 5)


def test_words_after_the_bounds_are_left_out(english):
    found = english("a " * (MOST_WORDS + 5), "long " * MOST_BYTES, "x" * 10**6)
    assert len(found[0]) == MOST_WORDS == len(found[1])
    assert found[2] == []  # one word, and the bound is inside it
    tail = "b" * 30
    text = "c" * (MOST_BYTES - 10) + " " + tail
    assert [word for word, _, _ in english(text)[0]] == [b"c" * (MOST_BYTES - 10)]
    whole = "c" * (MOST_BYTES - 3) + " dd"
    assert english(whole)[0][-1] == (b"dd", MOST_BYTES - 2, MOST_BYTES)


PIECES = st.sampled_from(
    "don't|Mr.|e-mail|U.S.|...|!?|:)|'s|한국어는|ㆍ|3.5%|a@b.co|http://x.org/|é|😀".split(
        "|"
    )
    + ["\ufeff", "\u202e", "\x00", "\x1e", " ", "\n"]
)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=12).map("".join),
    st.sampled_from(["en", "ko"]),
)
def test_each_word_is_what_stands_at_its_place(english, korean, text, language):
    given_bytes = text.encode("utf-8", "replace")
    cut = {"en": english, "ko": korean}[language]
    last = 0
    for word, start, end in cut(given_bytes)[0]:
        assert last <= start < end <= len(given_bytes)
        assert word == given_bytes[start:end]
        assert not any(blank in word for blank in (b" ", b"\n", b"\x00", b"\x1e"))
        last = end
    left = [text for text in text.split() if text.isalnum() and text.isascii()]
    found = b"".join(word for word, _, _ in cut(given_bytes)[0]).decode()
    assert all(part in found for part in left)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
def test_any_bytes_give_whole_utf8_and_places_inside(english, texts):
    for text, row in zip(texts, english(*texts), strict=True):
        last = 0
        for word, start, end in row:
            assert last <= start < end <= len(text)
            word.decode("utf-8")
            last = end
