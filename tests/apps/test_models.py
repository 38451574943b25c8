"""Which models the page offers, and what it says of those it misses."""

import keras
import pytest
import streamlit as st

from tests.apps.conftest import FakeCaptioner
from tests.apps.reading import said, texts
from zoo import artefact, gallery


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The real gallery, reading the artefacts of an empty folder."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setattr(keras.backend, "clear_session", lambda: None)  # put back
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path / "build"))
    yield tmp_path / "models"
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def openable(monkeypatch):
    """A whole artefact, whatever is in it, opens as a made-up captioner."""

    monkeypatch.setattr(gallery, "LocalModel", artefact.verify)
    made_up = {"caption": lambda name, model: FakeCaptioner(name)}
    monkeypatch.setattr(gallery, "CLIENTS", made_up)


def write(folder, *names):
    """Writes artefacts that are nothing but a card and its sum."""
    for name in names:
        version = folder / name / "1"
        version.mkdir(parents=True)
        artefact.write_card(version, {"title": name})


def offered(page):
    """The names of the models that can be picked."""
    return page.multiselect(key="models-caption").value


def test_every_shipped_model_there_is_is_offered_without_a_warning(
    folder, openable, page
):
    write(folder, *gallery.expected())
    page.run()
    assert not page.exception
    assert offered(page) == gallery.expected()
    assert not page.warning


def test_every_absent_model_is_missed_aloud_with_its_command(folder, openable, page):
    write(folder, "caption-gru", "caption-lstm")
    page.run()
    assert not page.exception
    assert offered(page) == ["caption-lstm", "caption-gru"]
    absent = set(gallery.expected()) - set(offered(page))
    assert len(absent) == len(page.warning) == 3
    assert all(f"zoo train {name}" in texts(page) for name in absent)


def test_a_damaged_model_is_named_and_the_others_work(folder, openable, page):
    write(folder, *gallery.expected())
    (folder / "caption-gru/1" / artefact.CARD).write_text("{}")
    page.run()
    assert not page.exception
    assert "caption-gru" not in offered(page)
    assert len(offered(page)) == len(gallery.expected()) - 1
    assert "cannot be opened" in said(page)
    assert "changed or damaged" in texts(page)
    assert "git checkout -- saved_models/caption-gru" in texts(page)


def test_the_real_gallery_s_complaints_are_sentences_on_the_page(folder, page):
    write(folder, "caption-lstm", "caption-gru")
    (folder / "caption-lstm/1" / artefact.CARD).write_bytes(b"\xff\xfe no card")
    (folder / "caption-gru/1" / artefact.SUMS).write_text("no sums\n")
    page.run()
    assert not page.exception
    assert len(page.warning) == len(gallery.expected())
    assert not page.multiselect


def test_a_model_of_one_s_own_can_be_picked_after_the_shipped_ones(
    folder, openable, page
):
    write(folder, "caption-gru-mine", *gallery.expected())
    page.run()
    assert offered(page) == gallery.expected()
    picker = page.multiselect(key="models-caption")
    assert len(picker.options) == len(gallery.expected()) + 1
    picker.set_value([*gallery.expected(), "caption-gru-mine"]).run()
    assert offered(page)[-1] == "caption-gru-mine" and not page.exception


def test_a_damaged_model_of_one_s_own_is_in_no_clone(folder, openable, page):
    write(folder, "caption-gru-mine", *gallery.expected())
    (folder / "caption-gru-mine/1" / artefact.CARD).write_text("{}")
    page.run()
    assert "cannot be opened" in said(page)
    assert "git checkout" not in texts(page)


def test_a_click_does_not_make_the_models_cold_again(fakes, page, monkeypatch):
    cleared = []
    monkeypatch.setattr(keras.backend, "clear_session", lambda: cleared.append(True))
    page.run()
    before = len(cleared)
    page.toggle(key="deep").set_value(True).run()
    assert len(cleared) == before


def test_the_page_says_how_many_pictures_all_learnt_from(fakes, page):
    page.run()
    assert "the same 5,999 pictures" in page.markdown[0].value


@pytest.mark.parametrize("corpus", [{}, {"pictures": {"train": 80}}])
def test_models_of_several_corpora_are_not_said_to_share_one(fakes, page, corpus):
    fakes["caption-lstm"].card["corpus"] = corpus
    page.run()
    assert not page.exception
    assert "the same" not in page.markdown[0].value
