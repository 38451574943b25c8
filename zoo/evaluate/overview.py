"""The one table of the whole zoo: what each architecture reaches in each task."""

from zoo import architectures, recipes
from zoo.evaluate import tables

# Header, corpus, where the figure stands below the card's "test", decimal places.
COLUMNS = [
    ("captions, CIDEr", "flickr8k", ("beam5", "cider"), 1),
    ("IMDB, %", "imdb", ("default", "accuracy"), 1),
    ("NSMC, %", "nsmc", ("default", "accuracy"), 1),
    ("tags, English, %", "ud-english-ewt", ("accuracy",), 1),
    ("tags, Korean, %", "ud-korean-gsd", ("accuracy",), 1),
    ("translation, BLEU", "multi30k-en-de", ("beam5", "bleu_lc"), 1),
    ("Shakespeare, nats", "tiny-shakespeare", ("nats_per_character",), 3),
    ("source code, nats", "keras-source", ("nats_per_character",), 3),
]
TASKS = ("caption", "sentiment", "tag", "translate", "write")


def matrix():
    """Makes the table: a row an architecture, a column a corpus.

    A dash stands where nothing was trained or nothing can be (`python -m zoo list` says
    why).
    """
    cards = {
        (recipes.get(card["recipe"]).architecture, card["corpus"]["name"]): card
        for task in TASKS
        for card in tables.cards(task)
    }
    shown = [column for column in COLUMNS if any(column[1] == key[1] for key in cards)]
    columns = {"architecture": lambda row: row.title}
    for header, corpus, where, digits in shown:
        columns[header] = lambda row, corpus=corpus, where=where, digits=digits: _cell(
            cards.get((row.name, corpus)), where, digits
        )
    rows = architectures.ARCHITECTURES.values()
    there = [row for row in rows if any(row.name == name for name, _ in cards)]
    return tables.rows(columns, there)


def _cell(card, where, digits):
    """A card's figure; a dash where there is none."""
    if card is None:
        return "–"
    score = card["test"]
    for key in where:
        score = score[key]
    return tables.plain(score, digits)
