"""`serving/models.config`: what it holds, and what the server is asked for it."""

import functools
import shutil

import grpc
import pytest

from tests.serving.publishing import NAME, labels, publish
from tests.serving.served_models import Models, Status, invalid
from tests.serving.stand_in import StandIn
from zoo import __main__ as command_line
from zoo import artefact, serving
from zoo.gallery import served
from zoo.gallery.errors import Unavailable, UnexpectedResponse
from zoo.gallery.running import RunningServer


def test_a_roll_out_and_back(root, file):
    publish()
    assert serving.run((), file) == [f"{NAME}: 1 stable"]
    publish()
    assert serving.run((), file) == [f"{NAME}: 1 stable, 2 canary"]
    assert serving.run({NAME: 2}, file) == [f"{NAME}: 1, 2 stable"]
    assert serving.run({NAME: 1}, file) == [f"{NAME}: 1 stable, 2 canary"]
    shutil.rmtree(root / NAME / "2")
    assert serving.run((), file) == [f"{NAME}: 1 stable"]
    publish()
    serving.run((), file)
    shutil.rmtree(root / NAME / "1")
    assert serving.run((), file) == [
        f"{NAME}: 2 stable",
        f"{NAME}: version 1, which was stable, is gone",
    ]
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


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_without_models_is_refused(root, file, there):
    publish()
    serving.run((), file)
    before = file.read_bytes()
    shutil.rmtree(root)
    if there:
        root.mkdir()
    with pytest.raises(ValueError, match="There is no .*models; `ZOO_MODELS` names"):
        serving.run((), file)
    assert file.read_bytes() == before


def test_what_is_no_version_is_not_served(root, file):
    publish()
    (root / NAME / "version.partial-1").mkdir()
    (root / "notes.txt").write_text("mine")
    (root / "empty").mkdir()
    assert serving.run((), file) == [f"{NAME}: 1 stable"]


@pytest.mark.parametrize(
    ("stable", "sentence"),
    [
        ({NAME: 3}, "a version that tag-en-gru has: 1, 2. .*tag-en-gru=3"),
        ({NAME: 2}, "the server has loaded.* it has 1; .*tag-en-gru=2"),
        (
            {"tag-en-grux": 1},
            "must name models in .*Did you mean: tag-en-gru.*tag-en-grux=1",
        ),
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
    models.find = functools.partial(find, models)
    with StandIn(models) as running:
        yield models, running.addresses[request.param]
    served.connect.cache_clear()


def find(models, name, version=None, label=None):
    """As `Models.find`, of versions that hold no model."""
    if label is not None:
        version = models.labels.get(name, {}).get(label)
        if version is None:
            raise invalid(f"Unrecognized servable version label: {label}")
    if (name, version) in models.unloaded:
        message = f"Servable not found for request: Specific({name}, {version})"
        raise Status(grpc.StatusCode.NOT_FOUND, message)
    return version, None, {}


def test_a_running_server_says_itself_what_it_has(root, file, server, monkeypatch):
    models, address = server
    monkeypatch.setenv("ZOO_SERVING", address)
    monkeypatch.setattr(serving, "FILE", file)

    def run(*stable):
        arguments = [part for each in stable for part in ("--stable", each)]
        monkeypatch.setattr("sys.argv", ["zoo", "serving", *arguments])
        command_line.main()
        return labels(file)

    publish()
    assert run() == {"stable": 1}
    models.labels[NAME] = {"stable": 1}
    publish()
    models.unloaded.add((NAME, 2))  # it is still loading, or cannot be loaded
    assert run() == {"stable": 1, "canary": 2}
    models.labels[NAME]["canary"] = 2
    # The file names version 2 already; the server does not have it.
    with pytest.raises(SystemExit, match="versions of tag-en-gru it has 1;"):
        run(f"{NAME}=2")
    # Somebody moved it too early all the same: the server refuses the file until then.
    file.write_text(file.read_text().replace("value: 1", "value: 2"))
    assert run()["stable"] == 1
    # The server starts anew, and has its canary before its stable version.
    models.unloaded = {(NAME, 1)}
    assert run() == {"stable": 1, "canary": 2}
    models.unloaded.clear()
    assert run(f"{NAME}=2") == {"stable": 2}


def test_a_server_that_does_not_name_a_version_is_not_guessed_at(root, file, server):
    models, address = server
    publish()

    def lost(name, version=None, label=None):
        raise Status(grpc.StatusCode.NOT_FOUND, "Servable not found")

    models.find = lost
    with pytest.raises(UnexpectedResponse, match=f"of {NAME} is stable it does not"):
        serving.run((), file, RunningServer(address))
    assert not file.exists()


def test_a_server_that_is_not_there_is_said_so(root, file, monkeypatch):
    publish()
    monkeypatch.setattr("zoo.gallery.over_rest.PAUSES", ())
    try:
        with pytest.raises(Unavailable, match="answer: Connection refused. Before a"):
            serving.run((), file, RunningServer("http://127.0.0.1:1"))
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


@pytest.mark.parametrize(
    "given",
    [[NAME], [f"{NAME}="], [f"{NAME}=one"], [f"{NAME}=-1"], ["=1"], [f"{NAME}=1"] * 2],
)
def test_an_option_that_is_no_model_and_version_is_refused(given, monkeypatch):
    options = [part for each in given for part in ("--stable", each)]
    monkeypatch.setattr("sys.argv", ["zoo", "serving", *options])
    with pytest.raises(SystemExit, match="`--stable` must be MODEL=VERSION"):
        command_line.main()


def test_the_file_of_the_repository_is_what_the_command_writes():
    assert serving.configure(serving.read()) == serving.read()
    found = {each.name: each for each in serving.read().model_config_list.config}
    for name, model in found.items():
        assert model.base_path == f"/models/{name}"
        assert model.model_platform == "tensorflow"
        assert model.version_labels["stable"] in artefact.versions(name)
