"""Tables about sentiment: what a long text loses, what a Korean one is read as."""

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


def _percent(value):
    return "–" if value is None else f"{value:.1f}"
