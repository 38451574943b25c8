"""What the layer benchmark makes of its numbers: rounds, plans and reports."""

import collections
import json

import numpy as np
import pytest

from bench import lengths, measuring, report, rounds
from bench.cases import Case, Contestant

SIZES = {"batch": 2, "length": 3, "inputs": 5, "units": 4}


def test_every_round_holds_every_contestant_once_in_changing_order():
    names = list("abcde")
    orders = rounds.orders(names, 40, seed=1)
    assert all(sorted(order) == names for order in orders)
    firsts = collections.Counter(order[0] for order in orders)
    assert set(firsts) == set(names) and max(firsts.values()) < 20
    assert orders == rounds.orders(names, 40, seed=1) != rounds.orders(names, 40, 2)


def test_a_ratio_is_of_medians_and_its_quartiles_are_of_the_rounds():
    found = rounds.ratio([1.0, 2.0, 9.0, 4.0, 3.0], [2.0, 2.0, 3.0, 4.0, 12.0])
    assert found == {"ratio": 1.0, "low": 0.5, "high": 1.0}  # 0.25, 0.5, 1, 1, 3
    assert rounds.summary([4, 1, 2, 3, 5]) == {"median": 3, "low": 2, "high": 4}


def test_a_ratio_of_different_rounds_is_refused():
    with pytest.raises(ValueError, match="Received: 2 and 3"):
        rounds.ratio([1, 2], [1, 2, 3])


def test_the_best_setting_is_the_one_with_the_smallest_median():
    seconds = {"one": [1, 9, 9], "other": [5, 5, 5], "third": [1, 1, 1]}
    assert rounds.best(seconds, ["one", "other", "absent"]) == "other"
    assert rounds.best(seconds, ["absent"]) is None


@pytest.mark.parametrize(
    ("seconds", "calls"), [(0.03, 4), (0.2, 1), (0.0, 200), (0.0001, 200)]
)
def test_short_calls_are_timed_together(seconds, calls):
    assert rounds.calls_for(seconds, least=0.1) == calls


def test_the_lengths_are_those_of_the_corpus():
    found = lengths.read_counts()
    assert len(found) == 25_000
    assert round(float(found.mean())) == 284


@pytest.mark.parametrize(("cut", "multiple"), [(None, 1), (400, 50)])
def test_planned_batches_stand_for_an_epoch(cut, multiple):
    every = lengths.read_counts()
    padding = {}
    for order in ("random", "buckets"):
        chosen = lengths.plan(every, order, 64, cut, 10, 1, multiple)
        assert [len(handful) for handful in chosen] == [lengths.HANDFUL] * 10
        batches = [batch for handful in chosen for batch in handful]
        for batch in batches:
            longest = max(batch["lengths"])
            assert batch["width"] % multiple == 0
            assert longest <= batch["width"] < longest + multiple
            assert len(batch["lengths"]) == 64 and longest <= (cut or 3000)
        tokens = sum(sum(batch["lengths"]) for batch in batches)
        wanted = np.minimum(every, cut or 3000).mean()
        assert abs(tokens / (30 * 64) / wanted - 1) < 0.1
        padding[order] = 1 - tokens / sum(64 * batch["width"] for batch in batches)
    assert padding["buckets"] < 0.2 < padding["random"]


def test_tokens_a_second_are_over_all_rounds():
    each = {"random order, padded": [[100, 1.0, 400], [300, 3.0, 400]]}
    each["random order, packed"] = [[100, 0.5, 400], [100, 1.5, 400]]
    found = lengths.speeds({"rounds": each})
    assert found["random order, padded"] == {
        "tokens_per_second": 100,
        "low": 100,
        "high": 100,
        "padding": 0.5,
    }
    assert found["random order, packed"]["tokens_per_second"] == 100
    assert found["random order, packed"]["padding"] == 0


def made_up():
    """A JSON file's content with numbers chosen by hand."""
    seconds = {
        "zoo tensorflow": [0.004] * 3,
        "zoo tensorflow XLA": [0.003, 0.003, 0.006],
        "keras tensorflow": [0.006, 0.006, 0.006],
        "torch": [0.002] * 3,
        "products torch": [0.001] * 3,
        "products tensorflow": [0.002] * 3,
    }
    who = (Contestant("zoo", "tensorflow"),)
    case = Case("lstm", "recurrent", "LSTM", "train", SIZES, who)
    entry = {**case.asdict(), "contestants": list(seconds), "seconds": seconds}
    entry.update(date="2020-01-02 03:04 UTC", left_out={"zoo jax": "no reason"})
    entry["rounds"] = 3
    texts = {"random order, padded": [[100, 1, 200]]}
    texts["length buckets, padded"] = [[100, 0.5, 110]]
    return {
        "machine": "An abacus, 2 cores",
        "versions": {"torch": {"torch": "1.2.3"}},
        "quick": False,
        "entries": {
            entry["name"]: entry,
            "lengths": {
                "date": "2020-01-02 03:05 UTC",
                "cuts": {"not cut": {"rounds": texts, "left_out": {"other": "why"}}},
            },
            "memory": {
                "date": "2020-01-02 03:06 UTC",
                "runs": [
                    {"length": 8, "chunk": 8, "mebibytes": 5.5, "seconds": 1.0},
                    {"length": 8, "chunk": 4, "error": "none left"},
                ],
            },
        },
    }


def test_the_report_says_what_was_measured():
    text = report.markdown(made_up())
    assert "An abacus, 2 cores." in text
    assert "2020-01-02 03:04 UTC to 2020-01-02 03:06 UTC." in text
    assert "| torch | torch | 1.2.3 |" in text and "median of 3 rounds" in text
    assert "| zoo tensorflow XLA | 3 (3-4.5) |" in text
    # Ours at its best, 3 ms, to 6 ms of Keras (asked: 0.85) and 2 ms of torch (1.1).
    assert (
        "| LSTM train T=3 | zoo tensorflow XLA | 0.50 (0.50-0.75) tensorflow | "
        "<= 0.85, met | 1.50 (1.50-2.25) | <= 1.1, **not met** |" in text
    )
    assert "| keras tensorflow | 6.00 |" in text  # over 1 ms, the faster products
    assert "| limit, GFLOP/s | 0.00518 |" in text  # 5,184 operations in 1 ms
    assert "| not cut | length buckets, padded | 200 (200-200) | 9% | 2.00 |" in text
    assert "| not cut | other | why |" in text
    assert "| 8 | whole | 5.5 | 1.0 |" in text and "| 8 | 4 | none left |" in text
    assert "- zoo jax: no reason" in text


def test_a_quick_report_judges_nothing():
    text = report.markdown({**made_up(), "quick": True})
    assert "mean nothing" in text and "met" not in text


def test_results_are_kept_entry_by_entry_and_taken_up_again(tmp_path):
    path = tmp_path / "results" / "layers.json"
    about = {"machine": "one", "quick": True}
    results = measuring.Results(path, about)
    results.add("whole", {"left_out": {}})
    results.add("partial", {"left_out": {"torch": "is not installed"}})
    again = measuring.Results(path, about)
    assert "whole" in again and "partial" not in again and "absent" not in again
    other = measuring.Results(path, {**about, "machine": "another"})
    assert "whole" not in other
    assert json.loads(path.read_text())["entries"]["whole"]["date"].endswith("UTC")
