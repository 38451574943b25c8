"""Hidden units: which one of a model keeps track of what, and how well.

All units of a model read held-out text, and each is held against each property of
`zoo.lab.properties`. The unit that tracks a property best is chosen on the first half
of the text and reported on the second, so that its score is not flattered by having
been chosen, beside the best of shuffled units: see `zoo.lab.tracking` for the measures
and for the rule that says whether a model has such a unit at all.

Shape letters here: T characters in a half, U units, P properties, R rounds.

Reference: Karpathy, Johnson and Fei-Fei 2015, "Visualizing and Understanding Recurrent
Networks".
"""

import logging

import numpy as np

from zoo import gallery
from zoo.artefact import write_card
from zoo.corpora import catalogue
from zoo.lab import tracking
from zoo.lab.properties import PROPERTIES

MOST = 100_000  # characters searched; what follows is left out
LEAST = 2_000
CHANGES = 20  # of a property in each half, for it to be in the text
CONTEXT = 400  # characters read before those that count, lest a piece begin cold
PIECE = 600  # characters that count
BATCH = 8  # pieces explained at once

SCORES = ("chosen", "reported", "low", "high", "shuffled")
ABSENT = dict.fromkeys(("source", "layer", "unit", *SCORES)) | {"verdict": "absent"}

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
    model = gallery.load_local(name)
    card = {**model.card, "units": search(model, catalogue.load(corpus, "test"))}
    write_card(model.folder, card)
    for entry in card["units"] or [None]:
        log.info("%s: %s", name, sentence(entry))
    return card


def sentence(entry):
    """Says what the search found.

    Args:
        entry: Dictionary, one of `search`'s; None for a model without hidden state.

    >>> sentence({"property": "vowel", "verdict": "absent"})
    'vowel: absent from this text'
    """
    if entry is None:
        return "no hidden units"
    if entry["verdict"] == "absent":
        return f"{entry['property']}: absent from this text"
    return (
        "{property}: {verdict}. {source} unit {unit} of layer {layer}, "
        "{reported:+.2f} ({low:+.2f} to {high:+.2f}), by luck {shuffled:+.2f}"
    ).format(**entry)


def search(model, text):
    """Finds, for each property, the unit of a model that tracks it best.

    It holds the states of half a text in memory, `4 * T * U` bytes: 200 MB for 1,000
    units and the longest text. The same model and text give the same answer.

    Args:
        model: Whatever explains texts as `zoo.gallery`'s writers do.
        text: Held-out text; its first `MOST` characters are read.

    Returns:
        List of a dictionary for each property, in their order; empty for a model
        without hidden state. Layers and units count from 0, as in what `explain`
        returns. The keys:

        - `property`, `definition`, `measure`: as in `zoo.lab.properties.Property`;
        - `prevalence`: the property's mean; of what is true or false, the share of
          characters;
        - `source`, `layer`, `unit`: which unit; the source is "hidden" or "cell";
        - `chosen`: its score on the half on which it was chosen;
        - `reported`, `low`, `high`: on the other half, with a 95 % interval;
        - `shuffled`: the best score of shuffled units, reported alike, with the sign
          of `chosen`; 0 where luck never pointed the way in which it was chosen;
        - `verdict`: "tracks", "faint", "none" or "absent": `zoo.lab.tracking`'s rule.

        From `source` to `shuffled` all are None for a property that is absent from the
        text: one that changes less than `CHANGES` times in a half.

    Raises:
        ValueError: The text is too short.
    """
    half = min(len(text), MOST) // 2
    if 2 * half < LEAST:
        raise ValueError(
            f"`text` must have at least {LEAST} characters. Received: {len(text)}"
        )
    names = name_units(model.explain([text[:PIECE]])[0])
    if not names:
        return []
    values = np.stack([kind.of(text[: 2 * half]) for kind in PROPERTIES])  # [P, 2 * T]
    shifts = tracking.draw_shifts(half)  # [1 + R]
    states = read(model, text, 0, half, len(names))  # [U, T]
    first = tracking.correlate(states, values[:, :half], shifts)  # [1 + R, P, U]
    states = read(model, text, half, 2 * half, len(names))
    second = tracking.correlate(states, values[:, half:], shifts)
    found = []
    for place, kind in enumerate(PROPERTIES):
        halves = values[place].reshape(2, half)  # [2, T]
        entry = {
            "property": kind.name,
            "definition": kind.definition,
            "measure": kind.measure,
            "prevalence": float(halves.mean()),
            **ABSENT,
        }
        if np.count_nonzero(np.diff(halves), axis=1).min() >= CHANGES:
            best, scores = tracking.judge(first[:, place], second[:, place])
            scores |= tracking.interval(states[best], halves[1])
            entry |= names[best]
            entry |= {
                key: tracking.on_scale(scores[key], kind.measure) for key in SCORES
            }
            entry["verdict"] = tracking.verdict(entry, kind.measure)
        found.append(entry)
    return found


def name_units(reading):
    """Returns what each of a model's units is called, in the order of `read`'s rows.

    Args:
        reading: One of what `explain` returns.

    Returns:
        List of U dictionaries of source, layer and unit; empty without hidden state.
    """
    return [
        {"source": source, "layer": layer, "unit": unit}
        for source, state in (("hidden", reading.hidden), ("cell", reading.cell))
        if state is not None
        for layer in range(state.shape[1])
        for unit in range(state.shape[2])
    ]


def squashed(cell):
    """Returns tanh of a cell, as it enters the hidden state; None of none.

    Args:
        cell: Float array, or None.
    """
    return None if cell is None else np.tanh(cell)


def read(model, text, start, end, units):
    """Has a model read a part of a text, in pieces that each begin warm.

    Args:
        model: As for `search`.
        text: Text.
        start: Integer, the first character whose states are wanted.
        end: Integer, the character after the last.
        units: Integer U.

    Returns:
        Float32 `[U, end - start]`, every unit at each character; of cells, their tanh.

    Raises:
        ValueError: The model does not explain as many characters at once as a piece
            has.
    """
    states = np.empty((units, end - start), np.float32)  # [U, T]
    for first in range(start, end, PIECE * BATCH):
        places = range(first, min(first + PIECE * BATCH, end), PIECE)
        pieces = [text[max(at - CONTEXT, 0) : min(at + PIECE, end)] for at in places]
        for at, piece, reading in zip(
            places, pieces, model.explain(pieces), strict=True
        ):
            if len(reading.characters) != len(piece):
                raise ValueError(
                    f"`model` must explain {len(piece)} characters at once. "
                    f"Received: {len(reading.characters)} of them"
                )
            rows = [
                state.reshape(len(piece), -1)  # [characters, L * D]
                for state in (reading.hidden, squashed(reading.cell))
                if state is not None
            ]
            counted = min(PIECE, end - at)
            states[:, at - start : at - start + counted] = np.concatenate(
                [row[-counted:] for row in rows], axis=1
            ).T
    return states
