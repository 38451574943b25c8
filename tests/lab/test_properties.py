"""Properties of texts, against examples marked by hand and Python's own tokenizer."""

import io
import itertools
import tokenize

import numpy as np
import pytest

from zoo.lab import properties

PROPERTIES = {kind.name: kind.of for kind in properties.PROPERTIES}
CODE = r"""import os


class Parrot:
    '''Is not "quite dead" (yet), and isn't asleep.'''

    def speak(self, words=("it's", 'a "fine" day\'s')):  # don't [mind
        if words and not (
            self.asleep
        ):
            return {"said": words[1:], 'if': 1}
        elif (n := len(words)) > 2: return rb"\\" + r'\''
        x = 1 if words else 2
        return '''two
lines' of "it''' + words[0]
"""


def marked(name, text, marks):
    """Asserts that a property holds exactly where a line of marks has a caret."""
    expected = [float(mark == "^") for mark in marks.ljust(len(text))]
    assert PROPERTIES[name](text).tolist() == expected


def as_code(line):
    """A line that reads as Python, since the line before it does."""
    return "import os\n" + line


def of_line(name, line):
    """Where a property holds in a line of Python, as a line of carets."""
    values = PROPERTIES[name](as_code(line))[-len(line) :]
    return "".join("^" if value else " " for value in values)


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("text", ["", "a", "\n", "\n\n", '"', "é€😀\u202e", CODE])
def test_there_is_a_finite_number_for_every_character(name, text):
    values = PROPERTIES[name](text)
    assert values.shape == (len(text),)
    assert values.dtype == float
    assert np.isfinite(values).all()


def test_every_property_has_a_name_and_a_definition_of_its_own():
    assert len(PROPERTIES) == len({kind.definition for kind in properties.PROPERTIES})
    assert list(PROPERTIES) == [
        "inside quotes",
        "inside brackets",
        "indentation",
        "line position",
        "inside an if line",
        "upper case",
        "vowel",
    ]


def test_quotations_of_prose_stand_between_double_marks():
    marked("inside quotes", 'So "no," said he.', "   ^^^^")
    marked("inside quotes", "So “no,” said he.", "   ^^^^")


def test_an_apostrophe_opens_no_quotation_in_prose():
    text = "'Tis the king's men's, 'twas o'er; he said 'Away!'"
    assert not PROPERTIES["inside quotes"](text).any()


def test_a_quotation_left_open_ends_with_its_paragraph():
    marked("inside quotes", 'a "b\nc\n\nd', "  ^^^^^")


def test_brackets_of_prose_are_nested_and_end_with_their_paragraph():
    marked("inside brackets", "a) (b [c] d) e", "   ^^^^^^^^")
    marked("inside brackets", "a (b\n\nc", "  ^^^")


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ("x = 'it' + y", "    ^^^     "),
        (r"x = 'it\'s' + y", "    ^^^^^^     "),
        (r"x = 'it\\' + y", "    ^^^^^     "),
        ('x = "it\'s" + y', "    ^^^^^     "),
        ("x = 1  # it's 'so", "                 "),
        ("x = '#' + y", "    ^^     "),
        ('x = """a"b""" + y', "    ^^^^^^^^     "),
        ("x = '' + y", "    ^     "),
        ("x = rb'a' + y", "      ^^     "),
    ],
)
def test_a_string_of_python_is_inside_quotes(line, marks):
    assert of_line("inside quotes", line) == marks


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ("x = (a)[b] + c", "    ^^ ^^     "),
        ("x = '(' + c", "           "),
        ("x = 1  # (c", "           "),
        ("f(a, [b], ')')", " ^^^^^^^^^^^^ "),
    ],
)
def test_brackets_of_python_do_not_count_in_strings_and_comments(line, marks):
    assert of_line("inside brackets", line) == marks


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ("if a == 1: b", "  ^^^^^^^   "),
        ("elif a[1:2]: b", "    ^^^^^^^   "),
        ("if ':' in a: b", "  ^^^^^^^^^   "),
        ("if (b := a): c", "  ^^^^^^^^^   "),
        ("x = a if b else c", "                 "),
        ("if (a and\n  b): c", "  ^^^^^^^^^^^^   "),
        ("iffy = 1", "        "),
        ("x = a \\\n if b else c", "                    "),
        ("'if a: b'", "         "),
        ("# if a: b", "         "),
    ],
)
def test_an_if_line_is_its_condition(line, marks):
    assert of_line("inside an if line", line) == marks


