"""The commands of docs/serving.md, run against the stand-in; its table of files."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import skimage.data

from tests.serving.served_models import Models
from tests.serving.stand_in import StandIn
from zoo import artefact, gallery, serving

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "serving.md").read_text("utf-8")
(ASK,) = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def address():
    """A stand-in for TF Serving with the labels of `serving/models.config`."""
    models = Models(artefact.root())
    for model in serving.read().model_config_list.config:
        models.labels[model.name] = dict(model.version_labels)
    with StandIn(models) as running:
        yield running.addresses["http"]


@pytest.fixture
def answers(address, tmp_path):
    """What the commands of "Ask" print, one after another."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    dog = tmp_path / "dog.jpg"
    skimage.io.imsave(dog, skimage.data.astronaut(), check_contrast=False)
    script = ASK.replace("http://localhost:8501", address).replace("curl", "curl -sS")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace("\n\n", "\necho\n\n")],
        cwd=tmp_path,
        env={**os.environ, "no_proxy": "*"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()], dog.read_bytes()


def test_the_commands_that_ask_get_the_models_answers(answers):
    (verdict, caption, beam), picture = answers
    review = "A quiet, warm film that I did not want to end."
    found = gallery.load_local("sentiment-en-lstm")([review])[0]
    (said,) = verdict["predictions"]
    assert said["label"] == found.label
    assert said["positive"] == pytest.approx(found.positive)
    (said,) = caption["predictions"]
    found = gallery.load_local("caption-lstm-attention")([picture])
    assert said["caption"] == found[0]
    (said,) = beam["predictions"]
    found = gallery.load_local("translate-en-de-transformer").beam(["A dog runs."], 5)
    assert said["translations"] == [each.text for each in found[0]]


def test_every_file_that_the_page_names_is_there():
    named = re.findall(r"`((?:serving|tests)/[\w./]+)`", PAGE)
    assert {"serving/compose.yaml", "serving/models.config"} <= set(named)
    for name in named:
        assert (ROOT / name).is_file(), name
