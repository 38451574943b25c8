"""Pieces of words against sentencepiece itself, and whatever bytes may come."""

import functools
import unicodedata

import pytest
import sentencepiece
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import alone
from tests.small_sentiment import READING, sentences, small_model, small_pieces
from zoo.preprocess import pieces as pieces_
from zoo.preprocess.pieces import Pieces, Reading, learn, tidy
from zoo.tokens import END, PAD, START, UNKNOWN

WARM = """
import tensorflow
from tests.small_sentiment import small_pieces
from zoo.preprocess.pieces import MOST_BYTES
split = tensorflow.function(small_pieces().split)
split(tensorflow.constant(["the film"]))
"""
HOSTILE = """
tokens, surfaces = split(tensorflow.constant(["7" * MOST_BYTES]))
assert surfaces.row_lengths().numpy().tolist() == [14]
"""
EMOJI = "the film 😀 was 漢 좋다"


@functools.cache
def processor():
    return sentencepiece.SentencePieceProcessor(model_proto=small_model())


def own(text):
    """The ids that sentencepiece's own package gives a text, uncut."""
    return processor().encode(text)


def uncut():
    return small_pieces(Reading(size=330, head=0, tail=10_000))


def joined(surfaces):
    return b"".join(surfaces).decode()


@pytest.mark.parametrize("text", ["the film was good", EMOJI, "", "   ", "Zürich 영화"])
def test_the_graph_splits_as_sentencepiece_does(text):
    assert uncut().tokenize(tf.constant([text])).to_list() == [own(text)]


def test_no_text_whatever_gives_a_reserved_id():
    said = [EMOJI, "[PAD] <s> </s> <unk> <pad> ▁ <0x00> \x00 \u0000"]
    rows = uncut().tokenize(tf.constant(said)).to_list()
    assert all(rows) and not {PAD, UNKNOWN, START, END} & set(rows[0] + rows[1])


def test_surfaces_joined_are_the_text_as_it_was_written():
    text = "The  Film was\tDULL, 😀😀 “not” 漢 ＧＯＯＤ 영화"
    tokens, surfaces = uncut().split(tf.constant([f"  {text} "]))
    assert joined(surfaces.to_list()[0]).strip() == text
    assert len(surfaces.to_list()[0]) == len(tokens.to_list()[0])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("THE FILM", "the film"),
        ("ÀÉ", "àé"),
        ("ｇｏｏｄ！", "good!"),
        ("film’s “end”", 'film\'s "end"'),
        ("the\tfilm\nwas\u00a0good", "the film was good"),
        ("good.<br /><br/>Dull<BR>film", "good.\n\nDull\nfilm"),
        ("cafe\u0301", "café"),
    ],
)
def test_what_looks_alike_is_read_alike(written, read):
    rows = uncut().tokenize(tf.constant([written, read])).to_list()
    assert rows[0] == rows[1]


def test_a_long_text_keeps_its_head_and_its_tail():
    text = "the good film was very dull and bright " * 3
    ids = own(text)
    assert len(ids) > READING.head + READING.tail
    assert READING.cut(ids) == ids[:5] + ids[-9:]
    tokens, surfaces = small_pieces().split(tf.constant([text, "dull"]))
    assert tokens.to_list() == [ids[:5] + ids[-9:], own("dull")]
    assert text.startswith(joined(surfaces.to_list()[0][:5]))
    assert text.strip().endswith(joined(surfaces.to_list()[0][5:]))


@pytest.mark.parametrize("count", [0, 4, 5, 6, 13, 14, 15, 30])
@pytest.mark.parametrize(("head", "tail"), [(5, 9), (0, 3), (4, 0)])
def test_what_is_kept_is_never_kept_twice(count, head, tail):
    ids = list(range(count))
    kept = Reading(head=head, tail=tail).cut(ids)
    short = count <= head + tail
    assert kept == (ids if short else ids[:head] + ids[count - tail :])


def test_the_graph_cuts_as_the_reading_does():
    text = "the good film was very dull and bright " * 2
    for head, tail in [(5, 9), (0, 3), (4, 0)]:
        reading = Reading(size=330, head=head, tail=tail)
        rows = small_pieces(reading).tokenize(tf.constant([text])).to_list()
        assert rows == [reading.cut(own(text))]


def test_jamo_are_the_letters_of_a_syllable():
    reading = Reading("jamo", 300, 10, 50)
    read = Pieces(learn(sentences(100), reading), reading)
    _, surfaces = read.split(tf.constant(["정말"]))
    letters = [surface.decode() for surface in surfaces.to_list()[0] if surface]
    assert letters == list(unicodedata.normalize("NFD", "정말")) and len(letters) == 6


