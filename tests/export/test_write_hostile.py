"""Any text and any option: an answer of the right shape, or a sentence."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.small_writers import ALPHABET, KNOWN, SIZE, make_writer
from zoo.export import write_signatures

HOSTILE = {
    "nothing": [],
    "an empty text": [""],
    "blanks": [" \t\n ", "\u3000\u00a0"],
    "malformed": [b"\xff\xfe", b"\xed\xa0\x80", b"a\xc3", b"\x80" * 9],
    "control": ["a\0b", "\x1b[31m", "\r\n\r"],
    "right to left": ["\u0634\u0644\u0648\u0645", "\u202eabc\u202c"],
    "emoji": ["\U0001f469\u200d\U0001f469\u200d\U0001f467", "\U0001f600" * 40],
    "outside every alphabet": ["\u4e2d\u6587" * 30, "\U0010ffff\ufeff"],
}
every_text = pytest.mark.parametrize("texts", HOSTILE.values(), ids=list(HOSTILE))


@pytest.fixture(scope="module")
def signatures(tmp_path_factory):
    """A language model with the smallest graph: its handling of texts is any one's."""
    folder = tmp_path_factory.mktemp("model")
    write_signatures.write(folder, make_writer("window"), KNOWN)
    loaded = tf.saved_model.load(str(folder))
    yield loaded.signatures
    del loaded


def write(signatures, prompts, length=3, temperature=1.0, top_k=0, seed=0):
    rows = len(prompts)
    options = {
        "length": np.broadcast_to(np.int32(length), rows),
        "temperature": np.broadcast_to(np.float32(temperature), rows),
        "top_k": np.broadcast_to(np.int32(top_k), rows),
        "seed": np.broadcast_to(np.int64(seed), rows),
    }
    options = {name: tf.constant(value) for name, value in options.items()}
    prompt = tf.constant(prompts, tf.string, shape=[rows])
    answer = signatures["serving_default"](prompt=prompt, **options)
    return [text.decode("utf-8") for text in answer["text"].numpy().tolist()]


def read(signatures, signature, texts):
    text = tf.constant(texts, tf.string, shape=[len(texts)])
    answer = signatures[signature](text=text)
    return {name: value.numpy() for name, value in answer.items()}


def check(signatures, texts):
    """Asks all three signatures, whatever the texts."""
    written = write(signatures, texts)
    assert [len(text) for text in written] == [3] * len(texts)
    assert set("".join(written)) <= set(ALPHABET)
    scored = read(signatures, "score", texts)
    assert all(len(value) == len(texts) for value in scored.values())
    assert np.isfinite(scored["nats"]).all() and (scored["nats"] >= 0).all()
    explained = read(signatures, "explain", texts)
    assert all(len(value) == len(texts) for value in explained.values())
    assert np.isfinite(explained["hidden"]).all()
    for row, letters in enumerate(explained["characters"]):
        text = b"".join(letters.tolist()).decode("utf-8")  # strictly
        assert len(text) == scored["characters"][row] == np.sum(letters != b"")
    return explained


@every_text
def test_hostile_texts_are_answered_row_by_row(signatures, texts):
    check(signatures, texts)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.text(max_size=40), max_size=4))
def test_any_bytes_are_answered(signatures, texts):
    raw = [
        text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        for text in texts
    ]
    check(signatures, raw)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 40),
    st.floats(0, 2, width=32),
    st.integers(0, SIZE),
    st.integers(-(2**63), 2**63 - 1),
)
def test_any_options_in_range_are_answered(
    signatures, length, temperature, top_k, seed
):
    (text,) = write(signatures, ["ab"], length, temperature, top_k, seed)
    assert len(text) == length and set(text) <= set(ALPHABET)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("length", [1, 10_000], [0, -1, 10_001, 2**31 - 1]),
        ("temperature", [0.0, 2.0], [-0.01, 2.01, float("nan"), float("inf")]),
        ("top_k", [0, SIZE], [-1, SIZE + 1, -(2**31)]),
    ],
)
def test_an_option_out_of_range_is_refused_with_its_row(signatures, name, good, bad):
    for value in bad:
        values = [good[0], value, good[0]]
        with pytest.raises(tf.errors.InvalidArgumentError, match="row 1: ") as error:
            write(signatures, ["a"] * 3, **{name: values})
        assert f"`{name}` must be from" in error.value.message
    if name != "length":
        for value in good:
            assert len(write(signatures, ["a"], **{name: value})[0]) == 3


def test_no_text_with_options_is_no_text(signatures):
    assert write(signatures, []) == []


def test_a_huge_text_costs_no_more_than_its_bound(signatures):
    huge = b"ab \xff\xea\xb0\x80\n" * (10 * 2**20 // 8)  # ten megabytes
    scored = read(signatures, "score", [huge, "a"])
    assert scored["characters"].tolist() == [write_signatures.MOST_SCORED, 1]
    assert scored["nats"].shape == (2, write_signatures.MOST_SCORED // 1000)
    explained = read(signatures, "explain", [huge])
    assert explained["characters"].shape == (1, write_signatures.MOST_EXPLAINED)
    assert len(write(signatures, [huge, ""])[0]) == 3


def test_the_longest_text_is_written_whole(signatures):
    (text,) = write(signatures, [""], length=10_000)
    assert len(text) == 10_000 and len(set(text)) > 5
