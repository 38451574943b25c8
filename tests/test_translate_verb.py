"""`python -m zoo translate`: lines in, as many lines out."""

import io
import sys
import types

import pytest

from tests.test_main import call  # noqa: F401
from zoo import gallery
from zoo.gallery.translate import Translation


class Shouting:
    """Writes each text in capitals; keeps how many it was given at a time."""

    def __init__(self):
        self.sizes, self.widths = [], []

    def __call__(self, texts):
        self.sizes.append(len(texts))
        return [
            Translation(text.decode().upper(), -1.0, b"long" in text) for text in texts
        ]

    def beam(self, texts, width):
        self.widths.append(width)
        return [[found, found] for found in self(texts)]


@pytest.fixture
def ask(call, monkeypatch):  # noqa: F811
    """Function of standard input and options: what was printed, and the model."""

    def run(content, *options, typed=False):
        model = Shouting()
        monkeypatch.setattr(gallery, "load", lambda name: model)
        read = types.SimpleNamespace(buffer=io.BytesIO(content), isatty=lambda: typed)
        monkeypatch.setattr(sys, "stdin", read)
        name = "translate-en-de-gru"
        status, printed, errors = call("translate", "--model", name, *options)
        assert status == 0, errors
        return printed, model

    return run


def test_each_line_is_answered_by_one(ask):
    printed, model = ask(b"\xef\xbb\xbfa dog\r\n\ntwo dogs \xc3\xa4\nno end")
    assert printed == "A DOG\n\nTWO DOGS Ä\nNO END\n"
    assert model.sizes == [4] and not model.widths


def test_many_lines_are_translated_together_and_in_order(ask):
    lines = [f"line {number}" for number in range(150)]
    printed, model = ask("\n".join(lines).encode())
    assert printed == "".join(f"{line.upper()}\n" for line in lines)
    assert model.sizes == [64, 64, 22]


def test_who_types_has_an_answer_after_each_line(ask):
    assert ask(b"a\nb\n", typed=True)[1].sizes == [1, 1]


def test_a_width_may_be_asked_for(ask):
    printed, model = ask(b"a\n", "--width", "3")
    assert printed == "A\n" and model.widths == [3]


def test_lines_that_lost_their_end_are_counted(ask, caplog):
    ask(b"long\nshort\nlong\n")
    assert "2 lines were too long and lost their end" in caplog.text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--model", "tag-en-lstm"], "`--model` must be a translator"),
        (["--model", "translate-en-de-gru", "--width", "0"], "--width must be at"),
    ],
)
def test_what_cannot_be_is_one_sentence(call, options, sentence):  # noqa: F811
    status, printed, errors = call("translate", *options)
    assert status == 1 and sentence in errors and not printed
