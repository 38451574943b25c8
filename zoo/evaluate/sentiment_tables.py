"""Tables about sentiment: what a cut loses, what Korean is read as, other seeds."""

import statistics

from zoo import recipes
from zoo.evaluate import tables
from zoo.evaluate.text_tables import model, seconds


def cut():
    """Makes the table of what reading other parts of long texts would do, on dev."""

    def part(way):
        return lambda card: _percent(card["dev"]["cut"].get(way))

    def share(card):
        cut = card["dev"]["cut"]
        return f"{cut['texts_cut']:,} of {cut['texts']:,}"

    def reads(card):
        reading = card["corpus"]["reading"]
        return f"first {reading['head']}, last {reading['tail']}"

    columns = {
        "model": model,
        "reads": reads,
        "dev texts cut": share,
        "as shipped, %": part("as_shipped"),
        "first pieces only": part("head"),
        "last pieces only": part("tail"),
        "the whole text": part("whole"),
    }
    return tables.rows(columns, tables.cards("sentiment"))


def repeated():
    """Makes the table of test texts that training has seen, and what they are worth.

    Returns:
        Markdown; None where a card is older than the count.
    """
    cards = tables.cards("sentiment")
    if not all("repeated" in card["test"] for card in cards):
        return None

    def share(card):
        count, total = card["test"]["repeated"]["texts"], card["corpus"]["texts"]
        return f"{count:,} of {total['test']:,}"

    columns = {
        "model": model,
        "test texts also in train": share,
        "accuracy on all, %": lambda card: tables.plain(
            card["test"]["default"]["accuracy"], 2
        ),
        "on the others, %": lambda card: (
            f"{card['test']['repeated']['accuracy_of_others']:.2f}"
        ),
    }
    return tables.rows(columns, cards)


def text_units():
    """Makes the table of what a Korean text is read as; None where one is not here."""
    cards = tables.compared(recipes.TASKS["sentiment"].UNITS, "dev")
    if cards is None:
        return None
    columns = {
        "read as": lambda card: card["corpus"]["reading"]["unit"],
        "vocabulary": lambda card: f"{card['corpus']['reading']['size']:,}",
        "accuracy on dev, %": lambda card: f"{card['dev']['accuracy']:.1f}",
        "nats": lambda card: f"{card['dev']['nats']:.3f}",
        "training, s": seconds,
    }
    return tables.rows(columns, cards)


def seeds():
    """Makes the table of three seeds of a recipe, on test; None where one is missing.

    The spread is the standard deviation of the three, with one degree of freedom less.
    """
    seeded = list(recipes.TASKS["sentiment"].SEEDS.values())
    groups = [tables.compared(group) for group in seeded]
    if None in groups:
        return None

    def accuracies(group):
        return [card["test"]["default"]["accuracy"]["value"] for card in group]

    columns = {"model": lambda group: model(group[0])}
    for place, recipe in enumerate(seeded[0]):
        header = f"seed {recipe.training.seed}, %"
        columns[header] = lambda group, place=place: _percent(accuracies(group)[place])
    columns["mean"] = lambda group: f"{statistics.mean(accuracies(group)):.2f}"
    columns["spread"] = lambda group: f"{statistics.stdev(accuracies(group)):.2f}"
    return tables.rows(columns, groups)


def _percent(value):
    return "–" if value is None else f"{value:.1f}"
