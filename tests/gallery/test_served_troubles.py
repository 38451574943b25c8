"""Servers that are busy, slow, gone or something else: a clear word for each."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import grpc
import numpy as np
import pytest

from tests.gallery.conftest import NAME, SCHEMES
from tests.serving.served_models import Status
from zoo import gallery
from zoo.gallery import served

TEXTS = ["the dog sees a red ball.", "a man"] * 2


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, ValueError),
        (grpc.StatusCode.DEADLINE_EXCEEDED, gallery.DeadlineExceeded),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, gallery.UnexpectedResponse),
        (grpc.StatusCode.INTERNAL, gallery.UnexpectedResponse),
        (grpc.StatusCode.UNIMPLEMENTED, gallery.UnexpectedResponse),
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
    with pytest.raises(gallery.Unavailable, match="wait"):
        tagger(TEXTS)
    assert len(tries) == 5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_large_request_is_asked_again_too(server, monkeypatch, scheme):
    monkeypatch.setenv("ZOO_SERVING", server.addresses[scheme])
    tries = []

    def once():
        tries.append(len(tries))
        if len(tries) == 1:
            raise Status(grpc.StatusCode.UNAVAILABLE, "wait")

    tagger = gallery.load(NAME)
    server.models.before = once
    assert tagger(["dog " * 300_000]) and len(tries) == 2


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_server_that_hangs_is_left_at_the_deadline(server, monkeypatch, scheme):
    monkeypatch.setenv("ZOO_SERVING", server.addresses[scheme])
    tagger, answered = gallery.load(NAME), threading.Event()
    tagger.model.server.timeout = 1.5
    server.models.before = lambda: answered.wait(60)
    try:
        with pytest.raises(gallery.DeadlineExceeded):
            tagger(TEXTS)
    finally:
        answered.set()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_busy_server_is_not_waited_for_beyond_the_deadline(
    server, monkeypatch, scheme
):
    monkeypatch.setenv("ZOO_SERVING", server.addresses[scheme])
    tagger, tries = gallery.load(NAME), []
    tagger.model.server.timeout = 0.9

    def always():
        tries.append(len(tries))
        raise Status(grpc.StatusCode.UNAVAILABLE, "wait")

    server.models.before = always
    with pytest.raises((gallery.Unavailable, gallery.DeadlineExceeded)):
        tagger(TEXTS)
    assert len(tries) < 5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_without_a_server_the_message_names_the_address(server, monkeypatch, scheme):
    address = server.addresses[scheme]
    server.end()
    monkeypatch.setenv("ZOO_SERVING", address)
    with pytest.raises(gallery.Unavailable, match=address):
        gallery.load(NAME)


def test_a_server_that_dies_while_it_answers_is_unavailable(tagger, server):
    answered = threading.Event()

    def die():
        threading.Thread(target=server.end, daemon=True).start()
        answered.wait(60)

    server.models.before = die
    try:
        with pytest.raises(gallery.Unavailable):
            tagger(TEXTS)
    finally:
        answered.set()


class Page(BaseHTTPRequestHandler):
    """Another server, which knows nothing of models."""

    def do_GET(self):
        self.send_response(404)
        self.end_headers()
        self.wfile.write(b"<h1>no such page</h1>")

    def log_message(self, *args):
        """Says nothing."""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_another_server_at_the_address_is_not_taken_for_one(monkeypatch, scheme):
    monkeypatch.setenv("ZOO_SERVING_TIMEOUT", "8")
    with HTTPServer(("127.0.0.1", 0), Page) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        address = f"{scheme}://127.0.0.1:{other.server_port}"
        monkeypatch.setenv("ZOO_SERVING", address)
        with pytest.raises(OSError, match=address):
            gallery.load(NAME)
        other.shutdown()
    served.connect.cache_clear()


class Latin(Page):
    """A server whose JSON is not in UTF-8."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write('{"model_spec": {"name": "café"}}'.encode("latin-1"))


def test_an_answer_in_no_utf_8_is_not_guessed_at(monkeypatch):
    with HTTPServer(("127.0.0.1", 0), Latin) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        monkeypatch.setenv("ZOO_SERVING", f"http://127.0.0.1:{other.server_port}")
        with pytest.raises(gallery.UnexpectedResponse, match="must be TF Serving's"):
            gallery.load(NAME)
        other.shutdown()
    served.connect.cache_clear()


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
    with pytest.raises(gallery.UnexpectedResponse):
        tagger(TEXTS)
