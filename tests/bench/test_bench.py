"""The layer benchmark measures what it says it measures. No time is tested here."""

import collections
import dataclasses
import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from bench import cases, measuring, memory, models
from bench.cases import Case, Contestant
from bench.worker import Server
from bench.workers import Worker, WorkerDied, Workers

ROOT = pathlib.Path(__file__).parents[2]
SIZES = {"batch": 2, "length": 3, "inputs": 5, "units": 4}
OURS, THEIRS = Contestant("zoo", "tensorflow"), Contestant("keras", "tensorflow")
NOBODY = Contestant("nobody", "nothing")


@pytest.fixture(autouse=True)
def own_build(zoo_build):
    """What workers print is kept in a folder of the test's own."""


def small_case(*contestants, mode="train", **sizes):
    return Case("lstm", "recurrent", "LSTM", mode, {**SIZES, **sizes}, contestants)


def test_products_count_the_work_of_an_lstm():
    case = small_case(OURS)
    # Each of 2 x 3 steps multiplies 5 inputs and 4 units by 4 x 4 columns.
    forward = 2 * (2 * 3) * (5 + 4) * 16
    assert cases.flops(cases.products(case)) == 3 * forward
    inferring = dataclasses.replace(case, mode="infer")
    assert cases.flops(cases.products(inferring)) == forward


def test_products_count_the_work_of_a_transformer_block():
    sizes = {"batch": 2, "length": 3, "width": 8, "heads": 2, "feed_forward": 16}
    case = Case("transformer", "transformer", "X", "infer", sizes, ())
    tokens, pairs = 2 * 3, 2 * 3 * 3  # of places, in each of 2 heads of 4
    by_hand = tokens * 4 * 8 * 8 + tokens * 2 * 8 * 16 + pairs * 2 * 2 * 4
    assert cases.flops(cases.products(case)) == 2 * by_hand


@pytest.mark.parametrize("quick", [True, False])
def test_cases_have_names_of_their_own_and_a_gpu_needs_no_tensorflow(quick):
    for gpu in (False, True):
        found = cases.cases(quick, gpu)
        names = [case.name for case in found]
        assert len(set(names)) == len(names)
        for case in found:
            who = [contestant.name for contestant in case.contestants]
            assert len(set(who)) == len(who)
            backends = {contestant.backend for contestant in case.contestants}
            assert ("tensorflow" in backends) != gpu


def test_neither_the_benchmark_nor_its_jax_worker_imports_tensorflow():
    source = (
        "import sys, bench.layers, bench.on_jax; sys.exit('tensorflow' in sys.modules)"
    )
    variables = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", source], cwd=ROOT, env=variables, check=True)


class FakeBackend:
    """A backend whose contestants count their calls."""

    def __init__(self):
        self.calls = collections.Counter()

    def versions(self):
        return {"fake": "1"}

    def hold(self, contestant, case, products):
        if contestant == "broken":
            raise RuntimeError("cannot\n  be made")

        def run(*given):
            self.calls[(contestant, *given)] += 1

        if case == "with arguments":
            run.ready = lambda argument: argument + 1
        return run


def test_a_worker_holds_warms_and_times_what_it_is_told_to():
    backend = FakeBackend()
    server = Server(backend)
    assert server.answer({"do": "versions"}) == {"versions": {"fake": "1"}}
    told = {"do": "hold", "name": "a", "contestant": "A", "case": "any"}
    assert server.answer(told)["warm"] >= 0
    assert backend.calls[("A",)] == 2
    timing = {"do": "time", "name": "a", "calls": 3}
    assert server.answer(timing)["seconds"] >= 0
    assert backend.calls[("A",)] == 5
    server.answer({**timing, "settle": True})
    assert backend.calls[("A",)] == 9
    assert server.answer({"do": "forget"}) == {}
    assert "KeyError" in server.answer(timing)["error"]


def test_a_worker_hands_arguments_to_its_contestants():
    backend = FakeBackend()
    server = Server(backend)
    told = {"do": "hold", "name": "a", "contestant": "A", "case": "with arguments"}
    server.answer(told)
    assert not backend.calls  # there is nothing yet to warm it with
    server.answer({"do": "time", "name": "a", "argument": 41})
    assert backend.calls == {("A", 42): 1}


def test_a_worker_answers_what_fails_with_a_sentence_and_goes_on(capsys):
    server = Server(FakeBackend())
    told = {"do": "hold", "name": "a", "contestant": "broken", "case": "any"}
    assert server.answer(told) == {"error": "RuntimeError: cannot be made"}
    assert "AttributeError" in server.answer({"do": "nonsense"})["error"]
    assert server.answer({"do": "versions"}) == {"versions": {"fake": "1"}}
    assert "cannot\n" in capsys.readouterr().err


def test_a_process_of_a_backend_that_is_not_there_answers_and_its_end_is_noticed():
    worker = Worker("nothing")
    assert "No module named 'bench.on_nothing'" in worker.ask(do="versions")["error"]
    with pytest.raises(WorkerDied, match="somebody on nothing: KeyError"):
        worker.time("somebody")
    worker.process.kill()
    with pytest.raises(WorkerDied, match="the nothing worker ended"):
        worker.ask(do="versions")
    worker.close()


