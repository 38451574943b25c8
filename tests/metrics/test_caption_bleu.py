"""BLEU, against hand arithmetic and the paper's definition."""

import math
from collections import Counter

import numpy as np
import pytest
from pycocoevalcap.bleu.bleu import Bleu

from zoo.metrics import caption as caption_metrics
from zoo.metrics.bootstrap import draw_counts
from zoo.metrics.caption import score

BLEU_NAMES = ["bleu1", "bleu2", "bleu3", "bleu4"]


def value(name, prediction, captions):
    return score({"a": prediction}, {"a": captions}, resamples=1)[name].value


def n_grams(caption, order):
    words = caption.split()
    return Counter(tuple(words[i : i + order]) for i in range(len(words) - order + 1))


def papineni(predictions, references):
    """BLEU-1..4 of a corpus from the paper's definition, no smoothing."""
    length = closest = 0
    matches, guesses = [0] * 4, [0] * 4
    for picture, prediction in predictions.items():
        own = len(prediction.split())
        lengths = sorted(len(caption.split()) for caption in references[picture])
        length += own
        closest += min(lengths, key=lambda other: abs(other - own))
        for order in range(1, 5):
            held = [n_grams(caption, order) for caption in references[picture]]
            for gram, count in n_grams(prediction, order).items():
                matches[order - 1] += min(count, max(each[gram] for each in held))
                guesses[order - 1] += count
    brevity = min(1, math.exp(1 - closest / length))
    precisions = [found / tried for found, tried in zip(matches, guesses, strict=True)]
    return [
        100 * brevity * math.prod(precisions[:order]) ** (1 / order)
        for order in range(1, 5)
    ]


def test_bleu_clips_a_repeated_word_to_its_count_in_one_reference():
    # Papineni et al. 2002, example 2: 2 of 7, no brevity penalty (7 against 7).
    references = ["The cat is on the mat.", "There is a cat on the mat."]
    found = value("bleu1", "the the the the the the the", references)
    assert found == pytest.approx(100 * 2 / 7, abs=1e-6)


def test_bleu_penalises_a_short_prediction():
    # All of "a dog runs" is in the reference of 6 words: exp(1 - 6/3).
    reference = ["a dog runs on the grass"]
    for name in ("bleu1", "bleu2", "bleu3"):
        found = value(name, "a dog runs", reference)
        assert found == pytest.approx(100 * math.exp(-1), abs=1e-6)


def test_bleu_takes_the_closest_reference_length_and_the_shorter_of_two():
    # Lengths 3 and 5 are as close to 4: the shorter gives no penalty.
    references = ["b b b", "a a a a b"]
    assert value("bleu1", "a a a a", references) == pytest.approx(100, abs=1e-6)
    # Length 5 is closer than 9: exp(1 - 5/4).
    references = ["b b b b b b b b b", "a a a a b"]
    expected = 100 * math.exp(-1 / 4)
    assert value("bleu1", "a a a a", references) == pytest.approx(expected, abs=1e-6)


def test_bleu_is_the_geometric_mean_over_several_references():
    # 1-grams 5/5 (from both references), 2-grams 3/4 (not "dog fast"), 3-grams 1/3
    # ("a brown dog"), 4-grams 0/2; lengths 5 and 5.
    references = ["a brown dog runs fast", "the brown dog is fast now"]
    scores = score({"a": "a brown dog fast now"}, {"a": references}, resamples=1)
    expected = [1, math.sqrt(3 / 4), (3 / 4 / 3) ** (1 / 3)]
    for name, precision in zip(BLEU_NAMES, expected, strict=False):
        assert scores[name].value == pytest.approx(100 * precision, abs=1e-6)
    # pycocoevalcap's 1e-15 in place of no match leaves a trace, under 0.1.
    assert 0 < scores["bleu4"].value < 0.1


def test_bleu_of_a_corpus_is_the_papers(corpus):
    predictions, references = corpus(60)
    scores = score(predictions, references, resamples=1)
    found = [scores[name].value for name in BLEU_NAMES]
    assert found == pytest.approx(papineni(predictions, references), abs=1e-5)


@pytest.mark.parametrize("ending", ["", " w1 w2 w3 w4 w5 w6"])  # too short, too long
def test_bleu_from_summed_statistics_is_the_resampled_corpus_scored_afresh(
    corpus, ending
):
    predictions, references = corpus(25)
    guesses = {picture: [words + ending] for picture, words in predictions.items()}
    statistics = caption_metrics.bleu_statistics(guesses, references)
    counts = draw_counts(25, resamples=5, seed=1)
    quick = caption_metrics.bleu(counts @ statistics)
    for row, drawn in zip(quick, counts, strict=True):
        copies = [
            (f"{picture}#{copy}", picture)
            for picture, count in zip(references, drawn, strict=True)
            for copy in range(int(count))
        ]
        afresh, _ = Bleu(4).compute_score(
            {name: references[picture] for name, picture in copies},
            {name: guesses[picture] for name, picture in copies},
            verbose=0,
        )
        assert row == pytest.approx(100 * np.array(afresh), abs=1e-9)
