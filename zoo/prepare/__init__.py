"""Corpus + preprocess -> arrays on disk, once. The layout is in `zoo.arrays`.

Each task has a module of its name with `prepare(corpus)`, which writes the arrays of a
corpus and leaves alone what is there already.
"""

from zoo.prepare import caption, sentiment, tag, translate, write

TASKS = {
    "picture-words": caption,
    "caption": caption,
    "sentiment": sentiment,
    "tag": tag,
    "translate": translate,
    "write": write,
}


def prepare(recipe, drawn=None):
    """Writes the arrays that a recipe is trained on, where they are not there yet.

    Args:
        recipe: The `Recipe`.
        drawn: Segmentations of a training sentence besides the best one, see
            `zoo.prepare.translate.prepare`; None but for translators.

    Raises:
        ValueError: An example is broken, or the corpus is no longer the one whose
            arrays are there, or `drawn` is not for this recipe.
    """
    options = {} if drawn is None else {"drawn": drawn}
    if options and recipe.task != "translate":
        raise ValueError(
            f"`drawn` must be left out but for translators. Received: drawn={drawn}, "
            f"recipe={recipe.name!r}"
        )
    TASKS[recipe.task].prepare(recipe.corpus, **options)
