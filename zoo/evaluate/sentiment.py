"""Scores a sentiment classifier's artefact on the test split and writes its card."""

import dataclasses

import numpy as np

from zoo.corpora import catalogue
from zoo.corpora.texts import LABELS
from zoo.evaluate import timing
from zoo.metrics.bootstrap import RESAMPLES, percentile_interval

METRIC = (
    "accuracy: % of the texts whose label is the given one, through serving_default; "
    f"95 % percentile bootstrap, {RESAMPLES} resamples of the texts, seed 0"
)
EXAMPLES = 6  # surest verdicts named in the card, right and wrong

LIMITS = (
    "Irony, quotation and films told at length mislead it: it reads how things are "
    "said, not what is meant.",
    "Its probability is of a text like those it learned from; of a text that is no "
    "opinion at all it means nothing.",
)


def measure(classifier, corpus):
    """Measures an artefact through its signatures.

    Args:
        classifier: `zoo.gallery.Sentiment`.
        corpus: Name of the corpus whose test split it is measured on.

    Returns:
        Pair of a dictionary, what the card learns, and the list of predictions.
    """
    texts = catalogue.load(corpus, "test")
    said = [example.text for example in texts]
    verdicts = classifier(said)
    right = np.array(
        [
            verdict.label == LABELS[example.label]
            for verdict, example in zip(verdicts, texts, strict=True)
        ]
    )
    known = {example.text for example in catalogue.load(corpus, "train")}
    repeated = np.array([text in known for text in said])
    sure = [abs(verdict.positive - 0.5) for verdict in verdicts]
    ranked = sorted(range(len(texts)), key=lambda row: (-sure[row], row))
    hits, misses = (
        [texts[row].name for row in ranked if right[row] == wanted][:EXAMPLES]
        for wanted in (True, False)
    )
    found = {
        "metric": METRIC,
        "test": {
            "default": {"accuracy": accuracy(right)},
            "repeated": {  # word for word in train
                "texts": int(repeated.sum()),
                "accuracy_of_others": _share(right[~repeated]),
            },
        },
        "latency_ms": {"default": timing.milliseconds(classifier, said)},
        "examples": {"successes": hits, "failures": misses},
        "limits": [*limits_of(classifier.card["corpus"]), *LIMITS],
    }
    rows = [
        {
            "id": example.name,
            "label": LABELS[example.label],
            "positive": round(verdict.positive, 6),
        }
        for example, verdict in zip(texts, verdicts, strict=True)
    ]
    return found, rows


def accuracy(right):
    """Scores verdicts, with a 95 % interval.

    How many of N texts drawn with replacement are right is a binomial number, so the
    bootstrap of an accuracy needs no drawing of texts.

    Args:
        right: `[N]` booleans.

    Returns:
        Dictionary `value`, `low`, `high`, in %.
    """
    share = float(right.mean())
    drawn = np.random.default_rng(0).binomial(len(right), share, RESAMPLES)
    interval = percentile_interval(100 * share, 100 * drawn / len(right))
    return {key: round(v, 2) for key, v in dataclasses.asdict(interval).items()}


def _share(right):
    """Percentage that is right; None of no texts."""
    return round(100 * float(right.mean()), 2) if len(right) else None


def limits_of(corpus):
    """Says what a classifier's corpus and reading leave out, for its card.

    Args:
        corpus: The card's dictionary of the corpus.
    """
    name, count, reading = corpus["name"], corpus["texts"]["train"], corpus["reading"]
    kind = {"imdb": "film reviews in English", "nsmc": "short film reviews in Korean"}
    texts = kind.get(name.partition("-")[0], f"texts of the corpus {name!r}")
    most = reading["head"] + reading["tail"]
    return [
        f"Trained on {count:,} {texts}: of anything else its verdict is a guess.",
        f"Of a text of more than {most} {reading['unit']} it reads the first "
        f"{reading['head']} and the last {reading['tail']}.",
    ]
