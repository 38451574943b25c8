"""Scores a language model's artefact on the test text and writes its card."""

import math
import statistics
import time

import numpy as np

from zoo import artefact, gallery, machine
from zoo.corpora import catalogue
from zoo.metrics.bootstrap import draw_counts, percentile_interval

BLOCK = 1000  # characters, as `score` sums them up
MOST = 200_000  # characters of one call of `score`
REPEATS = 5  # calls timed; the median is reported
WRITTEN = 200  # characters a call while timing
PROMPTS = {"tiny-shakespeare": "ROMEO:\n", "keras-source": "    def "}

METRIC = (
    "nats per character of the test text, its last tenth, each character given all "
    "before it in the split, read after a line feed; characters are code points"
)
LIMITS = (
    "It knows the characters of its training text and no others: what it has not seen "
    "is one unknown character to it, and it writes none of them.",
    "It has learnt how the text looks, not what it says.",
    "Of a prompt it reads the last 1,000 characters.",
)


def evaluate(name, corpus="tiny-shakespeare"):
    """Measures an artefact through its signatures and writes card and predictions.

    The interval is of the mean over blocks of 1,000 characters, drawn with replacement.
    Characters near to each other are alike, so single ones would give too narrow a one.

    Args:
        name: Recipe name.
        corpus: Name of the corpus whose test split it is measured on.

    Returns:
        The card, a dictionary.

    Raises:
        NotFound: There is no such artefact.
        Damaged: It is not what was exported; card and predictions, which a killed
            evaluation may have left in disorder, are written anew.
    """
    artefact.mend(artefact.locate(name))
    writer = gallery.load(name)
    text = catalogue.load(corpus, "test")
    nats, characters = score(writer, text)
    interval = _interval(nats, characters)
    prompt = PROMPTS.get(corpus, "")
    card = dict(writer.card)
    card["metric"] = METRIC
    card["test"] = {
        "nats_per_character": {key: round(v, 4) for key, v in interval.items()},
        "bits_per_character": {
            key: round(v / math.log(2), 4) for key, v in interval.items()
        },
        "characters": int(characters.sum()),
    }
    card["latency_ms"] = latency(writer, prompt)
    card["latency_hardware"] = machine.hardware()
    card["examples"] = [
        {"prompt": prompt, "temperature": temperature, "seed": 1, "text": written}
        for temperature in (0.5, 0.8, 1.0)
        for written in writer([prompt], length=400, temperature=temperature, seed=1)
    ]
    card["limits"] = list(LIMITS)
    rows = [
        {"id": block, "characters": int(count), "nats": round(float(lost), 3)}
        for block, (count, lost) in enumerate(zip(characters, nats, strict=True))
    ]
    artefact.write_card(writer.folder, card, rows)
    return card


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
    table = {}
    for batch in (1, 16):
        seconds = []
        for seed in range(REPEATS + 1):
            started = time.perf_counter()
            writer([prompt] * batch, length=WRITTEN, seed=seed)
            seconds.append(time.perf_counter() - started)
        median = statistics.median(seconds[1:])  # the first call warms up
        table[str(batch)] = round(1000 * median / (batch * WRITTEN), 4)
    return {"write": table}
