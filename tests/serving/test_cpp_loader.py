"""Every artefact in TensorFlow's own C++ loader, in a process without Python."""

import re

import numpy as np
import pytest
import tensorflow as tf

from tests.serving import loader
from tests.serving.recorded import recorded
from tests.test_shipped import SAMPLED
from zoo import artefact
from zoo.gallery.errors import InvalidInput
from zoo.gallery.local import LocalModel

TEXTS = [
    b"\xff\xfe\x00 it's",
    b"",
    "날씨가 좋아서 공원에 갔다.".encode(),
    b"dog " * 200,
]
# Rows that no signature accepts, by the input's name.
REFUSED = {
    "image_bytes": [b"", b"garbage"],
    "width": [0, 33],
    "length_penalty": [-0.5, 2.5, float("nan")],
    "length": [0, 10_001],
    "temperature": [-0.1, 2.1],
    "top_k": [-1, 100_000],
}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The program that asks it."""
    if loader.COMPILER is None:
        pytest.skip("there is no C compiler here")
    return loader.compiled(tmp_path_factory.mktemp("program"))


def hostile(inputs):
    """Variants of a request of one row: odd texts, refused rows, and no row at all."""
    yield {name: value[:0] for name, value in inputs.items()}
    for name in ("text", "prompt", "translation"):
        if name in inputs:
            rows = [tf.repeat(value, len(TEXTS), 0) for value in inputs.values()]
            yield {**dict(zip(inputs, rows, strict=True)), name: tf.constant(TEXTS)}
    for name, values in REFUSED.items():
        if name in inputs:
            for value in values:
                yield {**inputs, name: tf.constant([value], inputs[name].dtype)}


def reason(message):
    """What a message says of a row, without where in the graph that was found."""
    found = re.search(r"row \d+: [^\]\n]+", message)
    return message if found is None else found[0].rstrip("'\" ")


@pytest.mark.parametrize("name", SAMPLED)
def test_an_artefact_answers_as_in_python(name, program):
    folder = artefact.locate(name)
    requests = list(recorded(folder).items())
    calls = [
        (signature, asked)
        for signature, inputs in requests
        for asked in (inputs, *hostile(inputs))
    ]
    _, answers = loader.ask(program, folder.resolve(), calls)
    model, refused = LocalModel(folder), 0
    for (signature, inputs), (code, message, _, found) in zip(
        calls, answers, strict=True
    ):
        try:
            wanted = model.call(signature, inputs)
        except InvalidInput as error:
            refused += 1
            assert code == loader.INVALID_ARGUMENT
            assert reason(str(error)) == reason(message)
            continue
        assert code == 0, message
        assert found.keys() == wanted.keys()
        for output, value in wanted.items():
            assert found[output].dtype == value.dtype
            if value.dtype.kind == "f":
                np.testing.assert_allclose(found[output], value, rtol=1e-4, atol=1e-5)
            else:
                np.testing.assert_array_equal(found[output], value)
    bad = [REFUSED.get(name, []) for _, inputs in requests for name in inputs]
    assert refused == sum(map(len, bad))
