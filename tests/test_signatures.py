"""docs/signatures.md against the signatures of the artefacts."""

import functools
import pathlib
import re

import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from zoo import artefact, recipes

PAGE = pathlib.Path(__file__).parents[1] / "docs" / "signatures.md"
TASKS = ("caption", "sentiment", "tag", "translate", "write")
SHIPPED = [recipe.name for task in TASKS for recipe in recipes.of_task(task)]


@functools.cache
def table():
    """The table's rows: (task, signature) to its two cells."""
    found, task = {}, ""
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and "`" in line:
            task = cells[0] or task
            found[task, cells[1]] = cells[2:]
    return found


def tensors(cell, kind):
    """Name -> (type, rank) of a cell, for a recipe of this architecture."""
    always, *some = cell.split(", and ")
    parts = [always]
    for part in some:
        of = part.rpartition(" of ")[2]
        if kind in re.split(", | and ", of):
            parts.append(part)
    found = re.findall(r"`(\w+) (\w+) \[([^]]*)\]`", ", ".join(parts))
    return {name: (dtype, shape.count(",") + 1) for name, dtype, shape in found}


def described(infos):
    """The same, of a signature's inputs or outputs as the SavedModel has them."""
    return {
        name: (tf.dtypes.as_dtype(info.dtype).name, len(info.tensor_shape.dim))
        for name, info in infos.items()
    }


def test_the_table_is_read():
    assert len(table()) == 14
    (inputs, outputs) = table()["caption", "explain"]
    assert tensors(inputs, "lstm") == {"image_bytes": ("string", 1)}
    assert "attention" not in tensors(outputs, "lstm")
    assert tensors(outputs, "lstm-attention")["attention"] == ("float32", 4)


@pytest.mark.parametrize("name", SHIPPED)
def test_an_artefact_has_the_signatures_that_the_page_promises(name):
    recipe = recipes.get(name)
    model = saved_model_pb2.SavedModel()
    model.ParseFromString((artefact.locate(name) / "saved_model.pb").read_bytes())
    found = {
        key: signature
        for key, signature in model.meta_graphs[0].signature_def.items()
        if not key.startswith("__")
    }
    wanted = {key for task, key in table() if task == recipe.task}
    assert set(found) == wanted
    for key, signature in found.items():
        inputs, outputs = table()[recipe.task, key]
        assert described(signature.inputs) == tensors(inputs, recipe.architecture)
        assert described(signature.outputs) == tensors(outputs, recipe.architecture)
