"""All caption metrics together: values, intervals, refusals."""

import subprocess
import sys
from importlib.metadata import version

import pytest
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge

from zoo.metrics.caption import METRIC, per_picture_cider, score

NAMES = ["bleu1", "bleu2", "bleu3", "bleu4", "rouge_l", "cider"]


def test_the_values_are_pycocoevalcaps_own(corpus):
    predictions, references = corpus(40)
    guesses = {picture: [caption] for picture, caption in predictions.items()}
    bleus, _ = Bleu(4).compute_score(references, guesses, verbose=0)
    rouge, _ = Rouge().compute_score(references, guesses)
    cider, _ = Cider().compute_score(references, guesses)
    scores = score(predictions, references)
    expected = dict(zip(NAMES, [*bleus, rouge, cider], strict=True))
    assert list(scores) == NAMES
    for name, theirs in expected.items():
        assert scores[name].value == pytest.approx(100 * theirs, abs=1e-9)


def test_every_interval_covers_its_value_and_shrinks_with_more_pictures(corpus):
    few, many = score(*corpus(50)), score(*corpus(450))
    for name in NAMES:
        for interval in (few[name], many[name]):
            assert interval.low < interval.value < interval.high
        ratio = (many[name].high - many[name].low) / (few[name].high - few[name].low)
        assert ratio < 0.6  # a third in theory


def test_the_order_of_the_pictures_changes_nothing_and_another_seed_the_bounds(corpus):
    predictions, references = corpus(30)
    turned = dict(reversed(references.items()))
    first = score(predictions, references, seed=5)
    assert score(predictions, turned, seed=5) == first
    other = score(predictions, references, seed=6)
    for name in NAMES:
        assert other[name].value == first[name].value
        assert other[name] != first[name]


def test_raw_captions_score_as_their_words_do():
    raw = score({"a": "A Dog, runs!"}, {"a": ["a dog runs ."]}, resamples=1)
    assert raw == score({"a": "a dog runs"}, {"a": ["a dog runs"]}, resamples=1)


def test_predictions_without_a_word_score_nothing():
    scores = score({"a": "", "b": "?"}, {"a": ["a dog"], "b": ["a cat runs"]})
    for interval in scores.values():
        assert interval.low == interval.value == interval.high == 0


def test_scoring_prints_nothing(corpus, capsys):
    score(*corpus(5), resamples=2)
    per_picture_cider(*corpus(5))
    assert capsys.readouterr() == ("", "")


def test_scoring_needs_no_tensorflow():
    code = (
        "import sys; import zoo.metrics.caption; sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_signature_names_the_library_its_version_and_the_choices():
    for part in (
        f"pycocoevalcap {version('pycocoevalcap')}",
        "lower case, punctuation stripped",
        "closest reference length",
        "every human caption",
        "1,000 resamples",
    ):
        assert part in METRIC


@pytest.mark.parametrize("function", [score, per_picture_cider])
@pytest.mark.parametrize(
    ("predictions", "references", "message"),
    [
        (
            {"a": "x"},
            {"a": ["x"], "c": ["x"], "b": ["x"]},
            "without a prediction: b, c",
        ),
        ({"a": "x", "b": "x"}, {"a": ["x"]}, "predictions without references: b"),
        ({"a": "x", "b": "x"}, {"a": ["x"], "b": []}, "no word: b"),
        ({"a": "x", "b": "x"}, {"a": ["x", " ."], "b": ["x"]}, "no word: a"),
        ({"a": "x"}, {"a": "a dog"}, "a string, not a list of strings: a"),
        ({}, {}, "at least one picture"),
    ],
)
def test_pictures_that_cannot_be_scored_are_named(
    function, predictions, references, message
):
    with pytest.raises(ValueError, match=message):
        function(predictions, references)


def test_of_many_missing_pictures_ten_are_named_and_the_rest_counted(corpus):
    predictions, references = corpus(25)
    del predictions["0003.jpg"]
    with pytest.raises(ValueError, match=r": 0003\.jpg$"):
        score(predictions, references)
    with pytest.raises(ValueError, match=r"0009\.jpg and 15 more$"):
        score({}, references)
