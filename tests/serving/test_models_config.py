"""`serving/models.config`: what it holds, and that a running server accepts it."""

import shutil

import grpc
import pytest
from google.protobuf import text_format
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from tests.serving.served_models import Models, Status
from tests.serving.stand_in import StandIn
from zoo import __main__ as command_line
from zoo import artefact, serving
from zoo.gallery import served
from zoo.gallery.errors import Unavailable

NAME = "tag-en-gru"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty folder of artefacts."""
    monkeypatch.setenv("ZOO_MODELS", str(tmp_path / "models"))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def file(tmp_path):
    """Where the configuration is written."""
    return tmp_path / "models.config"


def publish(name=NAME):
    """Publishes another version, with one file."""
    with artefact.publishing(name) as folder:
        (folder / "saved_model.pb").write_bytes(b"graph")


def labels(file, name=NAME):
    """The labels of a model in a configuration."""
    config = text_format.Parse(file.read_text("utf-8"), ModelServerConfig())
    (found,) = [each for each in config.model_config_list.config if each.name == name]
    return dict(found.version_labels)


class Refused(Exception):
    """A server keeps the configuration that it has."""


class Server:
    """What TF Serving does with a configuration, and with what is on its disk.

    After ReloadConfig, UpdateModelVersionLabelMap (server_core.cc) with
    --allow_version_labels_for_unavailable_models, and PollFileSystemForServable
    (file_system_storage_path_source.cc) with the policy `specific`. Loading takes no
    time once the labels are accepted: who writes the file waits for it.
    """

    def __init__(self, root):
        self.root = root
        self.loaded = {}
        self.labels = {}
        self.policy = {}

    def reload(self, config):
        """Takes a configuration, or refuses it."""
        fresh = {}
        for model in config.model_config_list.config:
            for label, version in model.version_labels.items():
                had = self.labels.get(model.name, {}).get(label, version)
                there = version in self.loaded.get(model.name, ())
                if had != version and not there:
                    raise Refused(f"{model.name}: {label} to {version}")
                fresh.setdefault(model.name, {})[label] = version
        self.labels = fresh
        self.policy = {
            model.name: set(model.model_version_policy.specific.versions)
            for model in config.model_config_list.config
        }
        self.poll()

    def poll(self):
        """Loads and unloads what the disk and the configuration ask for."""
        for name, wanted in self.policy.items():
            there = {int(path.name) for path in (self.root / name).glob("[0-9]*")}
            # Without any version to serve, what is loaded stays.
            self.loaded[name] = wanted & there or self.loaded.get(name, set())


STEPS = st.lists(
    st.tuples(st.sampled_from(["publish", "delete", "stable", "write"]), st.integers()),
    max_size=12,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS)
def test_a_running_server_accepts_whatever_is_written(root, file, steps):
    shutil.rmtree(root)
    root.mkdir()
    file.unlink(missing_ok=True)
    server = Server(root)
    for step, number in steps:
        there = artefact.versions(NAME)
        if step == "publish":
            publish()
        elif step == "delete" and there:
            shutil.rmtree(root / NAME / str(there[number % len(there)]))
        elif step == "stable" and there:
            chosen = there[number % len(there)]
            loaded = server.policy.get(NAME, set())
            if loaded and chosen not in loaded and "stable" in server.labels[NAME]:
                with pytest.raises(ValueError, match="the server has loaded"):
                    serving.run({NAME: chosen}, file)
            else:
                serving.run({NAME: chosen}, file)
                assert labels(file)["stable"] == chosen
        else:
            serving.run((), file)
        server.poll()
        if file.exists():
            server.reload(serving.read(file))
    for _ in range(2):  # what had to wait for the server is there the second time
        serving.run((), file)
        server.reload(serving.read(file))
    there = artefact.versions(NAME)
    if there:
        found = server.labels[NAME]
        assert server.policy[NAME] == set(there)
        newest = {"canary": there[-1]} if there[-1] > found["stable"] else {}
        assert found == {"stable": found["stable"], **newest}
    assert serving.run((), file) == ["models.config was up to date"]


def test_a_roll_out_and_back(root, file):
    publish()
    assert serving.run((), file) == [f"{NAME}: 1 stable"]
    publish()
    assert serving.run((), file) == [f"{NAME}: 1 stable, 2 canary"]
    assert serving.run({NAME: 2}, file) == [f"{NAME}: 1, 2 stable"]
    assert serving.run({NAME: 1}, file) == [f"{NAME}: 1 stable, 2 canary"]
    shutil.rmtree(root / NAME / "2")
    assert serving.run((), file) == [f"{NAME}: 1 stable"]
    assert serving.run((), file) == ["models.config was up to date"]


def test_a_label_that_the_server_knows_waits_until_the_version_is_loaded(root, file):
    for _ in range(2):
        publish()
    serving.run({NAME: 1}, file)
    publish()
    first, second = serving.run((), file)
    assert first == f"{NAME}: 1 stable, 2 canary, 3"
    assert second.startswith("Run it again")
    assert serving.run((), file) == [f"{NAME}: 1 stable, 2, 3 canary"]


def test_versions_that_were_all_replaced_take_two_steps(root, file):
    publish()
    serving.run((), file)
    publish()
    shutil.rmtree(root / NAME / "1")
    lines = serving.run((), file)
    assert lines[0] == f"{NAME}: 2" and len(lines) == 2
    assert serving.run((), file) == [f"{NAME}: 2 stable"]


def test_a_model_whose_versions_are_gone_is_served_no_more(root, file):
    publish()
    publish("tag-en-rnn")
    serving.run((), file)
    shutil.rmtree(root / NAME / "1")
    assert serving.run((), file) == [f"{NAME}: no version is left"]
    assert [each.name for each in serving.read(file).model_config_list.config] == [
        "tag-en-rnn"
    ]


def test_what_is_no_version_is_not_served(root, file):
    publish()
    (root / NAME / "version.partial-1").mkdir()
    (root / "notes.txt").write_text("mine")
    (root / "empty").mkdir()
    assert serving.run((), file) == [f"{NAME}: 1 stable"]


@pytest.mark.parametrize(
    ("stable", "sentence"),
    [
        ({NAME: 3}, "the server has loaded: 1, 2; .*tag-en-gru=3"),
        ({NAME: 2}, "the server has loaded: 1; after .*tag-en-gru=2"),
        ({"tag-en-grux": 1}, "`stable` must name models in .*tag-en-grux=1"),
    ],
)
def test_a_version_that_cannot_be_stable_is_refused(root, file, stable, sentence):
    publish()
    serving.run((), file)
    publish()
    before = file.read_bytes()
    with pytest.raises(ValueError, match=sentence):
        serving.run(stable, file)
    assert file.read_bytes() == before


@pytest.fixture(params=["grpc", "http"])
def server(root, request):
    """The models of a running server, and its address."""
    models = Models(root)
    models.find = lambda name, version=None, label=None: (
        (version, None, {})
        if (name, version) not in models.unloaded
        else not_found(name, version)
    )
    with StandIn(models) as running:
        yield models, running.addresses[request.param]
    served.connect.cache_clear()


def not_found(name, version):
    """What the server says of a version that it has not loaded."""
    message = f"Servable not found for request: ({name}, {version})"
    raise Status(grpc.StatusCode.NOT_FOUND, message)


def test_a_running_server_says_itself_what_it_has_loaded(root, file, server):
    models, address = server
    has = serving.loaded_at(address)
    publish()
    serving.run((), file, has)
    publish()
    models.unloaded.add((NAME, 2))  # it is still loading, or cannot
    assert serving.run((), file, has) == [f"{NAME}: 1 stable, 2 canary"]
    # The file names version 2 already; the server does not have it.
    with pytest.raises(ValueError, match="has and the server has loaded: 1; after"):
        serving.run({NAME: 2}, file, has)
    assert labels(file) == {"stable": 1, "canary": 2}
    models.unloaded.clear()
    assert serving.run({NAME: 2}, file, has) == [f"{NAME}: 1, 2 stable"]


def test_a_server_that_is_not_there_is_said_so(root, file, monkeypatch):
    publish()
    monkeypatch.setattr("zoo.gallery.over_rest.PAUSES", ())
    try:
        with pytest.raises(Unavailable, match="does not answer"):
            serving.run((), file, serving.loaded_at("http://127.0.0.1:1"))
    finally:
        served.connect.cache_clear()
    assert not file.exists()


def test_a_damaged_version_is_not_handed_to_the_server(root, file):
    publish()
    serving.run((), file)
    publish()
    (root / NAME / "2" / "saved_model.pb").write_bytes(b"grape")
    before = file.read_bytes()
    with pytest.raises(artefact.Damaged, match="2/saved_model.pb was changed"):
        serving.run((), file)
    assert file.read_bytes() == before


def test_a_file_that_is_no_configuration_is_left_alone(root, file):
    publish()
    file.write_text("model_config_list: [")
    with pytest.raises(ValueError, match="models.config is no ModelServerConfig: 1:"):
        serving.run((), file)
    assert file.read_text() == "model_config_list: ["


@pytest.mark.parametrize("given", [NAME, f"{NAME}=", f"{NAME}=one", f"{NAME}=-1"])
def test_an_option_that_is_no_model_and_version_is_refused(given, monkeypatch):
    monkeypatch.setattr("sys.argv", ["zoo", "serving", "--stable", given])
    with pytest.raises(SystemExit, match="`--stable` must be MODEL=VERSION"):
        command_line.main()


def test_the_file_of_the_repository_is_what_the_command_writes():
    assert serving.configure(serving.read()) == serving.read()
    found = {each.name: each for each in serving.read().model_config_list.config}
    for name, model in found.items():
        assert model.base_path == f"/models/{name}"
        assert model.model_platform == "tensorflow"
        assert model.version_labels["stable"] in artefact.versions(name)
