"""Trained model + preprocess -> artefact.

Each task has a module that gives what is its own:

- `choose(recipe, model)`: the card's `dev`, what was chosen on the dev split;
- `parameters(recipe, model)`: number of weights by part, `total` and `embeddings` too;
- `sizes(corpus)`: a dictionary for the card's `corpus`, examples by split;
- `write(folder, recipe, model, dev, dtype)`: the SavedModel;
- `more(recipe)`, optional: a dictionary of what else its cards hold.
"""

import json

from zoo import artefact, train
from zoo.corpora import catalogue
from zoo.export import batching, captioner, sentiment, tag, translate, warm_up, write
from zoo.train import weights

TASKS = {
    "caption": captioner,
    "sentiment": sentiment,
    "tag": tag,
    "translate": translate,
    "write": write,
}


def export(recipe, dtype="float16"):
    """Chooses options on dev, writes the SavedModel and the start of its card.

    Args:
        recipe: The `Recipe`; its training must be finished.
        dtype: Floating type of the shipped weights.

    Returns:
        The card, a dictionary.

    Raises:
        FileNotFoundError: The recipe was not trained to its end.
        ValueError: It was trained on other arrays than those there are now.
    """
    task = TASKS[recipe.task]
    run = train.folder(recipe)
    result = finished(recipe, run / "result.json")
    model = train.build(recipe)
    weights.load(run / "best.npz", model)
    dev = task.choose(recipe, model)
    card = {
        "recipe": recipe.name,
        "task": recipe.task,
        "title": recipe.title,
        "summary": recipe.summary,
        "parameters": task.parameters(recipe, model),
        "corpus": {**catalogue.facts(recipe.corpus), **task.sizes(recipe.corpus)},
        "dev": dev,
        "training": result,
        "weights": dtype,
        **(task.more(recipe) if hasattr(task, "more") else {}),
    }
    root = artefact.root() if recipe.shipped else artefact.comparisons()
    with artefact.publishing(recipe.name, root) as folder:
        task.write(folder, recipe, model, dev, dtype)
        warm_up.write(folder, recipe.name)
        batching.write(folder, recipe)
        artefact.write_card(folder, card)
    return card


def finished(recipe, path):
    """Reads what training said of itself, if it belongs to the arrays of today.

    Args:
        recipe: The `Recipe`.
        path: `pathlib.Path` of the run's `result.json`.

    Returns:
        What it holds.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: The run's arrays were others.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: run `python -m zoo train {recipe.name}` to its end"
        )
    result = json.loads(path.read_text("utf-8"))
    for name, digest in train.facts(recipe).items():
        if result["began_with"][name] != digest:
            raise ValueError(
                f"`{name}` must be what {recipe.name} was trained with, and has "
                f"changed since: delete {path.parent} and train anew. "
                f"Received: {name} with sha256 {digest[:12]}"
            )
    return result
