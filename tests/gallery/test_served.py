"""Models behind a server: the same answers, and a clear word where there is none."""

import threading
import time

import numpy as np
import pytest

from tests.serving.stand_in import Models, StandIn, Status, grpc
from zoo import artefact, gallery
from zoo.gallery import served

SCHEMES = ["grpc", "http"]
TEXTS = ["the dog sees a red ball.", "é", b"\xff\xfe", ""]


NAME = "tag-en-rnn"


@pytest.fixture(scope="module")
def models():
    """What the stand-in answers with: the artefacts of the repository, read once."""
    return Models(artefact.root())


@pytest.fixture(scope="module")
def here():
    """A tagger in this process."""
    return gallery.here(NAME)


@pytest.fixture
def server(models):
    """A stand-in for TF Serving."""
    models.reset()
    with StandIn(models) as running:
        yield running
    served.connect.cache_clear()


@pytest.fixture(params=SCHEMES)
def tagger(request, server, monkeypatch):
    """The same tagger, over one of the two APIs."""
    monkeypatch.setenv("ZOO_SERVING", server.addresses[request.param])
    return gallery.load(NAME)


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
        with pytest.raises(gallery.NotFound, match="has no such model"):
            gallery.load(NAME, 7)
        with pytest.raises(ValueError, match="version label: canary"):
            gallery.load(NAME, "canary")
        monkeypatch.setenv("ZOO_SERVING", f"{server.addresses[scheme]}/stable")
        assert gallery.load(NAME).model.version == "stable"
        assert gallery.load(NAME, 1).model.version == 1


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_model_that_is_not_there_is_said_to_be(server, monkeypatch, scheme):
    monkeypatch.setenv("ZOO_SERVING", server.addresses[scheme])
    with pytest.raises(gallery.NotFound, match="has no such model.*tag-en-none"):
        gallery.load("tag-en-none")


def test_a_model_lost_between_two_questions_is_said_to_be(tagger, server):
    tagger(TEXTS)
    server.models.lost.add(NAME)
    with pytest.raises(gallery.NotFound, match="has no such model"):
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
    ("code", "error"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, ValueError),
        (grpc.StatusCode.FAILED_PRECONDITION, ValueError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, gallery.Unreachable),
        (grpc.StatusCode.DEADLINE_EXCEEDED, gallery.Unreachable),
        (grpc.StatusCode.INTERNAL, gallery.BadAnswer),
        (grpc.StatusCode.UNIMPLEMENTED, gallery.BadAnswer),
    ],
)
def test_a_status_becomes_an_error_at_once(tagger, server, code, error):
    tries = []

    def fail():
        tries.append(code)
        raise Status(code, "row 3: it is too warm")

    server.models.before = fail
    with pytest.raises(error, match="it is too warm"):
        tagger(TEXTS)
    assert len(tries) == 1


def test_a_busy_server_is_asked_again(tagger, server):
    tries = []

    def twice():
        tries.append(len(tries))
        if len(tries) < 3:
            raise Status(grpc.StatusCode.UNAVAILABLE, "wait")

    server.models.before = twice
    assert tagger(TEXTS) and len(tries) == 3


def test_a_server_that_stays_busy_is_given_up(tagger, server):
    tries = []

    def always():
        tries.append(len(tries))
        raise Status(grpc.StatusCode.UNAVAILABLE, "wait")

    server.models.before = always
    with pytest.raises(gallery.Unreachable, match="does not answer.*wait"):
        tagger(TEXTS)
    assert len(tries) == 5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_server_that_hangs_is_left_at_the_deadline(server, monkeypatch, scheme):
    monkeypatch.setenv("ZOO_SERVING", server.addresses[scheme])
    monkeypatch.setenv("ZOO_SERVING_SECONDS", "1.5")
    tagger, answered = gallery.load(NAME), threading.Event()
    server.models.before = lambda: answered.wait(60)
    try:
        with pytest.raises(gallery.Unreachable, match="does not answer"):
            tagger(TEXTS)
    finally:
        answered.set()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_without_a_server_the_message_names_the_address(server, monkeypatch, scheme):
    address = server.addresses[scheme]
    server.end()
    monkeypatch.setenv("ZOO_SERVING", address)
    with pytest.raises(gallery.Unreachable, match=address):
        gallery.load(NAME)


def test_a_server_that_dies_while_it_answers_is_unreachable(tagger, server):
    def die():
        threading.Thread(target=server.end, daemon=True).start()
        time.sleep(0.5)
        raise Status(grpc.StatusCode.UNAVAILABLE, "dying")

    server.models.before = die
    with pytest.raises(gallery.Unreachable, match="does not answer"):
        tagger(TEXTS)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: {"cake": np.zeros([4])},
        lambda answer: {**answer, "words": np.zeros([4, 2], np.float32)},
        lambda answer: {**answer, "scores": answer["scores"][:1]},
        lambda answer: {**answer, "tags": answer["tags"][:, 0]},
    ],
)
def test_an_answer_that_no_model_gives_is_refused(tagger, server, spoil):
    server.models.after = spoil
    with pytest.raises(gallery.BadAnswer):
        tagger(TEXTS)


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8500",
        "grpc://localhost",
        "ftp://localhost:8500",
        "http://:8501",
        "http://localhost:8501/v1/models",
        "grpc://localhost:many",
    ],
)
def test_an_address_that_is_none_is_a_sentence(monkeypatch, address):
    monkeypatch.setenv("ZOO_SERVING", address)
    with pytest.raises(ValueError, match="`ZOO_SERVING` must be grpc://HOST:PORT"):
        gallery.load("tag-en-lstm")


@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "inf", "nan"])
def test_a_deadline_that_is_none_is_a_sentence(monkeypatch, seconds):
    monkeypatch.setenv("ZOO_SERVING", "grpc://localhost:8500")
    monkeypatch.setenv("ZOO_SERVING_SECONDS", seconds)
    with pytest.raises(ValueError, match="`ZOO_SERVING_SECONDS` must be a positive"):
        gallery.load("tag-en-lstm")
