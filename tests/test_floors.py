"""The floors of the house: imports go down only, and each floor keeps its frameworks.

The check reads the source, so an import inside a function counts like any other.
"""

import ast
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parents[1]

NONE = frozenset()
KERAS = frozenset({"keras"})
TENSORFLOW = frozenset({"tensorflow", "tensorflow_text"})
ANY = KERAS | TENSORFLOW

# Bottom up: a floor of zoo/, and the frameworks that it may import.
FLOORS = {
    "tokens": NONE,
    "machine": NONE,
    "metrics": NONE,
    "architectures": NONE,
    "matrix": NONE,
    "recipes": NONE,
    "corpora": NONE,
    "arguments": NONE,
    "arrays": NONE,
    "preprocess": TENSORFLOW,
    "prepare": TENSORFLOW,
    "layers": KERAS,
    "models": KERAS,
    "decode": KERAS,
    "train": KERAS,
    "artefact": ANY,
    "serving": ANY,
    "export": ANY,
    "gallery": ANY,
    "evaluate": ANY,
    "lab": ANY,
}
HEIGHTS = {floor: height for height, floor in enumerate(FLOORS)}
FRAMEWORKS = {"jax", "streamlit", "tf_keras", "torch"} | ANY
# The doors may reach any floor, but not before they are asked to.
DOORS = ("__init__", "__main__")
PAGES_MAY = {"gallery", "corpora"}
IMPORTERS = {"import_module", "__import__"}


def imported(tree, package):
    """Yields `(node, dotted name)` for everything that a module imports.

    Args:
        tree: Syntax tree of the module.
        package: Dotted name of the package that the module is in.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            base = ".".join(above + [node.module] * bool(node.module))
            for alias in node.names:
                yield node, f"{base}.{alias.name}"
        elif isinstance(node, ast.Call) and called(node) in IMPORTERS:
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant):
                    yield node, str(argument.value)


def called(node):
    """The last name of what a call calls: `c` in `a.b.c()`."""
    return getattr(node.func, "attr", getattr(node.func, "id", None))


def inside_functions(tree):
    """The nodes of a module that run only when a function is called."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    return {
        inner
        for node in ast.walk(tree)
        if isinstance(node, functions)
        for inner in ast.walk(node)
    }


def why_floor_may_not(floor, name):
    """Why a floor of zoo/ may not import `name`; None where it may."""
    top, _, rest = name.partition(".")
    if top in FRAMEWORKS and top not in FLOORS[floor]:
        return f"zoo.{floor} may not import {top}"
    if top == "apps":
        return "zoo may not import the pages"
    if top != "zoo":
        return None
    other = rest.partition(".")[0]
    if other == floor:
        return None
    if other not in FLOORS:
        return f"zoo.{floor} may not import {name}, which is no floor"
    if HEIGHTS[other] > HEIGHTS[floor]:
        return f"zoo.{floor} may not import zoo.{other}, which is above it"
    if FLOORS[other] - FLOORS[floor]:
        needs = ", ".join(sorted(FLOORS[other] - FLOORS[floor]))
        return f"zoo.{floor} may not import zoo.{other}, which needs {needs}"
    return None


def why_door_may_not(name):
    """Why a door of the zoo may not import `name` before it is called."""
    top, _, rest = name.partition(".")
    if top in FRAMEWORKS or (top == "zoo" and FLOORS.get(rest.partition(".")[0], ANY)):
        return f"{name} must be imported late, inside a function"
    return None


def why_page_may_not(name):
    """Why a page may not import `name`; None where it may."""
    top, _, rest = name.partition(".")
    if top in FRAMEWORKS - {"streamlit"}:
        return f"a page may not import {top}"
    if top == "zoo" and rest.partition(".")[0] not in PAGES_MAY:
        return f"a page may import zoo.gallery and zoo.corpora, not {name}"
    return None


def faults_of_file(path, root):
    """Yields a sentence for each import of a file that the floors forbid."""
    parts = path.relative_to(root).with_suffix("").parts
    tree = ast.parse(path.read_text(encoding="utf-8"))
    late = inside_functions(tree)
    door = parts[0] == "zoo" and len(parts) == 2 and parts[1] in DOORS
    if not door and parts[0] == "zoo" and parts[1] not in FLOORS:
        yield f"{'/'.join(parts)}: zoo.{parts[1]} stands on no floor"
        return
    for node, name in imported(tree, ".".join(parts[:-1])):
        if parts[0] == "apps":
            why = why_page_may_not(name)
        elif door:
            why = None if node in late else why_door_may_not(name)
        else:
            why = why_floor_may_not(parts[1], name)
        if why:
            yield f"{path.relative_to(root)}:{node.lineno}: {why}"


