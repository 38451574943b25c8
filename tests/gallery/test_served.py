"""Models behind a server: the same answers, of the version that was asked for."""

import numpy as np
import pytest

from tests.gallery.conftest import NAME, SCHEMES
from tests.serving.served_models import Models
from tests.serving.stand_in import StandIn
from zoo import artefact, gallery
from zoo.gallery import served

OTHER = "tag-en-lstm"
TEXTS = ["the dog sees a red ball.", "é", b"\xff\xfe", ""]


def test_a_served_model_answers_as_the_one_in_this_process(tagger, here, server):
    assert tagger(TEXTS) == here(TEXTS)
    words = [["the", "dog"], [], ["é", "", b"\xff"]]
    assert tagger.tag_words(words) == here.tag_words(words)
    for ours, theirs in zip(tagger.explain(TEXTS), here.explain(TEXTS), strict=True):
        assert (ours.words, ours.top_tags) == (theirs.words, theirs.top_tags)
        np.testing.assert_array_equal(ours.hidden, theirs.hidden)
    assert tagger([]) == tagger.tag_words([]) == tagger.explain([]) == []
    assert len(server.models.asked) >= 3


def test_it_says_who_answered_and_has_the_card_of_that_version(tagger, here):
    assert tagger.where.partition("://")[0] in SCHEMES
    assert tagger.where.endswith(", version 1")
    assert tagger.card == here.card
    assert tagger.predictions() == here.predictions() != []


def test_without_the_version_on_this_disk_it_still_answers(
    server, here, monkeypatch, tmp_path
):
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path))
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path))
    for scheme in SCHEMES:
        monkeypatch.setenv("ZOO_SERVING", server.addresses[scheme])
        tagger = gallery.load(NAME)
        assert tagger(TEXTS) == here(TEXTS)
        assert (tagger.card, tagger.folder, tagger.predictions()) == ({}, None, [])
        with pytest.raises(ValueError, match="`length_penalty` must be given"):
            tagger.penalty(5)


def test_a_version_can_be_asked_for_by_number_and_by_label(server, monkeypatch):
    server.models.labels[NAME] = {"stable": 1}
    for scheme in SCHEMES:
        monkeypatch.setenv("ZOO_SERVING", server.addresses[scheme])
        for version in (1, "stable"):
            assert gallery.load(NAME, version)(TEXTS)
        with pytest.raises(gallery.NotFound, match="Servable not found"):
            gallery.load(NAME, 7)
        with pytest.raises(gallery.NotFound, match="version label: canary"):
            gallery.load(NAME, "canary")


