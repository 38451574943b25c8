"""A build folder of the test's own, and a public address on this machine."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from zoo.corpora import fetch


class PublicServer(ThreadingHTTPServer):
    """Serves `files` (path to bytes); some paths can be made to misbehave."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}
        self.failures = {}  # path -> how many times it answers 503 first
        self.cut = set()  # paths whose connection closes after half the bytes
        self.stall = set()  # paths that stop after half the bytes until `go_on`
        self.half_sent = threading.Event()
        self.go_on = threading.Event()
        self.asked = []

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}/{path}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, path = self.server, self.path.lstrip("/")
        server.asked.append(path)
        if server.failures.get(path, 0):
            server.failures[path] -= 1
            return self.send_error(503)
        if path not in server.files:
            return self.send_error(404)
        body = server.files[path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        half = len(body) // 2
        self.wfile.write(body[:half])
        if path in server.stall:
            self.wfile.flush()
            server.half_sent.set()
            server.go_on.wait(60)
        elif path not in server.cut:
            self.wfile.write(body[half:])

    def log_message(self, *arguments):
        """Stay silent: the default writes to the test's standard error."""


@pytest.fixture
def public():
    server = PublicServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def build(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path / "build"))
    monkeypatch.delenv("ZOO_MIRROR", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(fetch, "RETRIES", 0)
    return tmp_path / "build"


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("ZOO_MIRROR", str(folder))
    return folder
