"""House rules that no linter knows: sizes, examples, pins and the Makefile's help."""

import doctest
import importlib
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[1]
MODULES = sorted((ROOT / "zoo").rglob("*.py"))
APPS = sorted((ROOT / "apps").rglob("*.py"))
BENCH = sorted((ROOT / "bench").rglob("*.py"))
REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))

PIN = re.compile(r"[A-Za-z0-9_-]+(\[[a-z-]+\])?==[0-9][0-9.]*")
# What st.Page opens.
PAGE = re.compile(r"""st\.Page\(\s*["'](\w+\.py)["']""")
# A rule's targets: "one two: needs ## line". Assignments (":=") are none.
RULE = re.compile(r"^([^\s#:=.$][^:=$\n]*):(?!=)", re.MULTILINE)


def named(path):
    """A file's name in a test's id."""
    return str(path.relative_to(ROOT))


def requirements(path):
    """The lines of a requirements file, without comments and blanks."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def pages():
    """The front door and the pages that it opens; the rest of apps/ is shared."""
    home = ROOT / "apps" / "home.py"
    return [home] + [home.with_name(page) for page in PAGE.findall(home.read_text())]


def make(*arguments):
    """Runs make in the repository's root and returns what it printed."""
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_there_are_files_to_check():
    assert MODULES and len(REQUIREMENTS) == 7
    assert ROOT / "apps" / "caption.py" in pages()


@pytest.mark.parametrize("path", MODULES + APPS + BENCH, ids=named)
def test_a_file_is_short_enough_to_read(path):
    most = 150 if path in pages() else 300
    assert len(path.read_text(encoding="utf-8").splitlines()) <= most


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_the_examples_in_the_docstrings_run(path, zoo_build, monkeypatch):
    parts = path.relative_to(ROOT).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__")
    module = importlib.import_module(name)
    monkeypatch.chdir(zoo_build)  # an example that writes a file writes it here
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.testmod(module, optionflags=flags).failed == 0


def test_the_run_of_examples_can_fail(tmp_path, monkeypatch):
    (tmp_path / "wrong_example.py").write_text('"""\n>>> 1 + 1\n3\n"""\n')
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("wrong_example")
    assert doctest.testmod(module, report=False).failed == 1


@pytest.mark.parametrize("path", REQUIREMENTS, ids=named)
def test_every_requirement_is_pinned(path):
    loose = [
        line
        for line in requirements(path)
        if not PIN.fullmatch(line) and not line.startswith(("-r ", "-e "))
    ]
    assert loose == []


def test_the_requirements_end_in_the_zoo_itself():
    assert requirements(ROOT / "requirements.txt")[-1] == "-e ."


def test_a_package_pinned_twice_is_pinned_alike():
    pins = {}
    # An environment of its own, for what is another release on purpose.
    for path in set(REQUIREMENTS) - {ROOT / "requirements-previous.txt"}:
        for line in filter(PIN.fullmatch, requirements(path)):
            name, version = line.split("==")
            pins.setdefault(name.partition("[")[0], set()).add(version)
    assert [name for name, versions in pins.items() if len(versions) > 1] == []


def test_make_help_gives_every_target_a_line():
    # Targets that are files, such as .venv/demo, are not for people.
    targets = {
        target
        for names in RULE.findall((ROOT / "Makefile").read_text())
        for target in names.split()
    }
    lines = dict(line.split(maxsplit=1) for line in make("help").splitlines())
    assert {"demo", "test", "lint", "train-%"} <= targets
    assert targets == set(lines)
    assert all(len(line) > 10 for line in lines.values())


def test_make_alone_is_make_help():
    assert make() == make("help")


@pytest.mark.parametrize("task", ["caption", "sentiment", "tag", "translate", "write"])
def test_make_trains_every_recipe_of_a_task(task):
    from zoo import recipes

    lines = make("--dry-run", "--assume-old=.venv/demo", f"train-{task}").splitlines()
    trained = [line.split()[-1] for line in lines if " -m zoo train " in line]
    every = getattr(recipes, task).RECIPES
    assert trained == [recipe.name for recipe in every if recipe.shipped]


def test_make_trains_one_recipe():
    (line,) = make("-n", "-o", ".venv/demo", "train-caption-gru").splitlines()
    assert line == ".venv/bin/python -m zoo train caption-gru"


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_every_file_that_a_page_links_to_is_there(name):
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text("utf-8"))
    assert not [link for link in links if not (ROOT / link).exists()]


def test_no_pin_stands_in_two_lists_that_are_installed_together():
    demo, tests = (
        {line for line in requirements(ROOT / name) if "==" in line}
        for name in ("requirements.txt", "requirements-test.txt")
    )
    assert not demo & tests
