"""The caption page with and without the corpus on disk."""

import pytest

from apps import pictures
from tests.apps.reading import texts
from zoo.corpora import flickr8k
from zoo.corpora.pictures import Picture


@pytest.fixture
def corpus(fakes, tmp_path, monkeypatch, jpeg):
    """Flickr8k's test pictures on disk: two, the first two of the predictions."""
    for path, _, _ in flickr8k.SOURCES:
        file = tmp_path / "corpora" / path
        file.with_suffix("").mkdir(parents=True)
        file.touch()
    found = []
    for name in ["000.jpg", "001.jpg"]:
        file = tmp_path / name
        file.write_bytes(jpeg)
        found.append(Picture(name, (f"a person wrote {name}",), file))
    monkeypatch.setattr(flickr8k, "load", lambda split: found)
    return found


def test_without_the_corpus_there_are_no_test_pictures(fakes, page):
    page.run()
    assert pictures.TEST_SET not in page.radio(key="source").options
    assert "make data-caption" in texts(page)


def test_a_corpus_that_cannot_be_read_is_as_good_as_none(corpus, page, monkeypatch):
    def load(split):
        raise OSError("the archive is damaged")

    monkeypatch.setattr(flickr8k, "load", load)
    page.run()
    assert not page.exception
    assert pictures.TEST_SET not in page.radio(key="source").options


def test_a_test_picture_is_shown_with_what_people_wrote(corpus, page):
    page.run()
    page.radio(key="source").set_value(pictures.TEST_SET).run()
    assert "a person wrote 000.jpg" in page.text[0].value
    page.number_input(key="number").set_value(2).run()
    assert "a person wrote 001.jpg" in page.text[0].value


def test_another_test_picture_is_thrown_for(corpus, page, monkeypatch):
    monkeypatch.setattr(pictures.random, "randint", lambda first, last: last)
    page.run()
    page.radio(key="source").set_value(pictures.TEST_SET).run()
    page.button(key="another").click().run()
    assert page.number_input(key="number").value == 2
    assert "a person wrote 001.jpg" in page.text[0].value
