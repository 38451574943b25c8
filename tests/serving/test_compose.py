"""What starts TF Serving: the files in `serving/`, and `make serve` with no engine."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    text_format,
    wrappers_pb2,
)

from tests.test_shipped import SAMPLED
from zoo import artefact, recipes, serving
from zoo.export import batching
from zoo.gallery import sentiment, served

ROOT = pathlib.Path(__file__).parents[2]
# Of tensorflow_serving/model_servers/main.cc, with what each takes.
FLAGS = {
    "port": int,
    "rest_api_port": int,
    "rest_api_timeout_in_ms": int,
    "model_config_file": pathlib.PurePosixPath,
    "model_config_file_poll_wait_seconds": int,
    "allow_version_labels_for_unavailable_models": bool,
    "monitoring_config_file": pathlib.PurePosixPath,
    "enable_batching": bool,
    "enable_per_model_batching_parameters": bool,
    "num_load_threads": int,
    "num_unload_threads": int,
}
# Of session_bundle_config.proto and monitoring_config.proto: the wheel lacks them.
WRAPPED = {
    "max_batch_size": 1,
    "batch_timeout_micros": 2,
    "max_enqueued_batches": 3,
    "num_batch_threads": 4,
}


def messages():
    """The classes of `BatchingParameters` and `MonitoringConfig`."""
    file = descriptor_pb2.FileDescriptorProto(name="serving.proto", syntax="proto3")
    file.dependency.append(wrappers_pb2.DESCRIPTOR.name)
    one = descriptor_pb2.FieldDescriptorProto
    batches = file.message_type.add(name="BatchingParameters")
    wrapper = ".google.protobuf.Int64Value"
    for name, number in WRAPPED.items():
        batches.field.add(
            name=name, number=number, type=one.TYPE_MESSAGE, type_name=wrapper, label=1
        )
    prometheus = file.message_type.add(name="PrometheusConfig")
    prometheus.field.add(name="enable", number=1, type=one.TYPE_BOOL, label=1)
    prometheus.field.add(name="path", number=2, type=one.TYPE_STRING, label=1)
    monitoring = file.message_type.add(name="MonitoringConfig")
    monitoring.field.add(
        name="prometheus_config",
        number=1,
        type=one.TYPE_MESSAGE,
        type_name=".PrometheusConfig",
        label=1,
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return [
        message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
        for name in ("BatchingParameters", "MonitoringConfig")
    ]


BatchingParameters, MonitoringConfig = messages()


@pytest.fixture(scope="module")
def compose():
    """What `compose.yaml` says."""
    return yaml.safe_load((ROOT / "serving" / "compose.yaml").read_text("utf-8"))


@pytest.fixture(params=["cpu", "gpu"])
def service(request, compose):
    """One of its two servers."""
    return compose["services"][request.param]


def flags(service):
    """The server's flags by name, each as its type."""
    program, *given = service["entrypoint"]
    assert program == "/usr/bin/tensorflow_model_server"
    found = {}
    for flag in given:
        name, value = re.fullmatch(r"--(\w+)=(.+)", flag).groups()
        kind = FLAGS[name]
        assert kind is not bool or value in ("true", "false")
        found[name] = kind(value) if kind is not bool else value == "true"
    return found


def test_each_server_is_of_the_release_whose_operations_the_models_need(compose):
    images = {name: each["image"] for name, each in compose["services"].items()}
    assert images == {
        "cpu": "tensorflow/serving:2.20.0",
        "gpu": "tensorflow/serving:2.20.0-gpu",
    }
    for name, each in compose["services"].items():
        assert each["profiles"] == [name]  # neither starts unasked


def test_the_flags_are_tf_serving_s_and_fit_the_client(service):
    found = flags(service)
    assert (found["port"], found["rest_api_port"]) == (8500, 8501)
    assert found["rest_api_timeout_in_ms"] >= 1000 * served.SECONDS
    assert found["allow_version_labels_for_unavailable_models"]
    assert found["enable_batching"] and found["enable_per_model_batching_parameters"]
    assert found["model_config_file_poll_wait_seconds"] > 0
    # One that cannot be loaded occupies a thread while it is tried again.
    assert found["num_load_threads"] > 1


