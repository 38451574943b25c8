"""Scores an artefact on a split, through its signatures, and writes its card.

Each task has a module with `measure(model, corpus)`: through the model's signatures,
what its card learns (`metric`, `test`, `latency_ms`, `examples`, `limits`), and the
predictions.
"""

from functools import partial

from zoo import artefact, gallery, machine
from zoo.evaluate import (
    caption,
    caption_tables,
    overview,
    sentiment,
    sentiment_tables,
    tag,
    tagger_tables,
    text_tables,
    translate,
    translator_tables,
    write,
    writer_tables,
)

TASKS = {
    "caption": caption,
    "sentiment": sentiment,
    "tag": tag,
    "translate": translate,
    "write": write,
}
# Which tables stand in which file, and what makes them; see `zoo.evaluate.tables`.
TABLES = {
    "README.md": {
        "overview": overview.matrix,
        "captioners": caption_tables.shipped,
        "text units": sentiment_tables.text_units,
        **{task: partial(text_tables.budget, task) for task in text_tables.KINDS},
    },
    "docs/captioning.md": {
        "equal width": caption_tables.compared,
        "examples": caption_tables.best_and_worst,
    },
    "docs/sentiment.md": {
        "cut": sentiment_tables.cut,
        "repeated": sentiment_tables.repeated,
        "seeds": sentiment_tables.seeds,
        "equal width": partial(text_tables.width, "sentiment"),
    },
    "docs/tagging.md": {
        "equal width": partial(text_tables.width, "tag"),
        "confusions": tagger_tables.confusions,
        "splitting": tagger_tables.splitting,
    },
    "docs/translation.md": {
        "length": translator_tables.by_length,
        "equal width": partial(text_tables.width, "translate"),
    },
    "docs/writing.md": {
        "repeated": writer_tables.repeated,
        "hidden units": writer_tables.hidden_units,
        "orders": writer_tables.orders,
        "equal width": partial(text_tables.width, "write"),
    },
}


def evaluate(recipe):
    """Measures a recipe's artefact and writes its card and predictions.

    Args:
        recipe: The `Recipe`.

    Returns:
        The card, a dictionary.

    Raises:
        NotFound: There is no such artefact.
        Damaged: It is not what was exported; card and predictions, which a killed
            evaluation may have left in disorder, are written anew.
    """
    artefact.mend(artefact.locate(recipe.name))
    model = gallery.load_local(recipe.name)
    found, predictions = TASKS[recipe.task].measure(model, recipe.corpus)
    card = {**model.card, **found, "latency_hardware": machine.hardware()}
    artefact.write_card(model.folder, card, predictions)
    return card


def figures(found, name="test"):
    """Lists what was measured, for people.

    Args:
        found: A card's `test`, or a part of it.
        name: Of that part.

    Yields:
        A line for each figure that has an interval.

    >>> list(figures({"default": {"bleu4": {"value": 21.5, "low": 20, "high": 23}}}))
    ['test default bleu4: 21.5 (20 to 23)']
    """
    if not isinstance(found, dict):
        return
    if {"value", "low", "high"} <= set(found):
        yield f"{name}: {found['value']} ({found['low']} to {found['high']})"
        return
    for key, part in found.items():
        yield from figures(part, f"{name} {key}")
