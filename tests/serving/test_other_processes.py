"""Every artefact in processes that never import the zoo: of this TensorFlow, and of the
release before it, which is the one that TF Serving's image has.
"""

import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

from tests.serving.recorded import recorded
from tests.serving.test_cpp_loader import hostile, reason
from tests.test_shipped import SAMPLED
from zoo import artefact
from zoo.gallery.errors import InvalidInput
from zoo.gallery.local import LocalModel

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = pathlib.Path(__file__).with_name("answer.py")
PYTHONS = {
    "same": pathlib.Path(sys.executable),
    "previous": ROOT / ".venv-previous" / "bin" / "python",
}


class Process:
    """A process that answers for SavedModels; see `answer.py`."""

    def __init__(self, python, folder):
        self.running = subprocess.Popen(
            [python, PROGRAM],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.tensorflow = pickle.load(self.running.stdout)

    def ask(self, folder, calls):
        """Asks, and returns a list with an answer a call."""
        told = [
            (
                signature,
                {
                    name: (value.numpy().tolist(), value.dtype.name, value.shape)
                    for name, value in inputs.items()
                },
            )
            for signature, inputs in calls
        ]
        pickle.dump((str(folder), told), self.running.stdin)
        self.running.stdin.flush()
        return pickle.load(self.running.stdout)


@pytest.fixture(scope="module", params=PYTHONS)
def process(request, tmp_path_factory):
    """One of the two processes."""
    python = PYTHONS[request.param]
    if not python.exists():
        pytest.skip("the previous TensorFlow is not here: make previous")
    started = Process(python, tmp_path_factory.mktemp(request.param))
    yield started
    started.running.stdin.close()
    assert started.running.wait(60) == 0
    started.running.stdout.close()


def test_the_previous_tensorflow_is_the_one_of_the_image():
    pins = (ROOT / "requirements-previous.txt").read_text("utf-8").splitlines()
    (release,) = {pin.split("==")[1] for pin in pins if "==" in pin}
    compose = (ROOT / "serving" / "compose.yaml").read_text("utf-8")
    assert f"image: tensorflow/serving:{release}\n" in compose


@pytest.mark.parametrize("name", SAMPLED)
def test_an_artefact_answers_alike_in_a_process_without_zoo(name, process):
    folder = artefact.locate(name)
    calls = [
        (signature, asked)
        for signature, inputs in recorded(folder).items()
        for asked in (inputs, *hostile(inputs))
    ]
    model = LocalModel(folder)
    answers = process.ask(folder.resolve(), calls)
    for (signature, inputs), found in zip(calls, answers, strict=True):
        try:
            wanted = model.call(signature, inputs)
        except InvalidInput as error:
            assert reason(str(error)) == reason(found)
            continue
        assert found.keys() == wanted.keys()
        for output, value in wanted.items():
            rows, shape = found[output]
            assert shape == value.shape
            if value.dtype.kind == "f":
                rows = np.reshape(rows, shape)
                np.testing.assert_allclose(rows, value, rtol=1e-4, atol=1e-5)
            else:
                assert rows == value.tolist()