def test_prose_has_no_if_lines():
    text = "Much is true of him:\nif he be so:\nand if not:\n" * 9
    assert not PROPERTIES["inside an if line"](text).any()


def test_indentation_counts_as_far_as_it_was_read():
    text = "a\n    b\n\n        c\n\td\ne"
    steps = [0, 0, *[0.25, 0.5, 0.75, 1, 1, 1], 1]
    steps += [*np.arange(1, 9) / 4, 2, 2, *[1, 1, 1], 0]
    assert PROPERTIES["indentation"](text).tolist() == steps


def test_an_empty_line_keeps_the_step_of_the_line_before():
    text = "    a\n\n  \nb"
    assert PROPERTIES["indentation"](text).tolist()[4:] == [1, 1, 1, 0.25, 0.5, 0.5, 0]


def test_the_line_position_begins_anew_after_a_line_feed():
    assert PROPERTIES["line position"]("ab\n\ncd").tolist() == [1, 2, 0, 0, 1, 2]


def test_capitals_and_vowels_of_the_character_just_read():
    marked("upper case", "ÀaB 1", "^ ^  ")
    marked("vowel", "Io, Yé!", "^^     ")


@pytest.mark.parametrize(
    ("text", "python"),
    [
        (CODE, True),
        ("ROMEO:\nIf love be rough with you,\nreturn love's rough.\n" * 5, False),
        ("I return from Rome and import wine.\nThe class: mine.\n" * 5, False),
        ("", False),
        ("\n\n", False),
    ],
)
def test_python_is_told_from_prose(text, python):
    assert properties.looks_like_python(text) == python


def tokenized(text):
    """Strings, brackets and conditions as Python's own tokenizer sees them."""
    starts = [0, *itertools.accumulate(map(len, text.splitlines(keepends=True)))]
    quoted, condition = np.zeros(len(text), bool), np.zeros(len(text), bool)
    change = np.zeros(len(text), int)
    waiting, first = None, True
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        start, end = (starts[row - 1] + column for row, column in token[2:4])
        if token.type == tokenize.STRING:
            quoted[start + len(token.string) - len(token.string.lstrip("rb")) :] = True
            quoted[end - 1 :] = False
        elif token.string in ("if", "elif") and first:
            waiting = end
        elif token.type == tokenize.OP and token.string in "([{":
            change[start] = 1
        elif token.type == tokenize.OP and token.string in ")]}":
            change[start] = -1
        elif token.string == ":" and waiting and not change.sum():
            condition[waiting:start] = True
            waiting = None
        between = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT)
        first = token.type in between
    return quoted, change.cumsum(), condition


def test_source_is_read_as_python_s_own_tokenizer_reads_it():
    quoted, depth, condition = tokenized(CODE)
    assert quoted.sum() > 50 and depth.max() == 2 and condition.sum() > 40
    scan = properties.scan(CODE)
    np.testing.assert_array_equal(scan.quoted, quoted)
    np.testing.assert_array_equal(scan.depth, depth)
    np.testing.assert_array_equal(scan.condition, condition)


@pytest.mark.parametrize("mark", ['"quite dead" (yet), and isn', "quite dead"])
def test_source_may_begin_within_a_docstring(mark):
    code = CODE.replace("'''", '"""').replace('"quite dead" (yet), and isn', mark)
    start = code.index("quite")
    for name in ("inside quotes", "inside brackets", "inside an if line"):
        whole, part = (PROPERTIES[name](text) for text in (code, code[start:]))
        np.testing.assert_array_equal(part, whole[start:])


@pytest.mark.parametrize("name", PROPERTIES)
def test_no_property_looks_ahead(name):
    code = CODE[: CODE.index("return '''")].replace("'''", "'").replace("isn't", "is")
    whole = PROPERTIES[name](code)
    for length in range(code.index("self.asleep"), len(code)):
        np.testing.assert_array_equal(PROPERTIES[name](code[:length]), whole[:length])
