"""The pages on a server's models: the same page, which says who answered."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.apps.conftest import APPS
from tests.apps.reading import said, texts
from tests.serving.served_models import Models
from tests.serving.stand_in import StandIn
from zoo import artefact, gallery
from zoo.gallery import served

NAME = "tag-en-rnn"


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A stand-in for TF Serving, which has one of the taggers."""
    st.cache_resource.clear()
    st.cache_data.clear()
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path))
    monkeypatch.setattr(gallery, "expected", lambda task="caption": [NAME])
    with StandIn(Models(artefact.root())) as running:
        yield running
    served.connect.cache_clear()
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.mark.parametrize("scheme", ["grpc", "http"])
def test_a_page_is_answered_by_a_server_and_says_so(server, monkeypatch, scheme):
    monkeypatch.setenv("ZOO_SERVING", server.addresses[scheme])
    page = AppTest.from_file(APPS / "tag.py", default_timeout=120).run()
    assert not page.exception and not page.error
    assert f"Runs on {server.addresses[scheme]}, version 1" in texts(page)
    assert "serving_default" in server.models.asked


def test_a_server_that_is_gone_is_one_sentence(server, monkeypatch):
    monkeypatch.setenv("ZOO_SERVING", server.addresses["http"])
    server.end()
    monkeypatch.setattr(gallery, "expected", lambda task="caption": [NAME] * 3)
    page = AppTest.from_file(APPS / "tag.py", default_timeout=120).run()
    assert not page.exception
    assert said(page).count("does not answer") == 1


@pytest.mark.parametrize("address", ["localhost:8500", "grpc://localhost"])
def test_an_address_that_is_none_is_one_sentence(server, monkeypatch, address):
    monkeypatch.setenv("ZOO_SERVING", address)
    monkeypatch.setattr(gallery, "expected", lambda task="caption": [NAME] * 3)
    page = AppTest.from_file(APPS / "tag.py", default_timeout=120).run()
    assert not page.exception
    assert said(page).count("cannot be asked") == 1 and address in texts(page)


def test_a_model_that_the_server_lacks_is_not_said_to_be_in_the_clone(
    server, monkeypatch
):
    monkeypatch.setenv("ZOO_SERVING", server.addresses["grpc"])
    names = ["tag-en-none", NAME]
    monkeypatch.setattr(gallery, "expected", lambda task="caption": names)
    page = AppTest.from_file(APPS / "tag.py", default_timeout=120).run()
    assert not page.exception
    assert "does not answer with one of the models" in said(page)
    assert "git" not in texts(page) and "serving_default" in server.models.asked
