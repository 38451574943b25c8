"""Scores an artefact on a split, through its signatures, and writes its card.

Each task has a module of its name with `evaluate(name, corpus)`.
"""

from zoo.evaluate import (
    caption,
    caption_tables,
    overview,
    sentiment,
    tag,
    text_tables,
    write,
)

TASKS = {"caption": caption, "sentiment": sentiment, "tag": tag, "write": write}
# Which tables stand in which file, and what makes them; see `zoo.evaluate.tables`.
TABLES = {
    "README.md": {
        "overview": overview.matrix,
        "captioners": caption_tables.shipped,
        "sentiment": text_tables.sentiment,
        "tag": text_tables.tag,
        "write": text_tables.write,
    },
    "docs/captioning.md": {
        "equal width": caption_tables.compared,
        "examples": caption_tables.best_and_worst,
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
        Damaged: It is not what was exported.
    """
    return TASKS[recipe.task].evaluate(recipe.name, recipe.corpus)
