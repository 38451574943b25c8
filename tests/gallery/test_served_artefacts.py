"""Every artefact behind a server: its warm-up requests, answered in all three ways."""

import numpy as np
import pytest
import requests

from tests.serving.recorded import recorded
from tests.serving.served_models import Models
from tests.serving.stand_in import StandIn
from tests.test_shipped import SAMPLED
from zoo import artefact, gallery
from zoo.export import warm_up
from zoo.gallery import served


@pytest.fixture
def server():
    """A stand-in for TF Serving over the artefacts of the repository."""
    with StandIn(Models(artefact.root())) as running:
        yield running
    served.connect.cache_clear()


@pytest.mark.parametrize("name", SAMPLED)
def test_each_signature_warms_up_and_answers_alike_here_and_there(name, server):
    here = gallery.load_local(name)
    recording = recorded(here.folder)
    assert set(recording) == set(here.model.signatures)
    for address in server.addresses.values():
        there = served.ServedModel(name, served.connect(address, 120.0)[0])
        assert there.signatures == here.model.signatures
        assert there.card == here.card
        for signature, inputs in recording.items():
            wanted = here.call(signature, **inputs)
            found = there.call(signature, inputs)
            assert found.keys() == wanted.keys()
            for output, value in wanted.items():
                assert len(value) == 1 and found[output].dtype == value.dtype
                np.testing.assert_array_equal(found[output], value)


@pytest.mark.parametrize("warmth", [9.0, float("nan"), float("-inf")])
def test_a_bad_row_is_the_same_sentence_here_and_there(server, warmth):
    here = gallery.load_local("write-shakespeare-markov")
    for address in server.addresses.values():
        model = served.ServedModel(here.name, served.connect(address, 60.0)[0])
        there = gallery.Writer(here.name, model)
        said = []
        for writer in (here, there):
            with pytest.raises(ValueError, match="^row 2: `temperature`") as caught:
                writer(["A", "B"], length=5, temperature=[1.0, warmth])
            said.append(str(caught.value))
        assert said[0] == said[1]


def test_an_input_without_a_warm_up_row_is_refused():
    with pytest.raises(ValueError, match="add a row of the new input.*name='video'"):
        warm_up.row("video")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "JSON Parse error"),
        (b"{}", "Missing 'inputs' or 'instances' key"),
        (b'{"signature_name": "sing", "inputs": ["A"]}', '"sing" not found'),
        (b'{"signature_name": "score", "instances": []}', "No values in 'instances'"),
        (b'{"inputs": {"prompt": ["A"]}}', "Missing named input"),
    ],
)
def test_the_stand_in_refuses_what_tf_serving_refuses(server, body, sentence):

    url = f"{server.addresses['http']}/v1/models/write-shakespeare-markov:predict"
    reply = requests.post(url, data=body, timeout=60)
    assert reply.status_code == 400 and sentence in reply.json()["error"]


def test_the_stand_in_answers_rows_with_predictions_and_columns_with_outputs(server):

    url = f"{server.addresses['http']}/v1/models/write-shakespeare-markov:predict"
    rows = [{"prompt": "A", "length": 3, "temperature": 0.0, "top_k": 0, "seed": 1}] * 2
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    answers = [
        requests.post(url, json=body, timeout=60).json()
        for body in ({"instances": rows}, {"inputs": columns})
    ]
    assert answers[0]["predictions"] == answers[1]["outputs"] != []