@pytest.fixture
def two_versions(tmp_path):
    """A stand-in that has two models under one name, as versions 1 and 2."""
    (tmp_path / NAME).mkdir()
    for number, name in enumerate((NAME, OTHER), start=1):
        (tmp_path / NAME / str(number)).symlink_to(artefact.locate(name).resolve())
    with StandIn(Models(tmp_path)) as running:
        yield running
    served.connect.cache_clear()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_version_that_was_asked_for_answers(
    two_versions, here, monkeypatch, scheme
):
    address = two_versions.addresses[scheme]
    two_versions.models.labels[NAME] = {"stable": 1, "canary": 2}
    old, new = here(TEXTS), gallery.load_local(OTHER)(TEXTS)
    assert old != new
    monkeypatch.setenv("ZOO_SERVING", address)
    found = {wanted: gallery.load(NAME, wanted)(TEXTS) for wanted in (None, 1, 2)}
    assert found == {None: new, 1: old, 2: new}
    for label, wanted in (("stable", old), ("canary", new)):
        monkeypatch.setenv("ZOO_SERVING", f"{address}/{label}")
        assert gallery.load(NAME)(TEXTS) == wanted
        assert gallery.load(NAME, 1)(TEXTS) == old


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_new_version_is_picked_up_and_named(two_versions, monkeypatch, scheme):
    known = two_versions.models
    monkeypatch.setenv("ZOO_SERVING", two_versions.addresses[scheme])
    known.unloaded = {(NAME, 2)}
    tagger = gallery.load(NAME)
    old = tagger(TEXTS)
    assert tagger.where.endswith("version 1")
    known.unloaded = {(NAME, 1)}  # the new one loads, the old one goes
    assert tagger(TEXTS) != old and tagger.where.endswith("version 2")
    known.unloaded = set()
    assert gallery.load(NAME, 1)(TEXTS) == old
    known.unloaded = {(NAME, 1)}
    with pytest.raises(gallery.NotFound):  # who asked for one gets no other
        gallery.load(NAME, 1)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_label_that_moves_is_followed(two_versions, monkeypatch, scheme):
    labels = two_versions.models.labels.setdefault(NAME, {})
    labels["stable"] = 1
    monkeypatch.setattr(served, "FRESH", 3600.0)
    monkeypatch.setenv("ZOO_SERVING", f"{two_versions.addresses[scheme]}/stable")
    tagger = gallery.load(NAME)
    old = tagger(TEXTS)
    labels["stable"] = 2
    assert tagger(TEXTS) == old  # for some seconds
    monkeypatch.setattr(served, "FRESH", 0.0)
    assert tagger(TEXTS) != old and tagger.where.endswith("version 2")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_model_that_is_not_there_is_said_to_be(server, monkeypatch, scheme):
    monkeypatch.setenv("ZOO_SERVING", server.addresses[scheme])
    with pytest.raises(gallery.NotFound, match="Servable not found.*tag-en-none"):
        gallery.load("tag-en-none")


def test_a_model_lost_between_two_questions_is_said_to_be(tagger, server):
    tagger(TEXTS)
    server.models.lost.add(NAME)
    with pytest.raises(gallery.NotFound, match="Servable not found"):
        tagger(TEXTS)


def test_a_server_is_expected_to_have_what_a_complete_clone_has(monkeypatch, tmp_path):
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path))
    monkeypatch.setenv("ZOO_SERVING", "grpc://localhost:8500")
    assert gallery.names("tag") == gallery.expected("tag") != []


def test_no_such_signature_is_a_sentence(tagger):
    with pytest.raises(
        ValueError, match="`signature` must be one of explain, .*'sing'"
    ):
        tagger.call("sing")


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8500",
        "grpc://localhost",
        "ftp://localhost:8500",
        "http://:8501",
        "http://localhost:8501/v1/models",
        "grpc://localhost:many",
        "grpc://localhost:8500/stable/1",
    ],
)
def test_an_address_that_is_none_is_a_sentence(monkeypatch, address):
    monkeypatch.setenv("ZOO_SERVING", address)
    with pytest.raises(ValueError, match="`ZOO_SERVING` must be grpc://HOST:PORT"):
        gallery.load("tag-en-lstm")


def test_the_deadline_is_the_environment_s(monkeypatch):
    assert served.timeout() == served.SECONDS
    monkeypatch.setenv("ZOO_SERVING_TIMEOUT", "2.5")
    server, _ = served.connect("http://localhost:8501", served.timeout())
    assert server.timeout == 2.5


@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "inf", "nan"])
def test_a_deadline_that_is_none_is_a_sentence(monkeypatch, seconds):
    monkeypatch.setenv("ZOO_SERVING", "grpc://localhost:8500")
    monkeypatch.setenv("ZOO_SERVING_TIMEOUT", seconds)
    with pytest.raises(ValueError, match="`ZOO_SERVING_TIMEOUT` must be a positive"):
        gallery.load("tag-en-lstm")


def test_a_password_in_the_address_is_refused_and_not_repeated(monkeypatch):
    monkeypatch.setenv("ZOO_SERVING", "http://me:secret@localhost:8501")
    with pytest.raises(ValueError, match="no password") as caught:
        gallery.load("tag-en-lstm")
    assert "secret" not in str(caught.value)
