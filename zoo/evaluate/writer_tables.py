"""Tables about the language models: their hidden units, and how far a count goes."""

from zoo import recipes
from zoo.evaluate import tables
from zoo.evaluate.text_tables import CORPORA


def hidden_units():
    """Makes the tables of the units that track a property best, a corpus each.

    Returns:
        Markdown; a row a property, a column a model that has hidden units.
    """
    parts = []
    for corpus, cards in _by_corpus():
        cards = [card for card in cards if card.get("units")]
        if not cards:
            continue
        columns = {"property": lambda place, cards=cards: _name(cards[0], place)}
        for card in cards:
            columns[f"`{card['recipe']}`"] = lambda place, card=card: _cell(
                card["units"][place]
            )
        places = range(len(cards[0]["units"]))
        parts.append(f"{CORPORA[corpus]}:\n\n{tables.rows(columns, places)}")
    return "\n\n".join(parts)


def repeated():
    """Makes the table of test lines that training has seen, a row a corpus."""
    found = {}
    for corpus, cards in _by_corpus():
        for card in cards:
            if "repeated" in card["test"]:
                found[corpus] = card["test"]["repeated"]
    columns = {
        "corpus": lambda corpus: CORPORA[corpus],
        "test lines of more than 40 characters": lambda corpus: (
            f"{found[corpus]['lines']:,}"
        ),
        "also in train": lambda corpus: f"{found[corpus]['in_train']:,}",
    }
    return tables.rows(columns, found) if found else None


def orders():
    """Makes the table of counted n-grams on dev: what a longer context is worth."""
    found = {}
    for corpus, cards in _by_corpus():
        for card in cards:
            for row in card["training"].get("table", ()):
                found[corpus, row["order"], row["prior"]] = row["dev"]
    columns = {"characters of context": lambda order: str(order - 1)}
    for corpus in dict.fromkeys(corpus for corpus, _, _ in found):
        for prior in dict.fromkeys(prior for _, _, prior in found):
            columns[f"{CORPORA[corpus]}, {prior} prior"] = (
                lambda order, corpus=corpus, prior=prior: _nats(
                    found.get((corpus, order, prior))
                )
            )
    return tables.rows(columns, sorted({order for _, order, _ in found}))


def _by_corpus():
    """Pairs of each corpus and the cards of its shipped language models."""
    cards = tables.cards("write")
    for corpus in dict.fromkeys(recipe.corpus for recipe in recipes.of_task("write")):
        yield corpus, [card for card in cards if card["corpus"]["name"] == corpus]


def _name(card, place):
    entry = card["units"][place]
    return f"{entry['property']} ({entry['measure']})"


def _cell(entry):
    """Says what the search found, for example `"**+0.75**, cell 0/137"`."""
    if entry["verdict"] == "absent":
        return "absent"
    unit = f"{entry['source']} {entry['layer']}/{entry['unit']}"
    score = f"{entry['reported']:+.2f}".replace("-", "−")
    if entry["verdict"] == "tracks":
        return f"**{score}**, {unit}"
    return f"{entry['verdict']} ({score})"


def _nats(value):
    return "–" if value is None else f"{value:.3f}"
