"""The caption page when something is missing or broken: a sentence, no traceback."""

import struct
import zlib

import pytest

from tests.apps.reading import said, texts, upload
from zoo.corpora.pictures import MAX_BYTES


def chunk(kind, content):
    """A chunk of a PNG file."""
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def huge_png():
    """A PNG of a few bytes that says it has 400 megapixels."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def test_a_card_without_figures_leaves_dashes(fakes, page):
    fakes["caption-lstm"].card = {}
    page.run()
    assert not page.exception
    assert "– parameters  \nBLEU-4 –  \nCIDEr –" in texts(page)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"this is no picture", "JPEG, PNG or GIF"),
        (b"\xff\xd8\xff\xe0 broken", "cut off"),
        (huge_png(), "64 megapixels"),
        (b"\xff\xd8\xff" + bytes(MAX_BYTES), "20 MB"),
    ],
    ids=["empty", "garbage", "broken", "too many pixels", "too many bytes"],
)
def test_a_bad_file_is_answered_with_a_sentence(fakes, page, content, reason):
    page.run()
    before = len(fakes["caption-lstm"].asked)
    upload(page, content)
    assert not page.exception
    assert "cannot be captioned" in said(page)
    assert reason in texts(page)
    assert len(fakes["caption-lstm"].asked) == before


def test_a_truncated_picture_is_answered_with_a_sentence(fakes, page, jpeg):
    upload(page, jpeg[: len(jpeg) // 2])
    assert not page.exception
    assert "cannot be captioned" in said(page)


def test_without_models_the_page_gives_the_make_line(fakes, page):
    fakes.clear()
    page.run()
    assert not page.exception
    assert "no trained model" in said(page)
    assert page.code[0].value.startswith("make ")


def test_a_missing_model_leaves_the_others_working(fakes, page):
    del fakes["caption-lstm"]
    page.run()
    assert not page.exception
    assert "not here" in said(page)
    assert "make train-caption-lstm" in texts(page)
    assert page.multiselect(key="models-caption").value == ["caption-lstm-attention"]


def test_a_model_that_cannot_answer_leaves_the_others_working(fakes, page):
    fakes["caption-lstm"].error = ValueError("picture 1: <b>too odd</b>")
    page.run()
    assert not page.exception
    assert "cannot caption" in said(page)
    assert "picture 1: <b>too odd</b>" in texts(page)
    assert "The caption-lstm-attention" in texts(page)


def test_with_no_model_picked_the_page_asks_for_one(fakes, page):
    page.run()
    page.multiselect(key="models-caption").set_value([]).run()
    assert not page.exception
    assert "at least one" in said(page)
