"""The chart of a verdict and the coloured words, without a page."""

import html.parser

import pytest

from apps import sentiment_reading
from zoo.gallery.sentiment import Verdict, Word

HOSTILE = (
    "**bold** <b>html</b> <script>alert(1)</script> ![x](http://evil.test/x.png) "
    "[link](http://evil.test) :red[red] $x^2$ `code`"
)


class Elements(html.parser.HTMLParser):
    """What stands in a piece of HTML: elements by name, and its text."""

    def __init__(self, page):
        super().__init__()
        self.names, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.names.append((tag, *sorted(name for name, _ in attributes)))

    def handle_data(self, data):
        self.text += data


def test_the_chart_has_a_line_a_model_and_a_point_a_word():
    words = [Word("not", 0.3, -0.2), Word(" bad", 0.8, 0.5)]
    answer = sentiment_reading.Answer(Verdict("positive", 0.8), words, 2, 3.0)
    drawn = sentiment_reading.chart({"a": "A", "b": "B"}, {"a": answer, "b": answer})
    rows = drawn.layer[0].data
    assert list(rows["Model"]) == ["A", "A", "B", "B"]
    assert list(rows["Word"]) == [1, 2, 1, 2]
    assert list(rows["Read"]) == ["not", "bad"] * 2
    assert list(rows["Positive"]) == [0.3, 0.8] * 2


def test_a_text_of_no_words_has_an_empty_chart():
    answer = sentiment_reading.Answer(Verdict("negative", 0.4), [], 0, 3.0)
    assert len(sentiment_reading.chart({"a": "A"}, {"a": answer}).layer[0].data) == 0


@pytest.mark.parametrize(
    "text", [HOSTILE, '"><img src=x onerror=alert(1)>', "</span></div><b>", "&lt;b&gt;"]
)
def test_hostile_text_stays_text_among_coloured_words(text):
    words = [Word(text, 0.7, 0.2), Word(f" {text}", 0.1, -0.6)]
    found = Elements(sentiment_reading.coloured(words))
    assert found.text == f"{text} {text}"
    assert found.names == [("div", "style")] + 2 * [("bdi", "style", "title")]


def test_a_word_is_coloured_by_which_way_and_how_far_it_moved_the_verdict():
    moves = [0.2, -0.2, 0.9, 0.0]
    words = [Word("word", 0.5, moved) for moved in moves]
    spans = sentiment_reading.coloured(words).split("<bdi")[1:]
    blue, orange = "37, 99, 235", "234, 120, 30"
    assert f"rgba({blue}, 0.40)" in spans[0] and '"+20.0%"' in spans[0]
    assert f"rgba({orange}, 0.40)" in spans[1]
    assert f"rgba({blue}, 0.80)" in spans[2]  # as strong as can be
    assert ", 0.00)" in spans[3]
