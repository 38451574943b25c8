"""A caption recipe killed with SIGKILL ends as if it had never been killed."""

import csv
import pathlib
import signal

import numpy as np

from zoo.train import checkpoint

KILLED = pathlib.Path(__file__).with_name("killed_training.py")
UPDATES, EVERY = 13, 3  # evaluated and written down at 3, 6, 9, 12 and 13
COMMAND = f"train caption-lstm-attention --updates {UPDATES} --evaluate-every {EVERY}"


def moments(random):
    """Draws five moments spread over the run; the write is that of an evaluation."""
    return [
        ("before-the-average", int(random.integers(1, EVERY + 1))),  # no checkpoint yet
        ("before-the-update", int(random.integers(EVERY + 1, 2 * EVERY + 1))),
        ("in-the-write", 2 * EVERY),
        ("before-the-checkpoint", 3 * EVERY),
        ("after-the-rename", 4 * EVERY),
    ]


def log(folder):
    """The rows of a log without the seconds."""
    with open(folder / "log.csv", newline="", encoding="utf-8") as file:
        return [row[:-1] for row in csv.reader(file)]


def finish(process):
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return output


def test_killed_five_times_and_cut_it_ends_with_the_same_weights(new_build, start):
    whole, killed = new_build("whole"), new_build("killed")
    reference = start(whole, "-m", "zoo", *COMMAND.split())
    runs = killed / "runs" / "caption-lstm-attention"
    for moment, update in moments(np.random.default_rng(3)):
        process = start(killed, KILLED, moment, update, *COMMAND.split())
        output, _ = process.communicate()
        assert process.returncode == -signal.SIGKILL, (moment, output)
        if moment == "in-the-write":
            assert (runs / "checkpoint.partial").exists()
    kept = [int(path.stem[-8:]) for path in sorted(runs.glob("checkpoint-*.npz"))]
    assert kept == [2 * EVERY, 3 * EVERY, 4 * EVERY]
    newest = runs / f"checkpoint-{4 * EVERY:08d}.npz"
    newest.write_bytes(newest.read_bytes()[:-1000])
    output = finish(start(killed, "-m", "zoo", *COMMAND.split()))
    assert f"{newest} is damaged" in output
    assert f"resumes after update {3 * EVERY}" in output
    finish(reference)

    expected = whole / "runs" / "caption-lstm-attention"
    assert log(runs) == log(expected)
    assert [row[0] for row in log(runs)] == ["update", "3", "6", "9", "12", "13"]
    update, state = checkpoint.load(runs)
    expected_update, expected_state = checkpoint.load(expected)
    assert update == expected_update == UPDATES
    assert state.keys() == expected_state.keys()
    for name in state.keys() - {"seconds", "rows"}:  # rows: see log above
        np.testing.assert_array_equal(state[name], expected_state[name], name)
    with np.load(runs / "best.npz") as best, np.load(expected / "best.npz") as other:
        assert len(best) == len(other) > 10
        for name in best:
            np.testing.assert_array_equal(best[name], other[name], name)
