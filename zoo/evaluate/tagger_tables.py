"""Tables about tagging: what is mistaken for what, and how words are found."""

from zoo.evaluate import tables
from zoo.evaluate.text_tables import CORPORA

SHOWN = 5  # mistakes


def confusions():
    """Makes the table of the most frequent mistakes of each treebank's best model."""
    best = {corpus: cards[0] for corpus, cards in _by_corpus().items()}
    columns = {"": lambda place: f"{place + 1}"}
    for corpus, card in best.items():
        columns[f"{CORPORA[corpus]}, `{card['recipe']}`"] = lambda place, card=card: (
            _mistake(card["test"]["confusions"][place])
        )
    return tables.rows(columns, range(SHOWN)) if best else ""


def splitting():
    """Makes the table of how the words of raw text are found, a treebank a row."""
    columns = {
        "dev split of": lambda card: CORPORA[card["corpus"]["name"]],
        "precision, %": lambda card: f"{card['splitting']['precision']:.2f}",
        "recall, %": lambda card: f"{card['splitting']['recall']:.2f}",
        "F1, %": lambda card: f"{card['splitting']['f1']:.2f}",
        "errors by class": lambda card: ", ".join(
            f"{name} {count}" for name, count in card["splitting"]["errors"].items()
        ),
    }
    return tables.rows(columns, [cards[0] for cards in _by_corpus().values()])


def _by_corpus():
    """The cards of each treebank's shipped taggers, the best first."""
    cards = tables.cards("tag")
    cards.sort(key=lambda card: -card["test"]["accuracy"]["value"])
    found = {}
    for corpus in CORPORA:
        own = [card for card in cards if card["corpus"]["name"] == corpus]
        if own:
            found[corpus] = own
    return found


def _mistake(entry):
    return f"{entry['gold']} tagged {entry['said']}, {entry['words']} words"
