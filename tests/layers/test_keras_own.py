"""Keras's own tests of its recurrent layers, from its wheel, run against ours.

Nothing of them is copied: the installed test modules are loaded with `keras.layers`
replaced by a namespace where SimpleRNN, LSTM, GRU and Bidirectional are ours. What is
left out stands in `LEFT_OUT`, with the reason.
"""

import importlib.util
import os
import pathlib
import subprocess
import sys
import types
import unittest
import warnings

import keras
import pytest

from zoo.layers import GRU, LSTM, SimpleRNN
from zoo.layers.bidirectional import Bidirectional

FOLDER = pathlib.Path(keras.__file__).parent / "src" / "layers" / "rnn"
OURS = {
    "SimpleRNN": SimpleRNN,
    "LSTM": LSTM,
    "GRU": GRU,
    "Bidirectional": Bidirectional,
}
MODULES = ["simple_rnn_test", "lstm_test", "gru_test", "bidirectional_test"]

CUDNN = "asks which of Keras's cuDNN kernels would run; ours have none"
TORCH = "is about Keras's PyTorch backend"
TENSORFLOW = "is about graphs of TensorFlow, for which Keras leaves it out elsewhere"
LEFT_OUT = {
    "gru_test.test_torch_cudnn_dispatch_fires": TORCH,
    "bidirectional_test.test_torch_cudnn_bidirectional_gru_dispatch_fires": TORCH,
    "bidirectional_test.test_keeps_use_cudnn": CUDNN,
    "bidirectional_test.test_fused_lstm_eligibility": CUDNN,
    "bidirectional_test.test_fused_gru_eligibility": CUDNN,
}


def load(name):
    """Loads one of Keras's test modules with our layers in the place of its own."""
    layers = types.SimpleNamespace(**{**vars(keras.src.layers), **OURS})
    path = FOLDER / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"keras_own_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.layers = layers
    return module


def collect():
    """Yields `(module name, TestCase)` for every test of the modules."""
    for name in MODULES:
        suite = unittest.defaultTestLoader.loadTestsFromModule(load(name))
        for case in (case for group in suite for case in group):
            yield name, case


ALL = {
    f"{name}.{case._testMethodName}": (name, case)
    for name, case in collect()
    # absl's own; not about layers.
    if case._testMethodName != "test_session"
}
if keras.backend.backend() != "tensorflow":
    LEFT_OUT["gru_test.test_stateful_with_symbolic_batch_size"] = TENSORFLOW
CASES = [pair for test, pair in ALL.items() if test not in LEFT_OUT]


@pytest.mark.parametrize(
    "name, case", CASES, ids=[f"{name}.{case._testMethodName}" for name, case in CASES]
)
def test_keras_s_own_test_passes_with_our_layer(name, case):
    result = unittest.TestResult()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        case.run(result)
    problems = [text for _, text in result.errors + result.failures]
    assert not problems, problems[0]
    assert not result.skipped, result.skipped[0][1]
    assert result.testsRun == 1


def test_what_is_left_out_is_there():
    assert set(LEFT_OUT) <= set(ALL)


def test_our_layers_are_the_ones_that_are_tested():
    module = load("lstm_test")
    assert module.layers.LSTM is LSTM
    assert module.layers.Dense is keras.layers.Dense
    assert len(CASES) >= 28


def test_a_wrong_layer_would_be_caught():
    class Wrong(LSTM):
        """An LSTM that forgets to forget."""

        def step(self, sums, before, read, recurrent_kernel):
            states, kept = super().step(sums, before, read, recurrent_kernel)
            return [states[0] + 0.1, states[1]], kept

    module = load("lstm_test")
    module.layers.LSTM = Wrong
    result = unittest.TestResult()
    module.LSTMTest("test_pass_initial_state").run(result)
    assert result.failures


@pytest.mark.peers
def test_they_pass_on_jax_too():  # which compiles every one of them: a minute
    environment = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    this = pathlib.Path(__file__)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(this), "-k", "not jax"],
        env={**os.environ, **environment},
        cwd=this.parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert f"{len(CASES) + 2} passed" in done.stdout
