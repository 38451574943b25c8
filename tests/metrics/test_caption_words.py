"""The words of a caption, as `zoo.metrics.caption` counts them."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.metrics import caption as caption_metrics
from zoo.metrics.caption import tokenise


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        ("A  dog\truns .", "a dog runs"),
        ("black-and-white", "black and white"),
        ("a man 's hat", "a man s hat"),
        ("the man's hat", "the man's hat"),
        ("the man\u2019s hat", "the man's hat"),
        ("'quoted' dogs'", "quoted dogs"),
        ("in the 1950's", "in the 1950's"),
        ("snake_case #2, 10:30", "snake case 2 10 30"),
        ("CAFE\u0301", "caf\u00e9"),
        ("\uac1c\uac00 \ub2ec\ub9b0\ub2e4!", "\uac1c\uac00 \ub2ec\ub9b0\ub2e4"),
        (
            "\u0928\u092e\u0938\u094d\u0924\u0947",
            "\u0928\u092e\u0938\u094d\u0924\u0947",
        ),
        ("I \u2764\ufe0f dogs", "i dogs"),
        (" '' -- ...", ""),
        ("", ""),
    ],
)
def test_a_caption_becomes_its_lower_case_words(caption, words):
    assert tokenise(caption) == words


@given(st.text())
def test_tokenising_twice_changes_nothing(text):
    assert tokenise(tokenise(text)) == tokenise(text)


def test_the_scored_words_are_the_words_that_are_trained_on():
    from zoo.preprocess.words import split

    captions = [
        "A man 's black-and-white T-shirt , at 5 o'clock .",
        "Two dogs' tails; don\u2019t 'stop' in the 90's!",
        "snake_case #2, 10:30 \u00bd cup",
        "CAFE\u0301 \uac1c\uac00 \ub2ec\ub9b0\ub2e4",
        "\u0928\u092e\u0938\u094d\u0924\u0947 .",
        " .",
    ]
    trained = [b" ".join(words).decode() for words in split(captions).to_list()]
    assert [tokenise(caption) for caption in captions] == trained


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(caption_metrics)
    assert result.attempted > 0 and result.failed == 0
