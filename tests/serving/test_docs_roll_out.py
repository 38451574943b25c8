"""The roll-out of docs/serving.md, step by step, while somebody asks all the time."""

import contextlib
import itertools
import pathlib
import re
import shlex
import shutil
import threading

import pytest
import requests

from tests.serving.served_models import Models
from tests.serving.server_core import Server
from tests.serving.stand_in import StandIn
from zoo import __main__ as command_line
from zoo import artefact, gallery, serving
from zoo.gallery import served

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "serving.md").read_text("utf-8")
(SECTION,) = re.findall(r"## A new version, and back\n(.*?)\n## ", PAGE, re.DOTALL)
STEPS = "".join(re.findall(r"```\n(.*?)```", SECTION, re.DOTALL)).splitlines()
NAME = "translate-en-de-transformer"  # the page's example
SHIPPED = artefact.root() / NAME
EXPORT = f"python -m zoo export {NAME}"


class Obeying(Models):
    """Models that are loaded and labelled as `models.config` says."""

    def __init__(self, root):
        self.core = Server(root)
        super().__init__(root)

    def loaded(self, name, number):
        return self.core.has(name, number)

    def reload(self):
        """Reads the configuration; then loads and unloads what it asks for."""
        self.core.reload(serving.read(serving.FILE))
        self.core.poll()
        self.labels = self.core.labels


@pytest.fixture
def server(root, file, monkeypatch):
    """A server of the example's first version."""
    shutil.copytree(SHIPPED / "1", root / NAME / "1")
    monkeypatch.setattr(serving, "FILE", file)
    monkeypatch.setattr(served, "FRESH", 0.0)
    serving.run()
    models = Obeying(root)
    models.reload()
    with StandIn(models) as running:
        yield running
    served.connect.cache_clear()


@contextlib.contextmanager
def customer(address, monkeypatch):
    """Asks the stable version all the time.

    Yields:
        List that grows: after each question the version that answered, or the error.
    """
    monkeypatch.setenv("ZOO_SERVING", f"{address}/stable")
    model, said, gone = gallery.load(NAME), [], threading.Event()

    def ask():
        while not gone.is_set():
            try:
                assert model(["A dog runs."])[0]
                said.append(model.where)
            except Exception as error:
                said.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield said
    finally:
        gone.set()
        asking.join()


def take(step, server, root, monkeypatch, capsys):
    """Takes a step as the page gives it, and sees that what it promises comes true."""
    command, _, promised = (part.strip() for part in step.partition("#"))
    if command == EXPORT:  # the page: "To try the steps without a training"
        shutil.copytree(root / NAME / "1", root / NAME / "2")
    elif command.startswith("python -m zoo serving"):
        monkeypatch.setattr("sys.argv", ["zoo", *shlex.split(command)[3:]])
        command_line.main()
        if promised.startswith("...:"):
            assert capsys.readouterr().out == f"{NAME}{promised[3:]}\n"
        server.models.reload()
    elif command.startswith("curl"):
        asked = command.replace("http://localhost:8501", server.addresses["http"])
        with requests.get(asked.split()[1], timeout=60) as reply:
            said = reply.json()["model_version_status"]
        assert {"version": "2", "state": "AVAILABLE"}.items() <= said[0].items()
        assert promised == "until 2 is AVAILABLE"
    elif command.endswith("make demo PORT=8600"):
        address = re.match("ZOO_SERVING=(grpc://localhost:8500/canary) ", command)[1]
        address = address.replace("grpc://localhost:8500", server.addresses["grpc"])
        monkeypatch.setenv("ZOO_SERVING", address)
        assert gallery.load(NAME).where.endswith("version 2")
    else:
        assert command == f"rm -r saved_models/{NAME}/1"
        shutil.rmtree(root / NAME / "1")


@pytest.mark.parametrize("asked", [False, True])
def test_a_new_version_and_back(server, root, asked, monkeypatch, capsys):
    with customer(server.addresses["grpc"], monkeypatch) as said:
        for step in STEPS:
            monkeypatch.delenv("ZOO_SERVING", raising=False)
            if asked:  # the command asks the server itself
                monkeypatch.setenv("ZOO_SERVING", server.addresses["http"])
            take(step, server, root, monkeypatch, capsys)
            seen = len(said)
            while len(said) < seen + 2:
                threading.Event().wait(0.02)
    assert [each for each in said if isinstance(each, Exception)] == []
    answered = [where.rpartition(", ")[2] for where in said]
    assert [version for version, _ in itertools.groupby(answered)] == [
        "version 1",
        "version 2",
        "version 1",
        "version 2",
    ]
