"""The exported tagger against the Keras model that it was made from."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.small_taggers import OPTIONS, small_tagger, tables
from zoo.corpora.sentences import UPOS
from zoo.export import tag
from zoo.export.tag_signatures import MOST_WORD_BYTES
from zoo.models.tagger import Tagger
from zoo.preprocess.sentence_words import MOST_WORDS

FRESH = """
import sys
import tensorflow as tf, tensorflow_text
model = tf.saved_model.load(sys.argv[1])
answer = model.signatures["serving_default"](text=tf.constant(["the dog can't run"]))
assert not any(name.split(".")[0] == "zoo" for name in sys.modules)
print(*(word.decode() for word in answer["words"].numpy()[0]))
"""
TEXTS = ["the dog runs, a cat sits.", "can't", "Ann cannot", "한국어 😀 é"]
SPLIT = [
    ["the", "dog", "runs", ",", "a", "cat", "sits", "."],
    ["ca", "n't"],
    ["Ann", "can", "not"],
    ["한국어", "😀", "é"],
]
HOSTILE = ["", " \n", b"\xff\xfe", "a\x00b", "שלום \u202e", "\t", b"\xc3", "x" * 20_000]


def ask(exported, signature, **inputs):
    answer = exported.signatures[signature](**inputs)
    return {key: value.numpy() for key, value in answer.items()}


def texts(*values):
    return {"text": tf.constant(values, tf.string, shape=[len(values)])}


def words(*rows):
    longest = max(map(len, rows), default=0)
    padded = [[*row, *[""] * (longest - len(row))] for row in rows]
    return {"words": tf.constant(padded, tf.string, shape=[len(rows), longest])}


@pytest.fixture(scope="module")
def read():
    return tables()[0]


def shares(model, read, sentence):
    """The model's probabilities for a sentence read alone, `[W, 17]`."""
    logits = np.asarray(model(read(tf.constant([sentence])))[0], np.float64)
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def test_every_input_has_a_row_a_sentence_and_a_name(exported_tagger):
    inputs = {
        name: {
            spec.name: spec.shape.as_list()
            for spec in signature.structured_input_signature[1].values()
        }
        for name, signature in exported_tagger.signatures.items()
    }
    assert inputs == {
        "serving_default": {"text": [None]},
        "tag_words": {"words": [None, None]},
        "explain": {"text": [None]},
    }


def test_words_tags_scores_and_places_are_the_models_own(exported_tagger, read):
    answer = ask(exported_tagger, "serving_default", **texts(*TEXTS))
    again = ask(exported_tagger, "tag_words", **words(*SPLIT))
    seen = set()
    for row, (text, sentence) in enumerate(zip(TEXTS, SPLIT, strict=True)):
        length, encoded = len(sentence), text.encode()
        wanted = shares(exported_tagger.model, read, sentence)
        tags = [UPOS[place].encode() for place in wanted.argmax(axis=1)]
        seen |= set(tags)
        for said in (answer, again):
            assert said["tags"][row, :length].tolist() == tags
            np.testing.assert_allclose(
                said["scores"][row, :length], wanted.max(axis=1), rtol=1e-3
            )
            assert not said["scores"][row, length:].any()
            assert set(said["tags"][row, length:]) <= {b""}
        places = zip(answer["starts"][row], answer["ends"][row], strict=True)
        found = [encoded[start:end].decode() for start, end in places]
        assert found == sentence + [""] * (len(found) - length)
        assert [word.decode() for word in answer["words"][row]] == found
    assert len(seen) > 1


def test_the_three_likeliest_tags_states_and_attention(exported_tagger, read):
    answer = ask(exported_tagger, "explain", **texts(*TEXTS))
    for row, sentence in enumerate(SPLIT):
        length, model = len(sentence), exported_tagger.model
        wanted = shares(model, read, sentence)
        order = np.argsort(-wanted, axis=1)[:, :3]
        said = answer["top_tags"][row, :length]
        assert said.tolist() == [[UPOS[p].encode() for p in top] for top in order]
        np.testing.assert_allclose(
            answer["top_scores"][row, :length],
            np.take_along_axis(wanted, order, axis=1),
            rtol=2e-3,
        )
        memory, attention = model.look(read(tf.constant([sentence])))
        np.testing.assert_allclose(
            answer["hidden"][row, :length], memory.states[0], atol=2e-3
        )
        assert not answer["hidden"][row, length:].any()
        assert not answer["top_scores"][row, length:].any()
        assert ("attention" in answer) == (attention is not None)
        if attention is not None:
            maps = answer["attention"][row, :, :, :length]
            np.testing.assert_allclose(
                maps[..., :length], attention[0], rtol=1e-2, atol=1e-3
            )
            assert not maps[..., length:].any()