def test_characters_are_one_id_each():
    reading = Reading("characters", 300, 10, 50)
    read = Pieces(learn(sentences(100), reading), reading)
    tokens, surfaces = read.split(tf.constant(["Film 정말"]))
    assert [s.decode() for s in surfaces.to_list()[0] if s] == list("Film 정말")
    assert UNKNOWN not in tokens.to_list()[0]


def test_the_same_texts_give_the_same_model():
    assert learn(sentences(200), READING) == small_model()


@pytest.mark.parametrize("texts", [[], ["", "  "]])
def test_nothing_cannot_be_learned_from(texts):
    with pytest.raises(ValueError, match="`texts` must hold text"):
        learn(texts, READING)


@pytest.mark.parametrize(
    "options",
    [
        {"unit": "words"},
        {"head": -1},
        {"tail": -1},
        {"head": 0, "tail": 0},
        {"size": 0},
    ],
)
def test_a_reading_that_cannot_be_is_refused(options):
    with pytest.raises(ValueError, match="Received: "):
        Reading(**options)


def test_a_text_of_any_length_is_bounded():
    texts = ["the film " * 600_000, "x" * 10_000_000, "漢" * 3_000_000]
    tokens = small_pieces().tokenize(tf.constant(texts))
    assert tokens.row_lengths().numpy().tolist() == [14, 14, 14]
    sizes = tf.strings.length(tidy(tf.constant(texts))).numpy()
    assert (sizes <= pieces_.MOST_BYTES).all()


def test_a_text_is_not_copied_as_often_as_it_has_pieces():
    _, grown = alone.growth(WARM, HOSTILE)
    assert grown < 150  # megabytes; 32,768 copies are a thousand


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=40) | st.text(max_size=20), max_size=4))
def test_any_bytes_are_split_and_shown_as_utf8(texts):
    texts = [text if isinstance(text, bytes) else encoded(text) for text in texts]
    batch = tf.constant(texts, tf.string)
    tokens, surfaces = traced_split()(batch)
    assert [len(row) for row in tokens.to_list()] == [
        min(len(own(text)), READING.head + READING.tail)
        for text in map(bytes.decode, tidy(batch).numpy())
    ]
    assert surfaces.row_lengths().numpy().tolist() == [
        len(row) for row in tokens.to_list()
    ]
    for row in surfaces.to_list():
        for surface in row:
            surface.decode("utf-8")


@functools.cache
def traced_split():
    spec = tf.TensorSpec([None], tf.string)
    return tf.function(small_pieces().split, input_signature=[spec])


def encoded(text):
    return text.encode("utf-8", "surrogatepass")


@functools.cache
def byte_pairs():
    """Byte pair encoding learned from the small texts, which keeps capitals."""
    reading = Reading("bpe", size=330, head=10_000, tail=0)
    texts = [text.title() for text in sentences(100)] + sentences(100)
    return learn(texts, reading), reading


WRITTEN = ["The FILM  was\tgood", EMOJI, "ＧＯＯＤ “not”", "", "漢字 \x00", "naïve"]


def test_byte_pairs_are_those_of_sentencepiece_and_spell_the_text_again():
    model, reading = byte_pairs()
    pieces = Pieces(model, reading)
    rows = pieces.tokenize(tf.constant(WRITTEN))
    read = sentencepiece.SentencePieceProcessor(model_proto=model)
    tidied = [text.decode() for text in tidy(tf.constant(WRITTEN)).numpy()]
    assert rows.to_list() == [read.encode(text) for text in tidied]
    again = [text.decode() for text in pieces.detokenize(rows.to_tensor()).numpy()]
    plain = [text.translate({0x201C: '"', 0x201D: '"'}) for text in tidied]
    assert again == [" ".join(text.split()) for text in plain]  # capitals and all


def test_reserved_ids_show_nothing_and_shapes_are_kept():
    model, reading = byte_pairs()
    pieces = Pieces(model, reading)
    (row,) = pieces.tokenize(tf.constant(["the film"])).to_list()
    longest = 3 + len(row)
    rows = [[START, *row, END, PAD], [END] + [PAD] * (longest - 1), [PAD] * longest]
    tokens = tf.constant([rows, rows[::-1]])  # [2, 3, T]
    said = pieces.detokenize(tokens)
    assert said.numpy().tolist() == [[b"the film", b"", b""], [b"", b"", b"the film"]]
    assert pieces.detokenize(tf.zeros([0, 4, 0], tf.int32)).shape == (0, 4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 329), min_size=1, max_size=12))
def test_whatever_ids_come_the_text_is_utf8(tokens):
    model, reading = byte_pairs()
    said = Pieces(model, reading).detokenize(tf.constant([tokens])).numpy()[0]
    said.decode("utf-8")
