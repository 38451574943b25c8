"""Pages left open while a model is replaced, and many visitors at once."""

import shutil
import threading
import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from apps import models
from tests.apps.conftest import APPS
from tests.apps.fake_client import FakeClient
from tests.apps.reading import said, texts
from zoo import artefact, gallery

NAME, OTHER = "tag-en-rnn", "tag-en-gru"
SHIPPED = {name: artefact.locate(name).resolve() for name in (NAME, OTHER)}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder with one real tagger, the only one that pages expect."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path / "build"))
    monkeypatch.setattr(gallery, "expected", lambda task="caption": [NAME])
    shutil.copytree(SHIPPED[NAME], tmp_path / "models" / NAME / "1")
    yield tmp_path / "models" / NAME
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def page(root):
    """The tagging page, as its first visitor finds it."""
    return AppTest.from_file(APPS / "tag.py", default_timeout=120).run()


def title(name):
    """What the page calls a shipped model."""
    return artefact.read_card(SHIPPED[name])["title"]


def test_a_new_version_answers_on_a_page_left_open(page, root):
    assert title(NAME) in texts(page) and title(OTHER) not in texts(page)
    shutil.copytree(SHIPPED[OTHER], root / "2")
    page.run()
    assert not page.exception and not page.warning
    assert title(OTHER) in texts(page) and title(NAME) not in texts(page)


def test_a_version_written_anew_under_its_number_answers(page, root):
    shutil.rmtree(root / "1")
    shutil.copytree(SHIPPED[OTHER], root / "1")
    page.run()
    assert not page.exception and title(OTHER) in texts(page)


@pytest.mark.parametrize("fault", ["changed", "empty", "no graph"])
def test_a_bad_new_version_leaves_the_old_one_answering(page, root, fault):
    (root / "2").mkdir()
    if fault == "changed":
        shutil.copytree(SHIPPED[OTHER], root / "2", dirs_exist_ok=True)
        (root / "2" / "saved_model.pb").write_bytes(b"no graph")
    elif fault == "no graph":  # whole, as far as its sums go
        (root / "2" / "saved_model.pb").write_bytes(b"no graph")
        artefact.write_sums(root / "2")
    page.run()
    assert not page.exception
    assert "cannot be opened; the one before answers" in said(page)
    assert title(NAME) in texts(page)


def test_a_bad_version_is_tried_once_and_its_repair_is_seen(page, root, monkeypatch):
    load, tried = gallery.load, []
    monkeypatch.setattr(gallery, "load", lambda name: tried.append(name) or load(name))
    (root / "2").mkdir()
    artefact.write_sums(root / "2")
    for _ in range(3):
        assert "the one before answers" in said(page.run())
    assert tried == [NAME]
    shutil.rmtree(root / "2")
    shutil.copytree(SHIPPED[OTHER], root / "2")
    assert title(OTHER) in texts(page.run()) and not page.warning
    assert tried == [NAME, NAME]


@pytest.fixture
def empty_shelf():
    """No model is open, before or after."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def test_ten_visitors_at_once_open_a_model_once(monkeypatch, empty_shelf):
    opened, begin = [], threading.Barrier(10)

    def load(name):
        opened.append(name)
        time.sleep(0.2)  # the others come while it is being opened
        return FakeClient(name)

    monkeypatch.setattr(gallery, "load", load)
    found = []

    def visit():
        begin.wait()
        found.append(models.opened("tag-en-rnn"))

    visitors = [threading.Thread(target=visit) for _ in range(10)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert opened == ["tag-en-rnn"] and len(found) == 10
    assert len(set(map(id, found))) == 1
