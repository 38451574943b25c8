"""Scores a translator's artefact on the test split and writes its card."""

import dataclasses

import numpy as np

from zoo.corpora import catalogue
from zoo.evaluate import timing
from zoo.metrics import translation as metrics
from zoo.metrics.bootstrap import RESAMPLES

METRIC = (
    "BLEU by sacreBLEU, as it is written (`bleu`) and with case aside "
    "(`bleu_lc`), and chrF, in %; 95 % percentile bootstrap, "
    f"{RESAMPLES:,} resamples of the sentences, seed 0"
)
# Words of a source, the last of each bucket; there is one more for all longer ones.
BUCKETS = (7, 10, 13, 16, 20)
EXAMPLES = 6  # best and worst sentences named in the card
LIMITS = (
    "What it never saw it translates by what looks alike, fluently and wrongly: names, "
    "numbers and negations deserve a second look.",
    "It translates one sentence; what was said before is not known to it.",
)


def measure(translator, corpus):
    """Measures an artefact through its signatures.

    Args:
        translator: `zoo.gallery.Translator`.
        corpus: Name of the corpus whose test split it is measured on.

    Returns:
        Pair of a dictionary, what the card learns, and the list of predictions.
    """
    pairs = catalogue.load(corpus, "test")
    sources = [pair.source for pair in pairs]
    references = [pair.target for pair in pairs]
    said = {
        "greedy": _best(translator, sources, width=1, length_penalty=0.0),
        "beam5": _best(translator, sources, width=5),
        "translation": [found.text for found in translator(sources)],
    }
    scored, signatures = {}, {}
    for key, texts in said.items():
        name = "default" if key == "translation" else key
        scored[name], signatures = score(texts, references)
    counts = metrics.statistics(said["beam5"], references, lowercase=True)
    each = metrics.sentences(said["beam5"], references)
    ranked = sorted(range(len(pairs)), key=lambda row: (-each[row], row))
    names = [pairs[row].name for row in ranked]
    found = {
        "metric": METRIC,
        "signatures": signatures,
        "test": {**scored, "by_length": by_length(sources, counts)},
        "latency_ms": timing.of_beams(translator, sources),
        "examples": {"successes": names[:EXAMPLES], "failures": names[-EXAMPLES:]},
        "limits": [limit_of(translator.card["corpus"]), *LIMITS],
    }
    rows = [
        {
            "id": pair.name,
            **{key: texts[row] for key, texts in said.items()},
            "bleu_lc_counts": counts[row].astype(int).tolist(),
        }
        for row, pair in enumerate(pairs)
    ]
    return found, rows


def score(said, references):
    """Scores translations in all ways.

    Args:
        said: List of strings.
        references: List of strings, one a translation.

    Returns:
        Pair of a dictionary of `bleu`, `bleu_lc`, each with its interval, and `chrf`;
        and of sacreBLEU's signatures, by the same names.
    """
    found, signatures = {}, {}
    for name, lowercase in (("bleu", False), ("bleu_lc", True)):
        interval, signatures[name] = metrics.bleu(said, references, lowercase)
        found[name] = {
            key: round(value, 2) for key, value in dataclasses.asdict(interval).items()
        }
    value, signatures["chrf"] = metrics.chrf(said, references)
    found["chrf"] = round(value, 2)
    return found, signatures


def by_length(sources, counts):
    """Scores the sentences of each length of the source.

    Args:
        sources: List of N strings.
        counts: `[N, 10]`, `zoo.metrics.translation.statistics` of their translations.

    Returns:
        List of dictionaries: `words`, the most words of the bucket's sources (None for
        no bound), `sentences`, how many there are, and their `bleu_lc`. A bucket
        without sentences is left out.
    """
    words = np.array([len(source.split()) for source in sources])
    place = np.searchsorted(BUCKETS, words)
    return [
        {
            "words": most,
            "sentences": int((place == bucket).sum()),
            "bleu_lc": round(float(metrics.bleu_of(counts[place == bucket].sum(0))), 2),
        }
        for bucket, most in enumerate([*BUCKETS, None])
        if (place == bucket).any()
    ]


def limit_of(corpus):
    """Says what a translator's corpus leaves out, for its card.

    Args:
        corpus: The card's dictionary of the corpus.
    """
    name, count = corpus["name"], corpus["pairs"]["train"]
    if name.startswith("multi30k"):
        return (
            f"Trained on {count:,} captions of photographs, most of people outdoors: "
            "anything else is translated in their words."
        )
    return (
        f"Trained on {count:,} pairs of the corpus {name!r}: anything unlike them is "
        "translated in their words."
    )


def _best(translator, sources, **options):
    """The best translation of each source, through `beam`."""
    return [found[0].text for found in translator.beam(sources, **options)]
