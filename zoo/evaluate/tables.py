"""Writes the tables of README and docs from the cards: no figure is typed by hand.

A table stands between two lines `<!-- name -->` and `<!-- /name -->`. Each task has a
module with functions that make its tables; `TABLES` says where each one stands.
"""

import logging
import pathlib
import re

from zoo import artefact, recipes

log = logging.getLogger(__name__)


def write(tables, root="."):
    """Brings tables up to date.

    Args:
        tables: Dictionary by file name of dictionaries by table name of functions that
            return Markdown, or None for a table that stays as it stands.
        root: Folder of the files.

    Raises:
        ValueError: A file has no place for a table.
    """
    for name, made in tables.items():
        path = pathlib.Path(root) / name
        text = path.read_text("utf-8")
        for table, make in made.items():
            markdown = make()
            if markdown is None:
                log.warning("%s: the table %r stays as it stands", path, table)
            else:
                text = fill(text, table, markdown)
        path.write_text(text, "utf-8")
        log.info("%s: %d tables", path, len(made))


def cards(task):
    """Returns the cards of a task's shipped artefacts, in the order of the recipes.

    Args:
        task: For example `"caption"`.
    """
    there = artefact.names()
    names = [recipe.name for recipe in recipes.of_task(task)]
    return measured(artefact.locate(name) for name in names if name in there)


def compared(others, part="test"):
    """Returns the cards of a comparison, whose artefacts are not all in the repository.

    Args:
        others: List of `Recipe`.
        part: What a card must hold, `"dev"` or `"test"`.

    Returns:
        List of cards; None where one is not here, since its row could not be written.
    """
    found = []
    for recipe in others:
        try:
            card = artefact.read_card(artefact.locate(recipe.name))
        except artefact.NotFound:
            card = {}
        if part not in card:
            log.warning("No card of %s: make compare-%s", recipe.name, recipe.task)
            return None
        found.append(card)
    return found


def measured(folders):
    """Returns the cards of the versions that were evaluated.

    Args:
        folders: Iterable of `pathlib.Path`.
    """
    found = [artefact.read_card(folder) for folder in folders]
    for card in found:
        if "test" not in card:
            name = card["recipe"]
            log.warning("%s left out: python -m zoo evaluate %s first", name, name)
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


def rule(header):
    """Returns the line below a header: names to the left, figures to the right."""
    columns = header.count("|") - 1
    return "|---|" + "---:|" * (columns - 1)


def rows(columns, cards):
    """Makes a table with a row a card.

    Args:
        columns: Dictionary from a column's header to the function of a card that
            returns its cell.
        cards: List of dictionaries.

    Returns:
        Markdown.

    >>> print(rows({"model": lambda card: card["name"], "width": str}, [{"name": "a"}]))
    | model | width |
    |---|---:|
    | a | {'name': 'a'} |
    """
    header = "| " + " | ".join(columns) + " |"
    lines = [
        "| " + " | ".join(cell(card) for cell in columns.values()) + " |"
        for card in cards
    ]
    return "\n".join([header, rule(header), *lines])


def millions(count):
    """Writes a number of parameters, for example `"2.46 M"`."""
    return f"{count / 1e6:.2f} M"


def plain(score, digits=1):
    """Writes a score without its interval."""
    return f"{score['value']:.{digits}f}"


def interval(score, digits=1):
    """Writes a score with its interval, for example `"20.7 (19.5–21.9)"`."""
    low, high = (f"{score[bound]:.{digits}f}" for bound in ("low", "high"))
    return f"{plain(score, digits)} ({low}–{high})"
