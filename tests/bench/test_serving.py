"""The load benchmark asks what it says and reports what it saw. No time is tested."""

from types import SimpleNamespace

import numpy as np
import pytest

from bench import (
    questions,
    serving,
    serving_first,
    serving_process,
    serving_report,
    serving_visitors,
)
from tests.apps import demo
from tests.serving import loader
from zoo import gallery

FAST = ("tag-en-rnn", "write-shakespeare-markov")


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Models answer in this process."""
    monkeypatch.delenv("ZOO_SERVING", raising=False)
    yield
    serving_process.opened.cache_clear()


@pytest.mark.parametrize("task", serving_process.SHARES)
def test_the_same_seed_asks_the_same_and_another_something_else(task):
    once, again, other = (questions.rows(task, 2, seed) for seed in (1, 1, 2))
    assert once == again != other
    assert all(len(values) == 2 for values in once.values())


def test_callers_are_all_answered_and_counted(monkeypatch):
    found = serving_process.press(FAST[0], callers=3, seconds=0.05)
    assert found["requests_per_second"] > 0
    assert found["p50_ms"] > 0
    assert serving_process.batch(FAST[0], 4, 0.01) > 0


def test_there_are_as_many_calls_as_a_percentile_needs(monkeypatch):
    answered = []
    counted = SimpleNamespace(call=lambda *_, **__: answered.append(1))
    with monkeypatch.context() as patch:
        asked = [{}] * serving_process.KEPT
        patch.setattr(serving_process, "opened", lambda name: (counted, asked))
        patch.setattr(serving_process, "LEAST", 7)
        serving_process.press(FAST[0], callers=1, seconds=0.0)
    assert len(answered) == 7


def test_mixed_requests_are_answered_or_refused_as_they_must_be(monkeypatch):
    monkeypatch.setattr(serving_process, "BROKEN_ONE_IN", 2)
    assert 0 < serving_process.mix(list(FAST), 0, 30) < 30
    harmless = ("serving_default", questions.rows("write", 1, 0))
    monkeypatch.setattr(questions, "refused", lambda task, seed: harmless)
    with pytest.raises(RuntimeError, match="bad requests were answered"):
        serving_process.mix([FAST[1]], 0, 10)


@pytest.mark.parametrize(
    ("name", "task"),
    [("write-shakespeare-markov", "write"), ("caption-gru", "caption")],
)
def test_what_must_be_refused_is(name, task):
    signature, rows = questions.refused(task, 3)
    with pytest.raises(ValueError, match="^(row|picture) 1: "):
        gallery.load_local(name).call(signature, **serving_process.tensors(rows))


def test_what_malloc_has_handed_out_is_counted_until_it_is_given_back():
    before = serving_process.allocated()
    if np.isnan(before):
        pytest.skip("this C library does not say")
    kept = [np.ones(1 << 23), [bytes(1000) for _ in range(1 << 16)]]
    assert serving_process.allocated() - before == pytest.approx(128, abs=16)
    kept.clear()
    assert serving_process.allocated() - before == pytest.approx(0, abs=16)


def test_the_first_request_is_timed_with_and_without_warm_up():
    if loader.COMPILER is None:
        pytest.skip("there is no C compiler here")
    found = serving_first.begun("write-shakespeare-markov", 1)["seconds"]
    assert all(
        len(times) == (2 if key == "open" else 1) for key, times in found.items()
    )
    assert all(each > 0 for times in found.values() for each in times)


@pytest.mark.browser
def test_a_visitor_is_waited_for_until_all_models_have_answered():
    if demo.CHROMIUM is None:
        pytest.skip("there is no chromium here: make browser")
    found = serving_visitors.visited(1)
    before, after = found["mebibytes"]
    assert after > before + 100  # TensorFlow and the models
    assert len(found["seconds"]) == 1 and found["models"] > 1


def test_a_slope_counts_from_the_sample_that_is_asked_for():
    requests = list(range(250, 10_001, 250))
    half = len(requests) // 2
    # Grows by a mebibyte in ten requests, then by 2 KiB in one.
    memory = [
        min(number, requests[half]) / 10 + max(number - requests[half], 0) * 2 / 1024
        for number in requests
    ]
    entry = {"requests": requests, "mebibytes": memory}
    found, error = serving_report.slope(entry, "mebibytes", half)
    assert found == pytest.approx(2) and error == pytest.approx(0, abs=1e-6)
    found, error = serving_report.slope(entry, "mebibytes")
    assert 2 < found < 102.4 and error > 1


def test_the_report_has_the_medians_of_the_rounds(tmp_path):
    def said(speed):
        return {"requests_per_second": speed, "p50_ms": 2.0, "p99_ms": 7.0}

    pressed = {
        way: {"1": [said(speed) for speed in speeds], "2": [said(90.0)] * 3}
        for way, speeds in (("local", (10, 500, 30)), ("grpc", (5, 6, 400)))
    }
    entries = {
        "callers x": {
            **{"group": "callers", "model": "tag-en-rnn", "rounds": 3},
            **{"pressed": pressed, "peak": {"local": 700.4, "grpc": 800.0}},
        },
        "batches x": {
            **{"group": "batches", "model": "tag-en-rnn", "rounds": 3},
            "rows_per_second": {"1": [100, 300, 200], "8": [900] * 3},
        },
        "memory local": {
            **{"group": "memory", "way": "local", "refused": 12},
            "requests": list(range(10, 90, 10)),
            "mebibytes": list(np.linspace(500, 507, 8)),
            "allocated": [400.0] * 8,
        },
    }
    seconds = {"open": [1.2, 1, 3], "first": [0.25] * 3, "second": [0.004] * 3}
    seconds |= {"warming": [0.5] * 3, "warmed": [0.01, 0.02, 0.03]}
    entries["first x"] = {"group": "first", "model": "tag-en-rnn", "seconds": seconds}
    entries["visitors"] = {
        **{"group": "visitors", "page": "translate", "models": 6},
        "mebibytes": [400.2, 1900.0, 1905.5],
        "seconds": [8.04, 1.26],
    }
    for entry in entries.values():
        entry["date"] = "2026-11-22 12:00 UTC"
    content = {
        **{"machine": "a machine", "quick": False, "entries": entries},
        "versions": {"tensorflow": {"tensorflow": "2.21.0"}},
    }
    serving_report.write(content, tmp_path / "load")
    text = (tmp_path / "load.md").read_text("utf-8")
    assert "| 1 | 30 | 2 | 7 | 6 | 2 | 7 |" in text
    assert "700 MiB here, 800 MiB over gRPC" in text
    assert "| tag-en-rnn | 200 | 900 |" in text
    assert "| tag-en-rnn | 1,200 | 250 | 4 | 500 | 20 |" in text
    assert "| visitors | 0 | 1 | 2 |\n|---|---:|---:|---:|\n" in text
    assert "| MiB | 400 | 1,900 | 1,906 |\n| seconds |  | 8.0 | 1.3 |" in text
    # A mebibyte in ten requests is 100 KiB a request.
    slopes = "102.4 ± 0.0 | 102.4 ± 0.0"
    assert f"| here | in RAM | 80 | 12 | 500 | 507 | 507 | {slopes} |" in text
    zero = "0.0 ± 0.0 | 0.0 ± 0.0"
    assert f"| here | handed out | 80 | 12 | 400 | 400 | 400 | {zero} |" in text


def test_the_quick_sizes_are_a_part_of_the_full_ones():
    assert serving.QUICK.keys() == serving.FULL.keys()
    assert set(serving.QUICK["models"]) <= set(serving.FULL["models"])
    assert {name.partition("-")[0] for name in serving.MODELS} == set(
        serving_process.SHARES
    )
