"""The client of a language model answers in plain Python."""

import numpy as np
import pytest

import zoo
from tests.small_writers import ALPHABET, PROGRESS
from zoo import gallery


@pytest.fixture
def writer(exported_writer, monkeypatch):
    monkeypatch.setenv("ZOO_MODELS", str(exported_writer.root))
    return zoo.load(exported_writer.name)


def test_a_writer_answers_in_one_line(writer):
    assert isinstance(writer, gallery.Writer)
    texts = writer(["cab", ""], length=7)
    assert [len(text) for text in texts] == [7, 7]
    assert set("".join(texts)) <= set(ALPHABET)
    assert [len(text) for text in writer(["a"])] == [200]


def test_options_are_one_for_all_or_one_a_prompt(writer):
    prompts = ["cab", "cab", "a"]
    options = {
        "length": [5, 9, 2],
        "temperature": [0.0, 1, 2],
        "top_k": [0, 3, 1],
        "seed": [1, 2**60, -3],
    }
    together = writer(prompts, **options)
    for row, prompt in enumerate(prompts):
        own = {name: values[row] for name, values in options.items()}
        assert writer([prompt], **own) == [together[row]]
    assert writer(prompts, length=4, seed=5)[0] == writer(prompts, length=4, seed=5)[1]


def test_a_score_is_a_number_and_its_parts(writer):
    text = "cab \u00e9" * 300
    whole, short, none = writer.score([text, "cab", ""])
    assert (whole.characters, short.characters, none.characters) == (1500, 3, 0)
    assert len(whole.nats) == 2 and len(short.nats) == 1 and none.nats == []
    assert sum(whole.nats) / 1500 == pytest.approx(whole.nats_per_character, rel=1e-5)
    assert none.nats_per_character == 0 < short.nats_per_character


def test_a_reading_has_an_entry_a_character(writer, exported_writer):
    long, short = writer.explain(["cab \uac00\u4e2d", "a"])
    assert long.characters == list("cab \uac00\u4e2d") and short.characters == ["a"]
    for reading, length in ((long, 6), (short, 1)):
        assert len(reading.top_characters) == len(reading.top_probabilities) == length
        assert all(len(listed) == 5 for listed in reading.top_characters)
        assert all(sum(shares) <= 1.0001 for shares in reading.top_probabilities)
        assert (reading.hidden is None) == (exported_writer.kind == "markov")
        assert (reading.cell is not None) == (exported_writer.kind == "lstm")
        for inside in filter(lambda x: x is not None, (reading.hidden, reading.cell)):
            assert inside.shape[:2] == (length, 2) and inside.dtype == np.float32


def test_no_texts_have_no_answers(writer):
    assert writer([]) == writer.score([]) == writer.explain([]) == []


def test_bytes_and_half_a_surrogate_pair_are_read_as_malformed(writer):
    for bad in ("\ud800", b"\xff\xfe"):
        assert len(writer([bad], length=3)[0]) == 3
        assert writer.score([bad])[0].characters >= 1


@pytest.mark.parametrize("method", ["__call__", "score", "explain"])
@pytest.mark.parametrize(
    ("bad", "why"), [("cab", "write .text."), ([3], r"\[0\] of type int")]
)
def test_what_is_no_list_of_texts_is_refused(writer, method, bad, why):
    with pytest.raises(TypeError, match=why):
        getattr(writer, method)(bad)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"length": 0}, "^row 1: `length` must be from 1 to 10000.*length=0"),
        ({"temperature": [1, 3]}, "^row 2: `temperature` must be from 0 to 2"),
        ({"top_k": -1}, "^row 1: `top_k` must be from 0 to"),
        ({"length": 2**31}, "integer of 32 bits"),
        ({"seed": 2**64}, "integer of 64 bits|must be an integer"),
        ({"seed": [1, 2, 3]}, r"shape \(3,\) for 2 rows"),
    ],
)
def test_an_option_out_of_range_is_a_sentence(writer, options, why):
    with pytest.raises((ValueError, TypeError), match=why):
        writer(["a", "b"], **options)


def test_a_length_that_is_no_integer_is_refused(writer):
    with pytest.raises(TypeError, match="`length` must be an integer"):
        writer(["a"], length=2.5)


def test_the_card_has_the_samples_of_training(writer):
    assert writer.card["progress"] == PROGRESS
    writer.warm_up()
