"""The table of BLEU by the length of the source: what attention is worth where."""

from zoo.evaluate import tables
from zoo.evaluate.text_tables import model


def by_length():
    """Makes the table of the shipped translators; None where there are none."""
    cards = tables.cards("translate")
    return lengths(cards) if cards else None


def lengths(cards):
    """Makes a table with a column a bucket of lengths.

    Args:
        cards: List of cards of one corpus, so of the same buckets.
    """
    columns = {"model": model}
    for place, title in enumerate(titles(cards[0]["test"]["by_length"])):
        columns[title] = lambda card, place=place: _cell(card, place)
    return tables.rows(columns, cards)


def titles(buckets):
    """Names buckets by the words of the source, with how many sentences each has.

    Args:
        buckets: A card's `by_length`.

    >>> titles([{"words": 7, "sentences": 90}, {"words": None, "sentences": 5}])
    ['1–7 words (90)', '8 or more words (5)']
    """
    found, least = [], 1
    for bucket in buckets:
        most = bucket["words"]
        span = f"{least} or more" if most is None else f"{least}–{most}"
        found.append(f"{span} words ({bucket['sentences']:,})")
        least = (most or 0) + 1
    return found


def _cell(card, place):
    """BLEU of a bucket."""
    return f"{card['test']['by_length'][place]['bleu_lc']:.1f}"
