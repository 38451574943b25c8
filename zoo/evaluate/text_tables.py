"""The tables of the tasks on texts: one budget, and who differs from whom.

The column "behind the best" is a paired bootstrap on the test split: the difference to
the table's best model with its 95 % interval. Where 0 is outside it, the split tells
the two models apart; with another seed of training it might not.
"""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from zoo import artefact, recipes
from zoo.evaluate import tables
from zoo.metrics.bootstrap import paired, ratio
from zoo.metrics.translation import bleu_of

CORPORA = {
    "imdb": "IMDB, English",
    "nsmc": "NSMC, Korean",
    "ud-english-ewt": "UD English-EWT",
    "ud-korean-gsd": "UD Korean-GSD",
    "tiny-shakespeare": "tiny Shakespeare",
    "keras-source": "Keras's source",
    "multi30k-en-de": "Multi30k, English to German",
}


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a task's tables show.

    Attributes:
        unit: What the corpus's splits count.
        figures: Columns of figures, as `zoo.evaluate.tables.rows` takes them.
        statistics: Function of a row of predictions that returns what is summed over
            the split: by default its score, higher being better, and its size.
        score: Function of such sums `[..., S]` that gives scores `[...]`.
        digits: Decimal places of the differences.
    """

    unit: str
    figures: dict
    statistics: Callable
    score: Callable = ratio
    digits: int = 1


def _interval(*where, digits=1):
    """The function of a card that writes a score of its test with its interval."""

    def cell(card):
        return tables.interval(functools.reduce(dict.get, where, card["test"]), digits)

    return cell


def _is_positive(row):
    return row["label"] == "positive"


KINDS = {
    "sentiment": Kind(
        "texts",
        {"accuracy, %": _interval("default", "accuracy")},
        lambda row: (100 * ((row["positive"] > 0.5) == _is_positive(row)), 1),
    ),
    "tag": Kind(
        "sentences",
        {"accuracy, %": _interval("accuracy"), "unseen words, %": _interval("unseen")},
        lambda row: (100 * row["right"], row["words"]),
    ),
    "translate": Kind(
        "pairs",
        {
            "BLEU": _interval("beam5", "bleu"),
            "BLEU, case aside": _interval("beam5", "bleu_lc"),
            "greedy, case aside": lambda card: tables.plain(
                card["test"]["greedy"]["bleu_lc"]
            ),
            "chrF": lambda card: f"{card['test']['beam5']['chrf']:.1f}",
        },
        lambda row: row["bleu_lc_counts"],
        bleu_of,
    ),
    "write": Kind(
        "characters",
        {
            "nats a character": _interval("nats_per_character", digits=3),
            "bits": lambda card: tables.plain(card["test"]["bits_per_character"], 2),
        },
        lambda row: (-row["nats"], row["characters"]),
        digits=3,
    ),
}


def budget(task):
    """Makes the tables of a task's shipped models, all of one budget.

    Args:
        task: Key of `KINDS`.

    Returns:
        Markdown, a table for each corpus that has a model.
    """
    return _by_corpus(task, tables.cards(task))


def width(task):
    """Makes the tables of RNN, GRU and LSTM at one width; None where one is not here.

    Args:
        task: Key of `KINDS`.
    """
    cards = tables.compared(recipes.EQUAL_WIDTH[task])
    return None if cards is None else _by_corpus(task, cards, {"units": _units})


def _by_corpus(task, cards, more=None):
    """Makes a table for each corpus among the cards; `more` columns come second."""
    kind, parts = KINDS[task], []
    corpora = dict.fromkeys(recipe.corpus for recipe in recipes.TASKS[task].RECIPES)
    for corpus in corpora:
        own = [card for card in cards if card["corpus"]["name"] == corpus]
        if own:
            size = own[0]["corpus"][kind.unit]["test"]
            parts.append(
                f"{CORPORA[corpus]}, test split of {size:,} {kind.unit}:\n\n"
                + tables.rows(_columns(own, kind, more or {}), own)
            )
    return "\n\n".join(parts)


def _columns(cards, kind, more):
    """The columns of a table, functions of a card."""
    behind = _behind(cards, kind)
    return {
        "model": model,
        **more,
        "parameters": lambda card: tables.millions(card["parameters"]["total"]),
        "outside embeddings": _own_parameters,
        **kind.figures,
        "behind the best": lambda card: behind[card["recipe"]],
        "training, s": seconds,
    }


def model(card):
    """Writes a model's name."""
    return f"`{card['recipe']}`"


def seconds(card):
    """Writes how long a model's training took."""
    return f"{card['training']['seconds']:,.0f}"


def _units(card):
    model = card["training"]["began_with"]["model"]
    part = model.get("encoder") or model["decoder"]
    return str(part["units"])


def _own_parameters(card):
    sizes = card["parameters"]
    return tables.millions(sizes["total"] - sizes["embeddings"])


def _behind(cards, kind):
    """Compares every model with the best, on the same examples.

    Returns:
        Dictionary from a recipe's name to its difference, for example
        `"−0.4 (−0.7–−0.1)"`, and a dash for the best itself.
    """
    sums = {}
    for card in cards:
        rows = artefact.read_predictions(artefact.locate(card["recipe"]))
        sums[card["recipe"]] = np.array([kind.statistics(row) for row in rows], float)
    best = max(sums, key=lambda name: kind.score(sums[name].sum(axis=0)))
    found = {}
    for name, own in sums.items():
        behind, _ = paired(own, sums[best], kind.score)
        figures = (behind.value, behind.low, behind.high)
        middle, low, high = (f"{figure:+.{kind.digits}f}" for figure in figures)
        spelled = f"{middle} ({low} to {high})".replace("-", "−")
        found[name] = "–" if name == best else spelled
    return found
