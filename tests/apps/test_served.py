"""The pages on a server's models: the same page, which says who answered."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.apps.conftest import APPS
from tests.apps.reading import said, texts
from tests.serving.stand_in import Models, StandIn
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