def test_real_contestants_are_measured_and_absent_ones_are_named():
    with Workers() as workers:
        case = small_case(OURS, THEIRS, NOBODY)
        found = measuring.measure(workers, case, count=3, least=0.0)
        compiled = small_case(dataclasses.replace(OURS, xla=True), mode="infer")
        again = measuring.measure(workers, compiled, count=1, least=0.0)
        streamed = small_case(OURS, THEIRS, mode="stream", batch=1, length=1)
        third = measuring.measure(workers, streamed, count=1, least=0.0)
    assert set(found["seconds"]) == {OURS.name, THEIRS.name}
    assert all(len(each) == 3 for each in found["seconds"].values())
    assert "on_nothing" in found["left_out"][NOBODY.name]
    assert set(again["seconds"]) == {"zoo tensorflow XLA"}
    assert set(third["seconds"]) == {OURS.name, THEIRS.name} and not third["left_out"]
    json.dumps(found)


class FakeWorker:
    """A worker that writes down whom it was told to time, and takes a second each."""

    def __init__(self, heard):
        self.heard = heard

    def tell(self, **message):
        pass

    def hear(self):
        return {"warm": 1.0}

    def ask(self, **message):
        return {}

    def time(self, name, **options):
        self.heard.append(name)
        return 1.0


def test_contestants_of_all_backends_are_interleaved_evenly(monkeypatch):
    monkeypatch.setattr(measuring, "PAUSE", 0)
    heard = []
    workers = {name: FakeWorker(heard) for name in ("tensorflow", "jax")}
    who = (OURS, THEIRS, Contestant("zoo", "jax"), Contestant("keras", "jax"))
    found = measuring.measure(workers, small_case(*who), count=6)
    names = {contestant.name for contestant in who}
    asked = np.reshape(heard[len(who) :], (6, len(who)))  # first once each, to see
    assert all(set(row) == names for row in asked)
    assert len({tuple(row) for row in asked}) > 1
    assert all(found["seconds"][name] == [1.0] * 6 for name in names)


def test_a_training_step_moves_every_weight_by_adams_first_step():
    from bench import on_tensorflow

    layer, inputs = models.make("zoo", small_case(OURS).asdict())
    before = layer.get_weights()
    with tf.GradientTape() as tape:
        inputs = tf.constant(inputs)
        tape.watch(inputs)
        expected = tf.reduce_mean(layer(inputs) ** 2)
    of_inputs = tape.gradient(expected, inputs)
    loss, gradient = on_tensorflow.trainer(layer, xla=False)(inputs)
    np.testing.assert_allclose(loss, expected, rtol=1e-6)
    np.testing.assert_allclose(gradient, of_inputs, rtol=1e-5, atol=1e-7)
    for old, new in zip(before, layer.get_weights(), strict=True):
        moved = np.abs(new - old)
        assert moved.max() < 0.00101 and np.median(moved) > 0.0009


def test_jax_takes_the_same_training_step(tmp_path):
    weights = tmp_path / "weights.npz"
    source = f"""
import jax, numpy as np
from bench import models, on_jax
case = {small_case(OURS).asdict()!r}
layer, inputs = models.make("zoo", case)
stored = [np.asarray(w) for w in layer.get_weights()]
run = on_jax.train(layer, jax.numpy.asarray(inputs))
run()
state = [cell.cell_contents for cell in run.__closure__ if type(cell.cell_contents) is
         tuple][0]
np.savez({str(weights)!r}, *stored, *[np.asarray(value) for value in state[0]])
"""
    variables = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", source], cwd=ROOT, env=variables, check=True)
    from bench import on_tensorflow

    arrays = list(np.load(weights).values())
    layer, inputs = models.make("zoo", small_case(OURS).asdict())
    layer.set_weights(arrays[:3])
    on_tensorflow.trainer(layer, xla=False)(tf.constant(inputs))
    for ours, theirs in zip(layer.get_weights(), arrays[3:], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-6)


def test_both_ways_of_embedding_give_the_same_rows():
    one_hot = models.OneHot(7, 3)
    lookup = keras.layers.Embedding(7, 3)
    tokens = np.array([[0, 6], [3, 3]])
    for layer in (one_hot, lookup):
        layer.build((2, 2))
    lookup.set_weights(one_hot.get_weights())
    np.testing.assert_allclose(one_hot(tokens), lookup(tokens), rtol=1e-6)


def test_packed_and_padded_readers_compute_the_same():
    padded, packed = (models.Reader(9, 4, 5, packed=kind) for kind in (False, True))
    tokens, rows = tf.constant([[1, 2, 3, 4], [5, 6, 0, 0], [7, 0, 0, 0]]), [4, 2, 1]
    for reader in (padded, packed):
        reader(tokens, tf.constant(rows))
    packed.set_weights(padded.get_weights())
    np.testing.assert_allclose(
        packed(tokens, tf.constant(rows)), padded(tokens, tf.constant(rows)), rtol=1e-5
    )


def test_a_process_of_memory_writes_a_line_of_json(capsys):
    memory.main(length=8, chunk=4, rows=2, units=4)
    found = json.loads(capsys.readouterr().out)
    assert found["mebibytes"] >= 0 and found["seconds"] > 0
    assert (found["length"], found["chunk"]) == (8, 4)


def test_a_process_of_memory_that_fails_says_why():
    found = memory.run("long", chunk=4, rows=2, units=4)
    assert "invalid literal" in found["error"] and found["length"] == "long"


def test_the_peak_of_memory_rises_with_what_is_held():
    source = """
import numpy, sys
from bench import memory
before = memory.peak()
held = numpy.ones((300, 2**20), "uint8")
sys.exit(not 290 < memory.peak() - before < 320)
"""
    subprocess.run([sys.executable, "-c", source], cwd=ROOT, check=True)