def test_what_the_server_reads_is_mounted_and_read_only(service):
    found = flags(service)
    mounted = {}
    for volume in service["volumes"]:
        here, there, mode = re.fullmatch(
            r"(?:\$\{ZOO_MODELS:-)?([./\w]+)\}?:([/\w]+):(\w+)", volume
        ).groups()
        assert mode == "ro"
        mounted[there] = (ROOT / "serving" / here).resolve()
    assert mounted[serving.MODELS] == artefact.root().resolve()
    for flag in ("model_config_file", "monitoring_config_file"):
        assert (mounted[str(found[flag].parent)] / found[flag].name).is_file()
    assert mounted[str(found["model_config_file"].parent)] == serving.FILE.parent


def test_only_this_machine_may_ask(service):
    assert service["ports"] == ["127.0.0.1:8500:8500", "127.0.0.1:8501:8501"]


def test_monitoring_is_on_at_the_path_that_the_file_says():
    text = (ROOT / "serving" / "monitoring.config").read_text("utf-8")
    config = text_format.Parse(text, MonitoringConfig()).prometheus_config
    assert config.enable
    assert f"http://localhost:8501{config.path}\n" in text


@pytest.mark.parametrize("name", SAMPLED)
def test_only_recurrent_classifiers_are_batched(name):
    file = artefact.locate(name) / batching.FILE
    recipe = recipes.get(name)
    maps = recipe.architecture == "transformer"
    assert file.exists() == (recipe.task == "sentiment" and not maps)
    if file.exists():
        found = text_format.Parse(file.read_text("utf-8"), BatchingParameters())
        # The client's calls are not refused as too large.
        assert found.max_batch_size.value >= max(sentiment.BATCH, sentiment.EXPLAINED)


@pytest.mark.parametrize("target", ["serve", "serve-gpu"])
def test_without_a_container_engine_there_is_one_sentence(target, tmp_path):
    for tool in ("make", "sh", "bash", "awk", "uname"):
        if found := shutil.which(tool):
            (tmp_path / tool).symlink_to(found)
    # An engine's client without its engine, as on a machine whose daemon is down.
    (tmp_path / "docker").write_text("#!/bin/sh\necho no daemon >&2\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    made = subprocess.run(
        ["make", "-s", target],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path), "PYTHON": "python3"},
        capture_output=True,
        text=True,
    )
    assert made.returncode != 0
    assert made.stdout.count("\n") == 1 and "Docker or Podman" in made.stdout


def make_serve(target, tmp_path, **environment):
    """Runs a target with an engine that prints what it is asked, and the models."""
    (tmp_path / "docker").write_text('#!/bin/sh\necho "$ZOO_MODELS: $@"\n')
    (tmp_path / "docker").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return subprocess.run(
        ["make", "-s", target],
        cwd=ROOT,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("target", ["serve", "serve-gpu"])
def test_with_an_engine_its_compose_starts_one_server(target, tmp_path):
    made = make_serve(target, tmp_path)
    profile = "gpu" if target.endswith("gpu") else "cpu"
    assert made.returncode == 0
    models = artefact.root().resolve()
    started = f"{models}: compose -f serving/compose.yaml --profile {profile} up\n"
    assert made.stdout.endswith(started)


def test_models_of_one_s_own_are_served_and_none_are_made_up(tmp_path):
    own = tmp_path / "my own models"
    made = make_serve("serve", tmp_path, ZOO_MODELS=str(own))
    assert made.returncode != 0  # an engine would make the folder
    assert made.stdout == f"There is no folder {own}; ZOO_MODELS names another.\n"
    own.mkdir()
    made = make_serve("serve", tmp_path, ZOO_MODELS=str(own))
    assert made.returncode == 0 and f"{own}: compose" in made.stdout
