"""The text in colours: what is shown, in which colour, and that text stays text."""

import html
from html.parser import HTMLParser

import numpy as np
import pytest

from apps.write_colours import coloured

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt;",
    "\"'><b>",
    "</bdi></div><style>*{display:none}</style>",
    "![x](http://evil.test/x.png)",
    "\x00\x07\x1b[31m",
    "\u202egnp.exe\u2066",
    "😀한é",
]


class Seen(HTMLParser):
    """What a browser would make of it: elements, and the text in each."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts = [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "bdi":
            self.texts.append("")

    def handle_data(self, data):
        if self.elements[-1][0] == "bdi" and self.texts:
            self.texts[-1] += data

    def characters(self):
        """The attributes of each coloured character."""
        return [attributes for tag, attributes in self.elements if tag == "bdi"]


def seen(characters, values):
    """The coloured text as a browser would read it."""
    return Seen(coloured(characters, np.asarray(values, float)))


def background(attributes):
    """Red, green and blue of a character's background."""
    colour = attributes["style"].partition("background:#")[2][:6]
    return [int(colour[place : place + 2], 16) for place in (0, 2, 4)]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    page = seen(list(text), np.linspace(-1, 1, len(text)))
    assert {tag for tag, _ in page.elements} == {"div", "span", "bdi"}
    assert all(set(given) <= {"style", "title"} for _, given in page.elements)
    assert len(page.texts) == len(text)
    for shown, character in zip(page.texts, text, strict=True):
        assert shown == (character if character.isprintable() else "\ufffd")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_whole_text_given_as_one_character_stays_text_too(text):
    page = seen([text], [1.0])
    assert {tag for tag, _ in page.elements} == {"div", "span", "bdi"}
    assert page.texts == [text if text.isprintable() else "\ufffd"]


def test_positive_is_blue_negative_red_and_nought_white():
    page = seen(list("abc"), [2.0, -2.0, 0.0])
    blue, red, white = map(background, page.characters())
    assert blue[2] > 2 * blue[0] and red[0] > 2 * red[2]
    assert white == [255, 255, 255]


def test_the_larger_number_has_the_stronger_colour():
    values = [0.1, 0.2, 0.4, 0.8]
    shades = [background(given)[0] for given in seen(list("abcd"), values).characters()]
    assert shades == sorted(shades, reverse=True) and len(set(shades)) == 4


def luminance(colour):
    """The relative luminance of a colour, after WCAG 2.1."""
    shares = [channel / 255 for channel in colour]
    linear = [
        share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    ]
    return np.dot(linear, [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("value", np.linspace(-1, 1, 41))
def test_every_letter_can_be_read_on_its_colour(value):
    [_, given] = seen(["a", "b"], [1.0, value]).characters()
    black = 0.0
    assert (luminance(background(given)) + 0.05) / (black + 0.05) >= 4.5


def test_hovering_gives_the_number():
    page = seen(list("ab"), [0.12345, -7.0])
    assert [given["title"] for given in page.characters()] == ["+0.123", "-7.000"]


def test_the_legend_says_which_number_has_the_full_colour():
    page = html.unescape(coloured(list("ab"), np.array([0.5, -3.25])))
    assert page.index("-3.") < page.index("linear-gradient") < page.index("+3.")


def test_one_outlier_does_not_pale_the_rest():
    values = np.full(1000, 0.5)
    values[0] = 1000.0
    assert background(seen(["a"] * 1000, values).characters()[1])[0] < 100


def test_a_line_feed_is_marked_and_breaks_the_line():
    assert seen(list("a\nb"), [0, 0, 0]).texts == ["a", "↵\n", "b"]


@pytest.mark.parametrize("values", [[], [0.0], [np.nan], [np.inf], [-np.inf, 1.0]])
def test_strange_numbers_have_a_colour(values):
    page = seen(["a"] * len(values), values)
    assert len(page.characters()) == len(values)
    assert all(background(given) for given in page.characters())
