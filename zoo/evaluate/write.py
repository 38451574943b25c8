"""Scores a language model's artefact on the test text and writes its card."""

import math

import numpy as np

from zoo.corpora import catalogue
from zoo.evaluate import timing
from zoo.metrics.bootstrap import draw_counts, percentile_interval

BLOCK = 1000  # characters, as `score` sums them up
MOST = 200_000  # characters of one call of `score`
WRITTEN = 200  # characters a call while timing
PROMPTS = {"tiny-shakespeare": "ROMEO:\n", "keras-source": "    def "}

METRIC = (
    "nats per character of the test text, its last tenth, each character given all "
    "before it in the split, of which 200,000 are read at a time, after a line feed; "
    "characters are code points"
)
LONG = 40  # characters; what many texts share in shorter lines tells nothing
LIMITS = (
    "It knows the characters of its training text and no others: what it has not seen "
    "is one unknown character to it, and it writes none of them.",
    "It has learnt how the text looks, not what it says.",
    "Of a prompt it reads the last 1,000 characters.",
)


def measure(writer, corpus):
    """Measures an artefact through its signatures.

    The interval is of the mean over blocks of 1,000 characters, drawn with replacement.
    Characters near to each other are alike, so single ones would give too narrow a one.

    Args:
        writer: `zoo.gallery.Writer`.
        corpus: Name of the corpus whose test split it is measured on.

    Returns:
        Pair of a dictionary, what the card learns, and the list of predictions.
    """
    text = catalogue.load(corpus, "test")
    nats, characters = score(writer, text)
    interval = _interval(nats, characters)
    prompt = PROMPTS.get(corpus, "")
    bits = {key: nats / math.log(2) for key, nats in interval.items()}
    found = {
        "metric": METRIC,
        "test": {
            "nats_per_character": {key: round(v, 4) for key, v in interval.items()},
            "bits_per_character": {key: round(v, 4) for key, v in bits.items()},
            "characters": int(characters.sum()),
            "repeated": repeated(text, catalogue.load(corpus, "train")),
        },
        "latency_ms": latency(writer, prompt),
        "examples": [
            {"prompt": prompt, "temperature": temperature, "seed": 1, "text": written}
            for temperature in (0.5, 0.8, 1.0)
            for written in writer([prompt], length=400, temperature=temperature, seed=1)
        ],
        "limits": list(LIMITS),
    }
    rows = [
        {"id": block, "characters": int(count), "nats": round(float(lost), 3)}
        for block, (count, lost) in enumerate(zip(characters, nats, strict=True))
    ]
    return found, rows


def score(writer, text):
    """Scores a text of any length, block by block.

    A text longer than 200,000 characters is scored in parts of as many; the first
    characters of a later part are then read without those before it.

    Args:
        writer: `zoo.gallery.Writer`.
        text: String, at least one character.

    Returns:
        Pair of nats and of characters of each block of 1,000, `[N]` each.
    """
    nats, characters = [], []
    for begin in range(0, len(text), MOST):
        scored = writer.score([text[begin : begin + MOST]])[0]
        nats += scored.nats
        whole, rest = divmod(scored.characters, BLOCK)
        characters += [BLOCK] * whole + [rest] * (rest > 0)
    return np.array(nats), np.array(characters)


def repeated(test, train):
    """Counts the long lines of a text that stand in another one.

    Args:
        test: String.
        train: String.

    Returns:
        Dictionary `lines`, how many lines of `test` have more than 40 characters, and
        `in_train`, how many of these are lines of `train` too.
    """
    known = set(train.splitlines())
    lines = [line for line in test.splitlines() if len(line) > LONG]
    return {"lines": len(lines), "in_train": sum(line in known for line in lines)}


def _interval(nats, characters):
    """Mean and 95 % bounds of nats per character, as a dictionary."""
    counts = draw_counts(len(nats))  # [R, N]
    found = percentile_interval(
        nats.sum() / characters.sum(), (counts @ nats) / (counts @ characters)
    )
    return {"value": found.value, "low": found.low, "high": found.high}


def latency(writer, prompt):
    """Times the writing of text: the median of repeats, in ms a character.

    Args:
        writer: `zoo.gallery.Writer`.
        prompt: String.

    Returns:
        Dictionary with `write`: from batch size to milliseconds a character of the
        whole batch.
    """

    def call(prompts):
        return writer(prompts, length=WRITTEN, seed=1)

    table = timing.milliseconds(call, [prompt], (1, 16), digits=4)
    return {"write": {batch: round(ms / WRITTEN, 4) for batch, ms in table.items()}}