def faults(root):
    """All that the floors forbid in the `zoo` and `apps` folders below `root`."""
    return [
        fault
        for folder in ("zoo", "apps")
        for path in sorted((root / folder).rglob("*.py"))
        for fault in faults_of_file(path, root)
    ]


def write(root, path, source):
    """Writes a made-up module below `root`."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)


def test_the_house_keeps_its_floors():
    assert faults(ROOT) == []


def test_the_check_reads_the_house():
    assert len(list((ROOT / "zoo").rglob("*.py"))) > 10
    assert len(list((ROOT / "apps").rglob("*.py"))) > 1


@pytest.mark.parametrize(
    ("path", "source", "why"),
    [
        ("zoo/corpora/a.py", "import tensorflow as tf", "may not import tensorflow"),
        ("zoo/recipes.py", "import keras", "may not import keras"),
        ("zoo/layers/a.py", "import tensorflow.nn", "may not import tensorflow"),
        ("zoo/layers/a.py", "from tensorflow import nn", "may not import tensorflow"),
        ("zoo/models/a.py", "import jax", "may not import jax"),
        ("zoo/decode/a.py", "def f():\n import torch", "may not import torch"),
        ("zoo/train/a.py", "if 0:\n from torch import nn", "may not import torch"),
        (
            "zoo/train/a.py",
            "import importlib\nimportlib.import_module('tensorflow')",
            "may not import tensorflow",
        ),
        ("zoo/train/a.py", "__import__('tensorflow')", "may not import tensorflow"),
        ("zoo/preprocess/a.py", "import keras", "may not import keras"),
        ("zoo/gallery.py", "import streamlit", "may not import streamlit"),
        ("zoo/layers/a.py", "from zoo.models import b", "which is above it"),
        ("zoo/layers/a.py", "import zoo.train.fit", "which is above it"),
        ("zoo/layers/a.py", "from zoo import decode", "which is above it"),
        ("zoo/layers/a.py", "from ..models import b", "which is above it"),
        ("zoo/layers/a.py", "from .. import models", "which is above it"),
        ("zoo/layers/deep/a.py", "from ...models import b", "which is above it"),
        ("zoo/corpora/__init__.py", "from ..layers import b", "which is above it"),
        ("zoo/train/a.py", "from zoo.prepare import b", "needs tensorflow"),
        ("zoo/train/a.py", "from zoo.preprocess import b", "needs tensorflow"),
        ("zoo/layers/a.py", "import zoo", "which is no floor"),
        ("zoo/layers/a.py", "import apps.models", "may not import the pages"),
        ("zoo/utils.py", "", "stands on no floor"),
        ("zoo/__init__.py", "from zoo import gallery", "must be imported late"),
        ("zoo/__main__.py", "import tensorflow", "must be imported late"),
        ("apps/a.py", "import tensorflow", "a page may not import tensorflow"),
        ("apps/deep/a.py", "import keras", "a page may not import keras"),
        ("apps/a.py", "from zoo import recipes", "not zoo.recipes"),
        ("apps/a.py", "import zoo", "not zoo"),
        ("apps/a.py", "from zoo.artefact import b", "not zoo.artefact.b"),
    ],
)
def test_a_made_up_violation_is_found(tmp_path, path, source, why):
    write(tmp_path, path, source)
    found = faults(tmp_path)
    assert len(found) == 1
    assert why in found[0]
    assert found[0].startswith(path.removesuffix(".py"))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("zoo/corpora/a.py", "import json\nimport numpy\nfrom zoo.corpora import b"),
        ("zoo/layers/a.py", "import keras\nfrom keras import ops\nfrom . import b"),
        ("zoo/layers/a.py", "from zoo.tokens import PAD\nfrom .b import c"),
        ("zoo/train/a.py", "from zoo import arrays, recipes\nfrom ..models import b"),
        ("zoo/export/a.py", "import tensorflow\nfrom zoo.decode import beam"),
        ("zoo/__init__.py", "def load(name):\n    from zoo import gallery"),
        ("zoo/__main__.py", "from zoo import recipes\ndef f():\n    import zoo.train"),
        ("apps/a.py", "import streamlit\nfrom zoo import gallery, corpora"),
    ],
)
def test_a_sound_module_is_passed(tmp_path, path, source):
    write(tmp_path, path, source)
    assert faults(tmp_path) == []
