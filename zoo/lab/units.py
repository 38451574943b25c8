"""Hidden units: which one of a model keeps track of what, and how well.

All units of a model read held-out text, and each is held against each property of
`zoo.lab.properties`. The unit that tracks a property best is chosen on the first half
of the text and reported on the second, so that its score is not flattered by having
been chosen. How far luck alone goes is told by shuffled units: the same units, each
with its values moved along the text by a large distance of its own, which leaves them
as smooth as they were and takes from them all that they know of the text. Their best
is chosen and reported in the same way, `ROUNDS` times.

The rule: **a model has a unit for a property if the unit chosen scores higher on the
second half, in the direction in which it was chosen, than the best of all rounds of
shuffled units.** Of properties that a model does not track, one in `ROUNDS + 1` passes.

Of what is true or false the measure is the point-biserial correlation, which is
Pearson's with 0 and 1; of a number it is R squared of a straight line fitted to one
unit, which is Pearson's correlation squared. It carries the sign of the correlation.

Shape letters here: T characters in a half, U units, P properties, R rounds, N blocks.

Reference: Karpathy, Johnson and Fei-Fei 2015, "Visualizing and Understanding Recurrent
Networks"; Phipson and Smyth 2010, "Permutation P-values Should Never Be Zero"; Kunsch
1989, "The Jackknife and the Bootstrap for General Stationary Observations" (blocks).
"""

import logging

import numpy as np

from zoo import gallery
from zoo.artefact import write_card
from zoo.corpora import catalogue
from zoo.lab.properties import PROPERTIES, R_SQUARED
from zoo.metrics.bootstrap import RESAMPLES, draw_counts, percentile_interval

MOST = 100_000  # characters searched; what follows is left out
LEAST = 2_000
CHANGES = 20  # of a property in each half, for it to be in the text
ROUNDS = 19
CONTEXT = 400  # characters read before those that count, lest a piece begin cold
PIECE = 600  # characters that count
BATCH = 8  # pieces explained at once
BLOCK = 500  # characters resampled together
SEED = 0

log = logging.getLogger(__name__)


def run(name, corpus):
    """Searches an artefact's units on the test split of a corpus; its card keeps them.

    Args:
        name: Recipe name.
        corpus: Name of the corpus.

    Returns:
        The card, a dictionary, with what `search` returns as `"units"`.

    Raises:
        NotFound: There is no such artefact.
        ValueError: The test split is too short.
    """
    model = gallery.load(name)
    found = search(model, catalogue.load(corpus, "test"))
    card = {**model.card, "units": found}
    write_card(model.folder, card)
    for entry in found or [{}]:
        log.info("%s: %s", name, sentence(entry))
    return card


def sentence(entry):
    """Says what the search found.

    Args:
        entry: Dictionary, one of `search`'s; empty for a model without hidden state.

    >>> sentence({"property": "vowel", "prevalence": 0.0, "unit": None})
    'vowel: not in this text'
    """
    if not entry:
        return "no hidden units"
    if entry["unit"] is None:
        return f"{entry['property']}: not in this text"
    unit = "{source} layer {layer} unit {unit}".format(**entry)
    scores = "{reported:+.2f} ({low:+.2f} to {high:+.2f}), luck {shuffled:+.2f}"
    verdict = "" if entry["tracks"] else "none; the best is "
    return f"{entry['property']}: {verdict}{unit}, {scores.format(**entry)}"


def search(model, text):
    """Finds, for each property, the unit of a model that tracks it best.

    Memory is that of the states of half a text: 4 * T * U bytes, 400 MB for 2,000
    units and the longest text.

    Args:
        model: Whatever explains texts as `zoo.gallery.write.Writer` does.
        text: Held-out text; its first `MOST` characters are read.

    Returns:
        List of a dictionary for each property, in their order; empty for a model
        without hidden state. Layers and units count from 0, as in what `explain`
        returns. The keys:

        - `property`, `definition`, `measure`: as in `zoo.lab.properties.Property`;
        - `prevalence`: the property's mean; of what is true or false, the share of
          characters;
        - `source`, `layer`, `unit`: which unit; the source is "hidden" or "cell";
        - `chosen`: its score, with its sign, on the half on which it was chosen;
        - `reported`, `low`, `high`: on the other half, with a 95 % interval;
        - `shuffled`: the best score of shuffled units, reported alike, with the sign
          of `chosen` where luck pointed the same way;
        - `tracks`: whether the model has such a unit, by the rule above.

        From `source` on all are None, and `tracks` is False, for a property that is
        not in the text: one that changes less than `CHANGES` times in a half.

    Raises:
        ValueError: The text is too short.
    """
    half = min(len(text), MOST) // 2
    if 2 * half < LEAST:
        raise ValueError(
            f"`text` must have at least {LEAST} characters. Received: {len(text)}"
        )
    names = units_of(model.explain([text[:BLOCK]])[0])
    if not names:
        return []
    values = np.stack([kind.of(text[: 2 * half]) for kind in PROPERTIES])  # [P, 2 * T]
    shifts = draw_shifts(len(names), half)  # [1 + R, U]
    first = correlate(read(model, text, 0, half), values[:, :half], shifts)
    states = read(model, text, half, 2 * half)  # [U, T]
    second = correlate(states, values[:, half:], shifts)  # [1 + R, P, U]
    found = []
    for place, kind in enumerate(PROPERTIES):
        halves = values[place].reshape(2, half)  # [2, T]
        entry = {
            "property": kind.name,
            "definition": kind.definition,
            "measure": kind.measure,
            "prevalence": float(halves.mean()),
        } | ABSENT
        if np.count_nonzero(np.diff(halves), axis=1).min() >= CHANGES:
            best, scores = judge(first[:, place], second[:, place])
            scores |= interval(states[best], halves[1])
            entry |= names[best] | {
                key: signed(score, kind.measure) for key, score in scores.items()
            }
            entry["tracks"] = is_beyond_luck(entry)
        found.append(entry)
    return found


def units_of(reading):
    """Returns what to call each of a model's units, in the order of `flat`.

    Args:
        reading: One of what `explain` returns.

    Returns:
        List of U dictionaries of source, layer and unit; empty without hidden state.
    """
    states = {"hidden": reading.hidden, "cell": reading.cell}
    return [
        {"source": source, "layer": layer, "unit": unit}
        for source, state in states.items()
        if state is not None
        for layer in range(state.shape[1])
        for unit in range(state.shape[2])
    ]


def read(model, text, start, end):
    """Has a model read a part of a text, in pieces that begin warm.

    Args:
        model: As for `search`.
        text: Text.
        start: Integer, the first character whose states are wanted.
        end: Integer, the character after the last.

    Returns:
        Float32 `[U, end - start]`, all states at each character.

    Raises:
        ValueError: The model did not explain each character of a piece.
    """
    states = None
    places = range(start, end, PIECE)
    for batch in itertools.batched(places, BATCH):
    for first in range(0, len(places), BATCH):
        batch = places[first : first + BATCH]
        pieces = [text[max(at - CONTEXT, 0) : min(at + PIECE, end)] for at in batch]
        for at, piece, reading in zip(batch, pieces, model.explain(pieces), strict=True):
            flat = flatten(reading)
