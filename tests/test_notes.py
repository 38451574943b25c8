"""The map for the notes' readers: each place it names is where it says it is.

A place is written [`zoo/a.py:7`](../zoo/a.py#L7) `Name.of_definition`. After code has
moved, `python tests/test_notes.py --write` puts the numbers right.
"""

import ast
import functools
import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
# Each language's own words for the three lines that end a section, and for no page yet.
DOCUMENTS = {
    "docs/notes.md": ("Code", "Test", "Page", "to come"),
    "docs/notes.ko.md": ("코드", "테스트", "화면", "준비 중"),
}
PLACE = re.compile(r"\[`([\w./-]+):(\d+)`\]\(([^)\s]+)\) `([\w.]+)`")
LOOSE = re.compile(r"\.py:\d+|#L\d+")  # a line number, wherever it stands
EQUATION = re.compile(r"^\$\$\n(.+?)\n\$\$$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SECTION = re.compile(r"^## (\d+)\. ", re.MULTILINE)
# A row of the contents: section, what a link to it says, headings of the course.
CONTENTS = re.compile(r"^\| \[(.+?)\]\(#(\S+)\) \| (.+) \|$", re.MULTILINE)

each_document = pytest.mark.parametrize("document", DOCUMENTS)


@functools.cache
def definitions(path):
    """The line of each function, class and method of a Python file, by dotted name."""
    lines = {}

    def visit(nodes, prefix):
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                lines[prefix + node.name] = node.lineno
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")

    visit(ast.parse(path.read_text("utf-8")).body, "")
    return lines


def refreshed(text, root):
    """The text with the number of every place that is found put right."""

    def right(match):
        path, _, _, name = match.groups()
        file = root / path
        line = definitions(file).get(name) if file.is_file() else None
        if line is None:
            return match[0]
        return f"[`{path}:{line}`](../{path}#L{line}) `{name}`"

    return PLACE.sub(right, text)


def wrong_places(text, root):
    """A sentence for each place that is not what the text says it is."""
    wrong = []
    for path, line, link, name in PLACE.findall(text):
        file = root / path
        if not file.is_file():
            wrong.append(f"{path} does not exist")
        elif name not in definitions(file):
            wrong.append(f"{path} does not define {name}")
        elif definitions(file)[name] != int(line):
            wrong.append(f"{path} defines {name} on line {definitions(file)[name]}")
        elif link != f"../{path}#L{line}":
            wrong.append(f"{path}:{line} links to {link}")
    if len(LOOSE.findall(text)) != 2 * len(PLACE.findall(text)):
        wrong.append("a line number stands outside of a place")
    return wrong


def dead_links(text, folder):
    """The links of a text that lead to no file."""
    files = [link.partition("#")[0] for link in LINK.findall(text) if ":" not in link]
    return [file for file in files if file and not (folder / file).exists()]


def sections(text):
    """Pairs of the number of a section and its text."""
    parts = SECTION.split(text)[1:]
    return list(zip(map(int, parts[::2]), parts[1::2], strict=True))


def wrong_endings(text, words):
    """A sentence for each section that does not end in code, test and page."""
    *labels, none = words
    wrong = []
    for number, body in sections(text):
        endings = re.findall(r"^- (.+?): (.+)$", body, re.MULTILINE)[-3:]
        if [label for label, _ in endings] != labels:
            wrong.append(f"section {number} does not end in {labels}")
            continue
        code, tests, page = (ending for _, ending in endings)
        if not PLACE.findall(code) or "`tests/" in code:
            wrong.append(f"section {number} names no code")
        named = [(path, name) for path, _, _, name in PLACE.findall(tests)]
        if not named or not all(
            path.startswith("tests/") and name.startswith("test_")
            for path, name in named
        ):
            wrong.append(f"section {number} names no test")
        if page != none and not LINK.findall(page):
            wrong.append(f"section {number} names no page")
    return wrong


def outline(text):
    """What two languages share: numbers, equations, places, links, remarks, tables."""
    return [
        (
            number,
            EQUATION.findall(body),
            [place[::3] for place in PLACE.findall(body)],
            [link.partition("#")[0] for link in LINK.findall(body)],
            len(re.findall(r"^> \*\*", body, re.MULTILINE)),
            len(re.findall(r"^\|", body, re.MULTILINE)),
        )
        for number, body in sections(text)
    ]


def read(document):
    return (ROOT / document).read_text("utf-8")


@each_document
def test_every_place_is_where_the_document_says(document):
    assert PLACE.search(read(document))
    wrong = wrong_places(read(document), ROOT)
    assert not wrong, [*wrong, "try: python tests/test_notes.py --write"]


@each_document
def test_every_link_leads_to_a_file(document):
    assert LINK.search(read(document))
    assert dead_links(read(document), (ROOT / document).parent) == []


@each_document
def test_every_section_ends_in_its_code_its_test_and_its_page(document):
    assert wrong_endings(read(document), DOCUMENTS[document]) == []


@each_document
def test_the_sections_are_numbered_from_one(document):
    numbers = [number for number, _ in sections(read(document))]
    assert len(numbers) > 25
    assert numbers == list(range(1, len(numbers) + 1))
    headings = re.findall(r"^##? .+$", read(document), re.MULTILINE)
    assert len(headings) == len(numbers) + 1  # the title


@each_document
def test_the_contents_lead_to_every_section(document):
    headings = re.findall(r"^## (.+)$", read(document), re.MULTILINE)
    # As GitHub names a heading: lower case, hyphens for spaces, no punctuation.
    names = [re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings]
    rows = [row[:2] for row in CONTENTS.findall(read(document))]
    assert rows == list(zip(headings, names, strict=True))


@each_document
def test_every_section_has_an_equation(document):
    assert [
        n for n, body in sections(read(document)) if not EQUATION.search(body)
    ] == []
    equations = EQUATION.findall(read(document))
    assert read(document).count("$$") == 2 * len(equations)
    # GitHub takes the backslash from \, and its like before TeX sees it.
    assert [one for one in equations if re.search(r"\\[^A-Za-z]", one)] == []


def test_both_languages_say_the_same_in_the_same_order():
    one, other = (outline(read(document)) for document in DOCUMENTS)
    for english, korean in zip(one, other, strict=True):
        assert english == korean


def test_both_languages_name_the_same_headings_of_the_course():
    one, other = (CONTENTS.findall(read(document)) for document in DOCUMENTS)
    assert [row[2] for row in one] == [row[2] for row in other]


SOUND = """# Map

## 1. One

> **Precisely.** More.

$$
a = b
$$

- Code: [`zoo/a.py:4`](../zoo/a.py#L4) `Thing.step`
- Test: [`tests/test_a.py:1`](../tests/test_a.py#L1) `test_it`
- Page: to come
"""
WORDS = DOCUMENTS["docs/notes.md"]


@pytest.fixture
def house(tmp_path):
    """A made-up repository that `SOUND` is true of."""
    code = "@made\nclass Thing:\n    @late\n    def step(self):\n        pass\n"
    tests = "def test_it():\n    pass\n"
    for path, source in {"zoo/a.py": code, "tests/test_a.py": tests}.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(source)
    (tmp_path / "docs").mkdir()
    return tmp_path


def test_a_sound_document_is_passed(house):
    assert wrong_places(SOUND, house) == []
    assert dead_links(SOUND, house / "docs") == []
    assert wrong_endings(SOUND, WORDS) == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("zoo/a.py:4", "zoo/a.py:3", "defines Thing.step on line 4"),
        ("Thing.step", "Thing.leap", "zoo/a.py does not define Thing.leap"),
        ("Thing.step", "step", "zoo/a.py does not define step"),
        ("zoo/a.py:4", "zoo/b.py:4", "zoo/b.py does not exist"),
        ("a.py#L4", "a.py#L5", "links to ../zoo/a.py#L5"),
        ("../zoo/a.py#L4", "../zoo/b.py#L4", "links to ../zoo/b.py#L4"),
        ("`test_it`", "`test_that`", "does not define test_that"),
        ("`test_it`", "test_it", "outside of a place"),
        ("More.", "See zoo/a.py:4.", "outside of a place"),
    ],
)
def test_a_wrong_place_is_found(house, old, new, why):
    (wrong,) = wrong_places(SOUND.replace(old, new), house)
    assert why in wrong


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("- Page: to come\n", "", "does not end in"),
        ("- Code", "- Source", "does not end in"),
        ("to come", "some day", "names no page"),
        ("`test_it`", "it", "names no test"),
        ("tests/", "zoo/", "names no test"),
        ("zoo/", "tests/", "names no code"),
    ],
)
def test_a_wrong_ending_is_found(old, new, why):
    assert why in wrong_endings(SOUND.replace(old, new), WORDS)[0]


def test_a_dead_link_is_found(house):
    text = SOUND + "[a page](../apps/b.py), [a site](https://keras.io)"
    assert dead_links(text, house / "docs") == ["../apps/b.py"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a = b", "a = c"),
        ("Thing.step", "Thing"),
        ("## 1.", "## 2."),
        ("> **Precisely.** More.", "More."),
        ("to come", "[caption](../apps/caption.py)"),
    ],
)
def test_a_difference_between_the_languages_is_found(old, new):
    assert outline(SOUND) == outline(SOUND.replace("Precisely", "정확히"))
    assert outline(SOUND) != outline(SOUND.replace(old, new))


def test_moved_lines_are_put_right(house):
    moved = SOUND.replace("a.py:4", "a.py:9").replace("test_a.py#L1", "test_a.py#L8")
    assert refreshed(moved, house) == SOUND
    lost = SOUND.replace("Thing.step", "Thing.leap")
    assert refreshed(lost, house) == lost


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/test_notes.py --write")
    for name in DOCUMENTS:
        (ROOT / name).write_text(refreshed(read(name), ROOT), "utf-8")
