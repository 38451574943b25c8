"""TF Serving itself, where a container engine runs: make test-serving.

`ZOO_TEST_SERVERS="grpc://host:8500 http://host:8501"` names a server that runs already,
with the models of `saved_models/`; else one is started as `serving/compose.yaml` says.
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import threading
import time

import numpy as np
import pytest
import tensorflow as tf
import yaml

from tests.serving.recorded import recorded
from tests.serving.test_cpp_loader import hostile, reason
from tests.test_shipped import SHIPPED
from zoo import artefact, gallery
from zoo.gallery import served
from zoo.gallery.errors import InvalidInput
from zoo.gallery.local import LocalModel

pytestmark = pytest.mark.serving
ROOT = pathlib.Path(__file__).parents[2]
SERVERS = "ZOO_TEST_SERVERS"
MINUTES = 10  # until every model is loaded


def engine():
    """A container engine that runs, or None."""
    for name in ("docker", "podman"):
        if shutil.which(name):
            asked = subprocess.run([name, "info"], capture_output=True, check=False)
            if asked.returncode == 0:
                return name
    return None


@pytest.fixture(scope="module")
def addresses():
    """The addresses of a server, gRPC's and REST's."""
    if os.environ.get(SERVERS):
        yield os.environ[SERVERS].split()
        return
    if engine() is None:
        pytest.skip(f"no container engine runs here, and {SERVERS} names no server")
    compose = yaml.safe_load((ROOT / "serving" / "compose.yaml").read_text("utf-8"))
    service = compose["services"]["cpu"]
    program, *flags = service["entrypoint"]
    started = subprocess.run(
        [engine(), "run", "--detach", "--rm"]
        + ["--volume", f"{artefact.root().resolve()}:/models:ro"]
        + ["--volume", f"{ROOT / 'serving'}:/serving:ro"]
        + ["--publish", "127.0.0.1::8500", "--publish", "127.0.0.1::8501"]
        + ["--entrypoint", program, service["image"], *flags],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.strip()
    try:
        found = [f"grpc://{published(started, 8500)}"]
        found.append(f"http://{published(started, 8501)}")
        for address in found:
            await_models(address)
        yield found
    finally:
        subprocess.run([engine(), "stop", started], capture_output=True, check=False)


def published(container, port):
    """Where a port of a container is found here."""
    told = subprocess.run(
        [engine(), "port", container, str(port)],
        capture_output=True,
        check=True,
        text=True,
    )
    return told.stdout.split()[0]


def await_models(address):
    """Waits until a server has loaded every model, before which no port answers."""
    end = time.monotonic() + 60 * MINUTES
    while True:
        try:
            return served.connect(address, 10.0)[0].describe(SHIPPED[0].name, None)
        except (gallery.Unavailable, gallery.DeadlineExceeded):
            if time.monotonic() > end:
                raise
            time.sleep(2)


@pytest.mark.parametrize("name", [recipe.name for recipe in SHIPPED])
def test_an_artefact_answers_there_as_here(name, addresses):
    here = LocalModel(artefact.locate(name))
    for address in addresses:
        there = served.ServedModel(name, served.connect(address, 120.0)[0], "stable")
        assert there.signatures == here.signatures
        for signature, inputs in recorded(here.folder).items():
            for asked in (inputs, *hostile(inputs)):
                shapes = [value.shape for value in asked.values()]
                flat = any(0 in shape and shape.rank > 1 for shape in shapes)
                if "http" in address and flat:
                    continue  # `[]` does not tell a second dimension
                compare(here, there, signature, asked)


def compare(here, there, signature, asked):
    """The same answer or the same refusal, up to the rounding of another release."""
    try:
        wanted = here.call(signature, asked)
    except InvalidInput as error:
        with pytest.raises(InvalidInput) as caught:
            there.call(signature, asked)
        assert reason(str(caught.value)) == reason(str(error))
        return
    found = there.call(signature, asked)
    assert found.keys() == wanted.keys()
    for output, value in wanted.items():
        assert found[output].dtype == value.dtype
        if value.dtype.kind == "f":
            np.testing.assert_allclose(found[output], value, rtol=1e-4, atol=1e-5)
        else:
            np.testing.assert_array_equal(found[output], value)


def test_what_is_not_there_is_said_to_be(addresses):
    name = SHIPPED[0].name
    for address in addresses:
        server, _ = served.connect(address, 60.0)
        for model, version in (("tag-en-none", None), (name, 99), (name, "nightly")):
            with pytest.raises(gallery.NotFound):
                served.ServedModel(model, server, version)


def test_neighbours_of_a_refused_row_are_answered(addresses):
    """Captioners are not batched: a bad picture fails its own request only."""
    name = next(recipe.name for recipe in SHIPPED if recipe.task == "caption")
    good = recorded(artefact.locate(name))["serving_default"]
    bad = {"image_bytes": tf.constant([b"garbage"])}
    for address in addresses:
        model = served.ServedModel(name, served.connect(address, 60.0)[0])
        begin = threading.Barrier(8)

        def ask(inputs, model=model, begin=begin):
            begin.wait()  # within the time in which requests would share a call
            try:
                return model.call("serving_default", inputs)
            except InvalidInput:
                return None

        with concurrent.futures.ThreadPoolExecutor(8) as callers:
            for _ in range(5):
                answers = list(callers.map(ask, [good, bad] * 4))
                assert all(answers[::2]) and not any(answers[1::2])
