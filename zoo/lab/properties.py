"""What a text is doing at each of its characters: the things a unit may keep track of.

Every property is a pure function from a text of T characters to a float array `[T]`.
Its value at a character is the state of affairs once that character was read, as the
hidden state is: the mark that opens a quotation is inside it, the one that closes it
is not. No property looks ahead, but for the mark of three quotes, read as one.

Quotations, brackets and `if` lines are read by Python's rules where the text is
Python source, and otherwise by those of prose, in which an apostrophe opens nothing.
"""

import dataclasses
import functools
import keyword
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

POINT_BISERIAL, R_SQUARED = "point-biserial", "R2"
STEP = 4  # blanks to a step of indentation
PYTHON_SHARE = 0.05  # of the lines that are not blank

PYTHON_LINE = re.compile(
    r"[ \t]*(def \w+\(|class \w+[(:]|import [\w.]+$|from [\w.]+ import |@\w"
    r"|(el)?if .*:$)"
)
TOKEN = re.compile(
    r"""
      (?P<comment> \#[^\n]* )
    | (?P<long> (?P<three> \"\"\" | ''' )
        (?: \\. | (?!(?P=three)). )* (?P<long_end> (?P=three) )? )
    | (?P<short> (?P<one> ["'] )
        (?: \\(?:.|\Z) | (?!(?P=one))[^\\\n] )* (?P<short_end> (?P=one) )? )
    | (?P<word> \w+ )
    | (?P<open> [(\[{] )
    | (?P<close> [)\]}] )
    | (?P<colon> :(?!=) )
    | (?P<newline> (?<!\\)\n )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclasses.dataclass(frozen=True)
class Property:
    """Something that is true of, or can be counted at, each character of a text.

    Attributes:
        name: In a few words.
        definition: A sentence: what exactly holds once a character was read.
        measure: `POINT_BISERIAL` for what is true or false, `R_SQUARED` for a number.
        of: Function from a text to its values, `[T]`.
    """

    name: str
    definition: str
    measure: str
    of: Callable[[str], np.ndarray]


class Scan(NamedTuple):
    """Python source as Python reads it, character by character.

    Attributes:
        quoted: `[T]` booleans, whether a string is open.
        depth: `[T]` integers, how many brackets are open.
        condition: `[T]` booleans, whether an `if` or `elif` waits for its colon.
        faults: How much in it is not Python: strings that end with their line, and
            pairs of words that are not keywords with nothing but a blank between.
    """

    quoted: np.ndarray
    depth: np.ndarray
    condition: np.ndarray
    faults: int


def inside_quotes(text: str) -> np.ndarray:
    """Returns where a quotation is open: 0 or 1, `[T]`.

    >>> inside_quotes('He said "No" to us')[7:13]
    array([0., 1., 1., 1., 0., 0.])
    >>> inside_quotes("'Tis the king's").any()
    np.False_
    """
    if looks_like_python(text):
        return scan(text).quoted.astype(float)
    inside, values = False, np.zeros(len(text))
    for place, character in enumerate(text):
        if character in "“”":
            inside = character == "“"
        elif character == '"':
            inside = not inside
        elif text[place - 1 : place + 1] == "\n\n":
            inside = False
        values[place] = inside
    return values


def inside_brackets(text: str) -> np.ndarray:
    """Returns where a round, square or curly bracket is open: 0 or 1, `[T]`.

    >>> inside_brackets("a (b) c")
    array([0., 0., 1., 1., 0., 0., 0.])
    """
    if looks_like_python(text):
        return (scan(text).depth > 0).astype(float)
    depth, values = 0, np.zeros(len(text))
    for place, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth = max(depth - 1, 0)
        elif text[place - 1 : place + 1] == "\n\n":
            depth = 0
        values[place] = depth > 0
    return values


def indentation(text: str) -> np.ndarray:
    """Returns the blanks before the line's first word, in steps of four, `[T]`.

    While they are being read they count as far as they were read. An empty line keeps
    the step of the line before it, and a tab is a step.

    >>> indentation("if a:" + chr(10) + "    b")[4:]
    array([0.  , 0.  , 0.25, 0.5 , 0.75, 1.  , 1.  ])
    """
    values, step = [], 0.0
    for line in text.split("\n"):
        blanks = line[: len(line) - len(line.lstrip(" \t"))]
        steps = [1 if blank == "\t" else 1 / STEP for blank in blanks]
        read = np.cumsum(steps).tolist()
        if line:
            step = read[-1] if read else 0.0
        values += read + [step] * (len(line) + 1 - len(read))
    return np.array(values[: len(text)], float)


def line_position(text: str) -> np.ndarray:
    """Returns how many characters of the line were read, `[T]`; 0 once it ended.

    >>> line_position("ab" + chr(10) + "c")
    array([1., 2., 0., 1.])
    """
    places = np.arange(len(text))
    ends = np.array([character == "\n" for character in text], bool)
    last = np.maximum.accumulate(np.where(ends, places, -1))
    return (places - last).astype(float)


def inside_if(text: str) -> np.ndarray:
    """Returns where an `if` line waits for its colon: 0 or 1, `[T]`.

    From the first character after `if` or `elif`, as a line's first word, to the last
    before the colon, over as many lines as the condition takes. Only in Python source.
    """
    if not looks_like_python(text):
        return np.zeros(len(text))
    return scan(text).condition.astype(float)


def upper_case(text: str) -> np.ndarray:
    """Returns where the character just read is a capital letter: 0 or 1, `[T]`."""
    return np.array([character.isupper() for character in text], float)


def vowel(text: str) -> np.ndarray:
    """Returns where the character just read is a, e, i, o or u: 0 or 1, `[T]`."""
    return np.array([character.lower() in {*"aeiou"} for character in text], float)


def looks_like_python(text: str) -> bool:
    """Returns whether one line in twenty begins as only a line of Python does.

    >>> looks_like_python("def double(x):" + chr(10) + "    return 2 * x")
    True
    """
    lines = [line for line in text.split("\n") if line.strip()]
    found = sum(PYTHON_LINE.match(line) is not None for line in lines)
    return found > PYTHON_SHARE * len(lines)


@functools.lru_cache(maxsize=2)  # three properties read the same text
def scan(text: str) -> Scan:
    """Reads Python source that may begin anywhere, within a docstring too.

    Both beginnings are tried. Read inside out, prose is source, and hardly a line of
    it is Python; the reading with fewer faults holds.

    Args:
        text: Python source.

    Returns:
        `Scan`.
    """
    outside = _scan(text)
    inside = _scan('"""' + text)
    if outside.faults <= inside.faults:
        return outside
    return Scan(*(row[3:] for row in inside[:3]), inside.faults)


def _scan(text: str) -> Scan:
    """Reads Python source that begins outside of any string."""
    quoted, condition = (np.zeros(len(text), bool) for _ in range(2))
    change = np.zeros(len(text), int)
    depth = faults = 0
    first = True  # whether the next word is its line's first
    waiting = None  # where the open condition began
    name = None  # where the last word that is no keyword ended
    for token in TOKEN.finditer(text):
        kind, (start, end) = token.lastgroup, token.span()
        odd = False
        if kind in ("long", "short"):
            closed = token[f"{kind}_end"] is not None
            quoted[start : end - closed] = True
            odd = kind == "short" and not closed
        elif kind == "open" or (kind == "close" and depth):
            change[start] = 1 if kind == "open" else -1
            depth += change[start]
        elif kind == "word" and first and token[0] in ("if", "elif"):
            waiting = end
        elif kind == "word" and not keyword.iskeyword(token[0]):
            odd = name is not None and text[name:start] == " "
            name = end
        elif kind in ("colon", "newline") and waiting is not None and not depth:
            condition[waiting:start] = kind == "colon"
            waiting = None
        faults += odd and end < len(text)  # the last token may be cut off
        first = not depth if kind == "newline" else first and kind == "comment"
    if waiting is not None:
        condition[waiting:] = True
    return Scan(quoted, np.cumsum(change), condition, faults)


PROPERTIES = (
    Property(
        "inside quotes",
        "A quotation is open after this character: in Python source a string or "
        "docstring; in prose from one double quotation mark to the next, at most to "
        "the end of the paragraph. An apostrophe opens nothing.",
        POINT_BISERIAL,
        inside_quotes,
    ),
    Property(
        "inside brackets",
        "A round, square or curly bracket is open after this character; in Python "
        "source those in strings and comments do not count.",
        POINT_BISERIAL,
        inside_brackets,
    ),
    Property(
        "indentation",
        "The blanks before the line's first word, in steps of four, as far as they "
        "were read; an empty line keeps the step of the line before.",
        R_SQUARED,
        indentation,
    ),
    Property(
        "line position",
        "How many characters of the line were read; 0 after the line feed.",
        R_SQUARED,
        line_position,
    ),
    Property(
        "inside an if line",
        "In Python source: after `if` or `elif` as a line's first word, and before the "
        "colon of that condition.",
        POINT_BISERIAL,
        inside_if,
    ),
    Property(
        "upper case",
        "The character just read is a capital letter.",
        POINT_BISERIAL,
        upper_case,
    ),
    Property(
        "vowel",
        "The character just read is a, e, i, o or u, large or small.",
        POINT_BISERIAL,
        vowel,
    ),
)
