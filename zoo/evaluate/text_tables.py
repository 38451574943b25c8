"""The tables of sentiment, tagging and writing: one budget, and who differs from whom.

The column "behind the best" is a paired bootstrap on the test split: the difference to
the table's best model with its 95 % interval. Where 0 is outside it, it is real.
"""

import numpy as np

from zoo import artefact, recipes
from zoo.evaluate import tables
from zoo.metrics.bootstrap import paired

CORPORA = {
    "imdb": "IMDB, English",
    "nsmc": "NSMC, Korean",
    "ud-english-ewt": "UD English-EWT",
    "ud-korean-gsd": "UD Korean-GSD",
    "tiny-shakespeare": "tiny Shakespeare",
    "keras-source": "Keras's source",
}


def sentiment():
    """Makes the tables of the sentiment classifiers, a corpus each."""

    def right(row):
        return 100 * ((row["positive"] >= 0.5) == (row["label"] == "positive")), 1

    figures = {
        "accuracy, %": lambda card: tables.interval(card["test"]["default"]["accuracy"])
    }
    return _by_corpus("sentiment", figures, right, "texts")


def tag():
    """Makes the tables of the taggers, a treebank each."""

    def right(row):
        return 100 * row["right"], row["words"]

    figures = {
        "accuracy, %": lambda card: tables.interval(card["test"]["accuracy"]),
        "unseen words, %": lambda card: tables.interval(card["test"]["unseen"]),
    }
    return _by_corpus("tag", figures, right, "sentences")


def write():
    """Makes the tables of the language models, a text each."""

    def saved(row):
        return -row["nats"], row["characters"]

    figures = {
        "nats a character": lambda card: tables.interval(
            card["test"]["nats_per_character"], 3
        ),
        "bits": lambda card: tables.plain(card["test"]["bits_per_character"], 2),
    }
    return _by_corpus("write", figures, saved, "characters", digits=3)


def _by_corpus(task, figures, gain, unit, digits=1):
    """Makes a table for each corpus of a task that has a model.

    Args:
        task: For example `"tag"`.
        figures: Columns of figures, as `zoo.evaluate.tables.rows` takes them.
        gain: Function of a row of predictions that returns its score, higher being
            better, and its size.
        unit: What the corpus's splits count.
        digits: Decimal places of the differences.

    Returns:
        Markdown.
    """
    parts = []
    for corpus in dict.fromkeys(recipe.corpus for recipe in recipes.of_task(task)):
        cards = [card for card in tables.cards(task) if _corpus(card) == corpus]
        if cards:
            size = cards[0]["corpus"][unit]["test"]
            parts.append(
                f"{CORPORA[corpus]}, test split of {size:,} {unit}:\n\n"
                + tables.rows(_columns(cards, figures, gain, digits), cards)
            )
    return "\n\n".join(parts)


def _corpus(card):
    return card["corpus"]["name"]


def _columns(cards, figures, gain, digits):
    """The columns of a table, functions of a card."""
    behind = _behind(cards, gain, digits)
    return {
        "model": lambda card: f"`{card['recipe']}`",
        "parameters": lambda card: tables.millions(card["parameters"]["total"]),
        "outside embeddings": _own_parameters,
        **figures,
        "behind the best": lambda card: behind[card["recipe"]],
        "training, s": lambda card: f"{card['training']['seconds']:,.0f}",
    }


def _own_parameters(card):
    sizes = card["parameters"]
    return tables.millions(sizes["total"] - sizes["embeddings"])


def _behind(cards, gain, digits):
    """Compares every model with the best, on the same examples.

    Returns:
        Dictionary from a recipe's name to its difference, for example
        `"−0.4 (−0.7–−0.1)"`, and a dash for the best itself.
    """
    scores = {}
    for card in cards:
        rows = artefact.read_predictions(artefact.locate(card["recipe"]))
        scores[card["recipe"]] = np.array([gain(row) for row in rows], float)  # [N, 2]
    best = max(scores, key=lambda name: scores[name][:, 0].sum())
    found = {}
    for name, score in scores.items():
        difference, _ = paired(score[:, 0], scores[best][:, 0], score[:, 1])
        bounds = [f"{bound:+.{digits}f}" for bound in (difference.low, difference.high)]
        spelled = f"{difference.value:+.{digits}f} ({bounds[0]} to {bounds[1]})"
        found[name] = "–" if name == best else spelled.replace("-", "−")
    return found
