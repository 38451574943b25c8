"""The client of a tagger: plain Python in and out."""

import numpy as np
import pytest

from zoo import gallery
from zoo.gallery import tag as client


@pytest.fixture(scope="module")
def tagger(exported_tagger):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_MODELS", str(exported_tagger.root))
        yield gallery.load(exported_tagger.name)


def test_a_name_opens_the_client_of_its_task_which_warms_up(tagger, exported_tagger):
    assert isinstance(tagger, gallery.Tagger)
    assert tagger.card["title"] == exported_tagger.name
    tagger.warm_up()


def test_a_sentence_becomes_words_with_places(tagger):
    text = "Ann cannot run, é!"
    (found,) = tagger([text])
    assert [word.word for word in found] == ["Ann", "can", "not", "run", ",", "é", "!"]
    for word in found:
        assert text.encode()[word.start : word.end].decode() == word.word
        assert 0 < word.score <= 1 and word.tag


def test_texts_of_any_length_keep_their_order(tagger):
    lengths = [3, 0, 40, 1] * (client.BATCH // 3)
    found = tagger(["dog " * length for length in lengths])
    assert [len(words) for words in found] == lengths
    alone = tagger(["dog " * 3])[0]
    assert [word.tag for word in found[0]] == [word.tag for word in alone]


def test_split_words_are_tagged_one_for_one(tagger):
    text = "the dog runs"
    whole = [(word.tag, word.score) for word in tagger([text])[0]]
    one, none, gap = tagger.tag_words([text.split(), [], ["the", "", "dog"]])
    assert [tag for tag, _ in one] == [tag for tag, _ in whole]
    np.testing.assert_allclose([s for _, s in one], [s for _, s in whole], rtol=1e-3)
    assert none == [] and gap[1] == ("", 0.0) and len(gap) == 3


def test_an_explanation_is_cut_to_its_words(tagger, exported_tagger):
    long, empty = tagger.explain(["the dog runs.", ""])
    assert long.words == ["the", "dog", "runs", "."]
    assert [len(tags) for tags in long.top_tags] == [3] * 4
    assert long.hidden.shape[0] == 4 and empty.words == []
    first = [tags[0] for tags in long.top_tags]
    assert first == [word.tag for word in tagger(["the dog runs."])[0]]
    looks = "transformer" in exported_tagger.name
    assert (long.attention is not None) == looks
    if looks:
        assert long.attention.shape == (2, 2, 4, 4) and empty.attention.shape[2] == 0


def test_nothing_asked_is_nothing_said(tagger):
    assert tagger([]) == tagger.tag_words([]) == tagger.explain([]) == []


@pytest.mark.parametrize(
    ("method", "value", "message"),
    [
        ("__call__", "text", r"Received: one str; write \[text\]"),
        ("__call__", ["a", 3], r"texts\[1\] of type int"),
        ("explain", b"text", "Received: one bytes"),
        ("tag_words", "text", "list of lists of words"),
        ("tag_words", ["text"], r"`sentences\[0\]` must be a list of texts"),
        ("tag_words", [["a"], [None]], r"sentences\[1\]\[0\] of type NoneType"),
    ],
)
def test_other_than_lists_of_strings_is_refused(tagger, method, value, message):
    with pytest.raises(TypeError, match=message):
        getattr(tagger, method)(value)


def test_a_lone_surrogate_is_read_as_malformed(tagger):
    ((word,),) = tagger(["\ud800"])
    assert set(word.word) == {"\ufffd"} and (word.start, word.end) == (0, 3)
