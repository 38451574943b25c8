"""ROUGE-L and CIDEr, against hand arithmetic and the papers' definitions."""

import functools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.metrics.caption import per_picture_cider, score


def n_grams(caption, order):
    words = caption.split()
    return Counter(tuple(words[i : i + order]) for i in range(len(words) - order + 1))


def cider_d(predictions, references):
    """CIDEr-D a picture, from Vedantam et al. 2015, equations 1, 4 and 5, sigma 6.

    As in the authors' code, an n-gram's weight takes its count as it is, not divided
    by the caption's number of n-grams.
    """
    pictures = len(references)
    seen = Counter()
    for captions in references.values():
        seen.update(
            {
                gram
                for caption in captions
                for order in range(1, 5)
                for gram in n_grams(caption, order)
            }
        )

    def weights(caption, order):
        return {
            gram: count * math.log(pictures / max(1, seen[gram]))
            for gram, count in n_grams(caption, order).items()
        }

    def similarity(prediction, caption, order):
        one, other = weights(prediction, order), weights(caption, order)
        norms = math.hypot(*one.values()) * math.hypot(*other.values())
        clipped = [min(one[g], other[g]) * other[g] for g in one.keys() & other.keys()]
        apart = len(prediction.split()) - len(caption.split())
        penalty = math.exp(-(apart**2) / (2 * 6**2))
        return penalty * sum(clipped) / norms if norms else 0.0

    return {
        picture: 100
        * 10
        * np.mean(
            [
                similarity(predictions[picture], caption, order)
                for caption in references[picture]
                for order in range(1, 5)
            ]
        )
        for picture in references
    }


def longest_common(one, other):
    """Length of the longest common subsequence, by its recursive definition."""

    @functools.cache
    def length(i, j):
        if i == len(one) or j == len(other):
            return 0
        if one[i] == other[j]:
            return 1 + length(i + 1, j + 1)
        return max(length(i + 1, j), length(i, j + 1))

    return length(0, 0)


@pytest.mark.parametrize(
    ("prediction", "references", "expected"),
    [
        # Lin 2004, section 3.1: 3 of 4 words in order, then 2 of 4.
        ("police kill the gunman", ["police killed the gunman"], 3 / 4),
        ("the gunman kill police", ["police killed the gunman"], 2 / 4),
        # Precision 1, recall 1/2: 2.44 * 0.5 / (0.5 + 1.44).
        ("a dog", ["a brown dog runs"], 1.22 / 1.94),
        # The best recall is with the first, the best precision with the second.
        ("a dog runs", ["a dog", "a dog runs fast by day"], 1),
        ("a cat", ["the dog"], 0),
        ("", ["the dog"], 0),
    ],
)
def test_rouge_l_is_the_f_of_the_longest_common_subsequence(
    prediction, references, expected
):
    found = score({"a": prediction}, {"a": references})["rouge_l"].value
    assert found == pytest.approx(100 * expected, abs=1e-9)


def test_rouge_l_of_a_corpus_is_the_mean_of_its_definition(corpus):
    predictions, references = corpus(20)
    expected = []
    for picture, prediction in predictions.items():
        own = prediction.split()
        held = [caption.split() for caption in references[picture]]
        common = [longest_common(own, caption) for caption in held]
        precision = max(common) / len(own)
        recall = max(n / len(words) for n, words in zip(common, held, strict=True))
        below = recall + 1.2**2 * precision
        expected.append((1 + 1.2**2) * precision * recall / below if below else 0)
    found = score(predictions, references, resamples=1)["rouge_l"].value
    assert found == pytest.approx(100 * np.mean(expected), abs=1e-9)


def test_cider_of_a_picture_is_the_papers(corpus):
    predictions, references = corpus(30)
    expected = cider_d(predictions, references)
    assert len(set(expected.values())) > 20
    found = per_picture_cider(predictions, references)
    assert found == pytest.approx(expected, abs=1e-9)


def test_the_cider_of_a_split_is_the_mean_over_its_pictures(corpus):
    predictions, references = corpus(30)
    found = score(predictions, references, resamples=1)["cider"].value
    each = per_picture_cider(predictions, references)
    assert found == pytest.approx(np.mean(list(each.values())), abs=1e-9)


def test_cider_of_a_rare_caption_given_word_for_word_is_a_thousand():
    # Every order's cosine is 1; a caption of two words has no 3- and 4-grams.
    references = {"a": ["a dog runs on grass"], "b": ["two children"]}
    predictions = {"b": "two children", "a": "a dog runs on grass"}
    found = per_picture_cider(predictions, references)
    assert found == pytest.approx({"a": 1000, "b": 500}, abs=1e-9)
    assert list(found) == ["b", "a"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from("a dog runs on green grass fast".split()), max_size=9))
def test_no_caption_has_a_higher_cider_than_the_reference_itself(words):
    references = {"a": ["a dog runs on green grass"], "b": ["a cat sleeps on a mat"]}
    other = {"a": " ".join(words), "b": "a cat"}
    itself = {**other, "a": references["a"][0]}
    best = per_picture_cider(itself, references)["a"]
    assert per_picture_cider(other, references)["a"] <= best + 1e-9
