"""Writes the README's tables from the cards, so that no figure is typed by hand.

A table stands between two lines `<!-- name -->` and `<!-- /name -->`.
"""

import logging
import pathlib
import re

from zoo import artefact, recipes

README = "README.md"

log = logging.getLogger(__name__)


def write(path=None, shipped=None, compared=None):
    """Brings all tables of the README up to date.

    Args:
        path: `pathlib.Path` of the README, or None for the one in the current folder.
        shipped: Cards of the shipped captioners, or None to read them.
        compared: Cards of the captioners of equal width, or None to read them.

    Raises:
        ValueError: The README has no place for a table.
    """
    path = path or pathlib.Path(README)
    shipped = cards() if shipped is None else shipped
    compared = equal_width() if compared is None else compared
    tables = {"captioners": captioners(shipped), "examples": examples(shipped)}
    if compared is None:
        log.warning("%s: the table of equal width stays as it stands", path)
    else:
        tables["equal width"] = widths(compared)
    text = path.read_text("utf-8")
    for name, table in tables.items():
        text = fill(text, name, table)
    path.write_text(text, "utf-8")
    log.info("%s: tables of %d captioners", path, len(shipped))


def cards():
    """Returns the cards of the shipped captioners, in the order of the recipes."""
    there = artefact.names()
    names = [recipe.name for recipe in recipes.of_task("caption")]
    return _measured(artefact.locate(name) for name in names if name in there)


def equal_width():
    """Returns the cards of the captioners of equal width.

    Their artefacts are not in the repository (`make compare-caption` makes them).

    Returns:
        List of cards; None where one is not here, since its row could not be written.
    """
    found = []
    for recipe in recipes.EQUAL_WIDTH:
        try:
            found.append(artefact.locate(recipe.name))
        except artefact.NotFound:
            log.warning("%s was not made here: make compare-caption", recipe.name)
            return None
    return _measured(found)


def _measured(folders):
    """Reads the cards of versions that were evaluated."""
    found = [artefact.read_card(folder) for folder in folders]
    for card in found:
        if "test" not in card:
            log.warning("%s left out: make evaluate-caption first", card["recipe"])
    return [card for card in found if "test" in card]


def fill(text, name, table):
    """Puts a table between its two marks.

    Args:
        text: The README.
        name: The table's name.
        table: Markdown.

    Returns:
        The new README.

    Raises:
        ValueError: The marks are not there, or not once.
    """
    marks = (f"<!-- {name} -->", f"<!-- /{name} -->")
    if any(text.count(mark) != 1 for mark in marks):
        raise ValueError(f"`text` must hold the marks {marks} once each")
    place = re.compile(re.escape(marks[0]) + ".*" + re.escape(marks[1]), re.DOTALL)
    return place.sub(lambda _: f"{marks[0]}\n{table}\n{marks[1]}", text)


def captioners(cards):
    """Makes the table of the shipped captioners."""
    header = (
        "| model | parameters | of them decoder | BLEU-1 | BLEU-4 | ROUGE-L | CIDEr | "
        "BLEU-4, greedy | training, s | ms greedy, batch 1 / 32 | ms beam 5, 1 / 32 |"
    )
    rows = []
    for card in cards:
        scores, greedy = card["test"]["beam5"], card["test"]["greedy"]
        times = card["latency_ms"]
        cells = [
            f"`{card['recipe']}`",
            millions(card["parameters"]["total"]),
            millions(card["parameters"]["decoder"]),
            plain(scores["bleu1"]),
            interval(scores["bleu4"]),
            plain(scores["rouge_l"]),
            interval(scores["cider"]),
            plain(greedy["bleu4"]),
            f"{card['training']['seconds']:,.0f}",
            *[f"{times[way]['1']} / {times[way]['32']}" for way in ("greedy", "beam5")],
        ]
        rows.append("| " + " | ".join(cells) + " |")
    note = ""
    if cards:
        note = (
            f"\n\nTest split of {cards[0]['corpus']['pictures']['test']:,} pictures, "
            f"beam 5 unless it says greedy, 95 % bootstrap intervals. Times are "
            f"milliseconds a picture, from JPEG bytes to caption, on "
            f"{cards[0]['latency_hardware']}; training on "
            f"{cards[0]['training']['hardware']}, shared with other work."
        )
    return "\n".join([header, rule(header), *rows]) + note


def widths(cards):
    """Makes the table of recurrent captioners of the same width."""
    header = "| model | units | decoder parameters | BLEU-4 | CIDEr | training, s |"
    rows = []
    for card in cards:
        recipe = recipes.get(card["recipe"])
        cells = [
            f"`{card['recipe']}`",
            str(recipe.model["decoder"]["units"]),
            millions(card["parameters"]["decoder"]),
            interval(card["test"]["beam5"]["bleu4"]),
            interval(card["test"]["beam5"]["cider"]),
            f"{card['training']['seconds']:,.0f}",
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join([header, rule(header), *rows])


def examples(cards):
    """Lists what the best captioner said of the pictures it does best and worst on."""
    if not cards:
        return ""
    best = max(cards, key=lambda card: card["test"]["default"]["cider"]["value"])
    folder = artefact.locate(best["recipe"])
    said = {row["id"]: row for row in artefact.read_predictions(folder)}
    header = f"| picture | what `{best['recipe']}` said | CIDEr |"
    rows = [
        f"| {name} | {said[name]['caption']} | {said[name]['cider']:.0f} |"
        for kind in ("successes", "failures")
        for name in best["examples"][kind]
    ]
    return "\n".join([header, "|---|---|---:|", *rows])


def rule(header):
    """Returns the line below a header: names to the left, figures to the right."""
    columns = header.count("|") - 1
    return "|---|" + "---:|" * (columns - 1)


def millions(count):
    """Writes a number of parameters, for example `"2.46 M"`."""
    return f"{count / 1e6:.2f} M"


def plain(score):
    """Writes a score without its interval."""
    return f"{score['value']:.1f}"


def interval(score):
    """Writes a score with its interval, for example `"20.7 (19.5-21.9)"`."""
    return f"{score['value']:.1f} ({score['low']:.1f}–{score['high']:.1f})"
