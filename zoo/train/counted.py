"""N-grams: counted, not trained; k is chosen on dev. The run's folder looks alike."""

import hashlib
import json
import logging
import time

import numpy as np

from zoo import arrays, machine
from zoo.models.ngram import NGram
from zoo.models.ngram_counts import LARGEST, PRIORS, choose, count
from zoo.tokens import FIRST_WORD
from zoo.train import weights
from zoo.train.samples import Samples

GRID = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # of k
HIGHEST = 6  # order of the table that a card shows beside the recipe's own

log = logging.getLogger(__name__)


def build(recipe):
    """Counts the training text and chooses k on dev; the same again every time.

    Args:
        recipe: The `Recipe`; its `model` has `order` and `prior`.

    Returns:
        `NGram`.
    """
    train, dev, size = _texts(recipe)
    options = recipe.model
    tables = count([train], options["order"], size)
    k, _ = choose(tables, [dev], size, GRID, options["prior"])
    return NGram.of(tables, size, k, options["prior"])


def run(recipe, folder):
    """Counts a recipe and leaves behind what the training of a network does.

    Args:
        recipe: The `Recipe`.
        folder: `pathlib.Path` for `best.npz`, `result.json` and one sample.

    Returns:
        Dictionary of what `result.json` holds; beside what a network's has, the
        `table` of nats on dev by order, prior and the k that was best for them.

    Raises:
        ValueError: The folder holds counts of another text or another model.
    """
    path, began_with = folder / "result.json", began(recipe)
    if path.exists():
        result = json.loads(path.read_text("utf-8"))
        if result["began_with"] != began_with:
            raise ValueError(
                f"`recipe` must be what {folder} was counted for; delete that folder "
                f"to begin anew. Received: recipe={recipe.name!r}"
            )
        return result
    started = time.monotonic()
    model = build(recipe)
    seconds = time.monotonic() - started
    weights.save(folder / "best.npz", model)
    table = measure(recipe)
    dev, seed = _archive(recipe, "dev"), recipe.training.seed
    Samples(model, dev, folder / "samples.jsonl", 0, seed)(0)
    own = {"order": model.order, "prior": model.prior, "k": model.k}
    result = {
        "recipe": recipe.name,
        "updates": 0,
        "best_update": 0,
        "dev": next(row["dev"] for row in table if own.items() <= row.items()),
        "seconds": round(seconds, 1),
        "backend": f"NumPy {np.__version__}",
        "hardware": machine.hardware(),
        "began_with": began_with,
        "table": table,
    }
    with arrays.replacing(path) as partial:
        partial.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    return result


def began(recipe):
    """Returns what decides the counts, as JSON has it."""
    archives = [_archive(recipe, split) for split in ("train", "dev")]
    train, dev = (archive["tokens"].tobytes() for archive in archives)
    return {
        "model": recipe.model,
        "grid": list(GRID),
        "tokens": hashlib.sha256(train).hexdigest(),
        "known": hashlib.sha256(archives[0]["known"].tobytes()).hexdigest(),
        "dev": hashlib.sha256(dev).hexdigest(),
    }


def measure(recipe):
    """Measures other orders and the other prior on dev: what a longer context is worth.

    Args:
        recipe: The `Recipe`.

    Returns:
        List of dictionaries `order`, `prior`, `k` and `dev`, nats per character.
    """
    train, dev, size = _texts(recipe)
    orders = range(1, HIGHEST + 1)
    most = max(order for order in orders if size ** (order - 1) < LARGEST)
    table = []
    for order in range(1, max(most, recipe.model["order"]) + 1):
        tables = count([train], order, size)
        for prior in PRIORS:
            k, nats = choose(tables, [dev], size, GRID, prior)
            row = {"order": order, "prior": prior, "k": k, "dev": float(nats.min())}
            log.info("%s", row)
            table.append(row)
    return table


def _texts(recipe):
    train, dev = (_archive(recipe, split) for split in ("train", "dev"))
    return train["tokens"], dev["tokens"], FIRST_WORD + len(train["known"])


def _archive(recipe, split):
    return arrays.open_array(recipe.corpus, f"letters-{split}.npz")