def test_no_rows_and_no_words_have_answers_of_the_right_shape(exported_tagger):
    for name, rest in [("serving_default", ()), ("explain", (3,))]:
        empty = ask(exported_tagger, name, **texts())
        assert {part.shape[0] for part in empty.values()} == {0}
        nothing = ask(exported_tagger, name, **texts("", " "))
        assert nothing["words"].tolist() == [[b""], [b""]]
        scores = nothing["top_scores" if rest else "scores"]
        assert scores.shape == (2, 1, *rest) and not scores.any()
    for shape in [(0, 0), (2, 0), (0, 3), (2, 3)]:
        table = {"words": tf.fill(shape, "")}
        answer = ask(exported_tagger, "tag_words", **table)
        assert {part.shape for part in answer.values()} == {shape}


def test_hostile_texts_change_no_other_row(exported_tagger):
    alone = ask(exported_tagger, "serving_default", **texts(TEXTS[0]))
    among = ask(exported_tagger, "serving_default", **texts(*HOSTILE, TEXTS[0]))
    length = len(SPLIT[0])
    assert among["tags"][-1, :length].tolist() == alone["tags"][0].tolist()
    np.testing.assert_allclose(
        among["scores"][-1, :length], alone["scores"][0], rtol=1e-3
    )
    for row, text in enumerate(HOSTILE):
        size = len(text.encode() if isinstance(text, str) else text)
        assert 0 <= among["starts"][row].min() and among["ends"][row].max() <= size
        assert all(word.decode() is not None for word in among["words"][row])


def test_words_after_the_bound_and_bytes_after_theirs_are_not_read(exported_tagger):
    many = [["the"] * (MOST_WORDS + 2), ["x" * 10**6]]
    answer = ask(exported_tagger, "tag_words", **words(*many))
    assert answer["tags"].shape == (2, MOST_WORDS + 2)
    assert (
        answer["tags"][0, MOST_WORDS - 1] and not answer["tags"][0, MOST_WORDS:].any()
    )
    same = ask(exported_tagger, "tag_words", **words(["x" * MOST_WORD_BYTES]))
    np.testing.assert_allclose(answer["scores"][1, 0], same["scores"][0, 0], rtol=1e-3)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.binary(max_size=30), max_size=3))
def test_any_bytes_have_tags(exported_tagger, texts_):
    answer = ask(exported_tagger, "serving_default", **texts(*texts_))
    given_words = ask(exported_tagger, "tag_words", **words(texts_))
    known = {tag.encode() for tag in UPOS}
    assert answer["words"].shape[0] == len(texts_)
    for said in (answer, given_words):
        assert np.isfinite(said["scores"]).all()
        assert set(said["tags"].ravel().tolist()) <= known | {b""}
    for word, tag_ in zip(answer["words"].ravel(), answer["tags"].ravel(), strict=True):
        assert bool(word) == bool(tag_)
        word.decode("utf-8")


@pytest.mark.parametrize("exported_tagger", ["transformer"], indirect=True)
def test_it_loads_where_zoo_was_never_imported(exported_tagger):
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(exported_tagger.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["the", "dog", "ca", "n't", "run"]


def test_what_ships_says_of_the_universal_tags_what_was_trained(read):
    class Trained:
        model = {**OPTIONS, "classes": 17}

    model = small_tagger("gru", classes=20)
    Trained.model["encoder"] = model.encoder_options
    small = tag.without_fine_tags(Trained, model)
    inputs = read(tf.constant([SPLIT[0]]))
    np.testing.assert_allclose(small(inputs), model(inputs)[..., :17], atol=1e-6)
    assert isinstance(small, Tagger) and small.classes == 17
    counts = tag.parameters(Trained, model)
    assert counts["total"] == small.count_params() == model.count_params() - 3 * 7
    assert counts["encoder"] + counts["embeddings"] == counts["total"]
    assert counts["embeddings"] == 14 * 6 + 22 * 4
