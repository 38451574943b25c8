"""A caption recipe killed with SIGKILL ends as if it had never been killed."""

import csv
import logging
import os
import pathlib
import secrets
import signal
import time

import numpy as np
import pytest

from tests.train import killed_training
from zoo.train import checkpoint

KILLED = pathlib.Path(killed_training.__file__)
UPDATES, EVERY = 13, 3
EVALUATED = (3, 6, 9, 12, 13)  # and written down
COMMAND = f"train caption-lstm-attention --updates {UPDATES} --evaluate-every {EVERY}"
AT_ANY_UPDATE = ("before-the-update", "before-the-average")
WHEN_EVALUATED = ("before-the-checkpoint", "after-the-rename")


@pytest.fixture
def random():
    """Other random numbers each run; a failure shows the seed that repeats them."""
    seed = int(os.environ.get("ZOO_TEST_SEED") or secrets.randbits(32))
    logging.getLogger(__name__).warning("to repeat: ZOO_TEST_SEED=%d", seed)
    return np.random.default_rng(seed)


def kinds(random):
    """Draws the kinds of five moments; a write and an outsider are always there.

    The outsider, who may come at once, is not the last: see `update_of`.
    """
    *drawn, last = random.choice(AT_ANY_UPDATE + WHEN_EVALUATED, 3).tolist()
    first = random.permutation([*drawn, "in-the-write", "from-outside"])
    return [*first.tolist(), last]


def update_of(kind, done, last, random):
    """Draws the update of a moment that comes after those already done.

    A kill saves at most one more checkpoint, lest nothing be left for the next; the
    last comes late enough for two to be there.
    """
    first = max(done + 1, UPDATES - 2) if last else done + 1
    if kind == "after-the-rename":
        return min(update for update in EVALUATED if update >= first)
    end = UPDATES if last else min(done + 2 * EVERY, UPDATES)
    updates = range(first, end + 1)
    at_any = kind in (*AT_ANY_UPDATE, "from-outside")
    choice = [update for update in updates if at_any or update in EVALUATED]
    return int(random.choice(choice))


def saved(folder):
    """The updates of which there is a checkpoint."""
    return [int(path.stem[-8:]) for path in sorted(folder.glob("checkpoint-*.npz"))]


def kill_from_outside(process, random):
    """Kills a training at any time once its first update is compiled and done.

    Returns:
        What it said until then.
    """
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.strip() == killed_training.BEGUN:
            break
    time.sleep(random.uniform(0, 4))
    process.kill()
    return "".join(lines)


def log(folder):
    """The rows of a log without the seconds."""
    with open(folder / "log.csv", newline="", encoding="utf-8") as file:
        return [row[:-1] for row in csv.reader(file)]


def finish(process):
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return output


def test_killed_five_times_and_cut_it_ends_with_the_same_weights(
    new_build, start, random
):
    whole, killed = new_build("whole"), new_build("killed")
    reference = start(whole, "-m", "zoo", *COMMAND.split())
    runs = killed / "runs" / "caption-lstm-attention"
    done = 0
    for place, kind in enumerate(kinds(random)):
        update = update_of(kind, done, place == 4, random)
        process = start(killed, KILLED, kind, update, *COMMAND.split())
        said = kill_from_outside(process, random) if kind == "from-outside" else ""
        output = said + process.communicate()[0]
        assert process.returncode == -signal.SIGKILL, (kind, update, output)
        if kind == "in-the-write":
            assert (runs / "checkpoint.partial").exists()
        before = done
        done = max(saved(runs), default=0)
        whole_ones = [0, *(u for u in EVALUATED if u < update)]
        if kind == "after-the-rename":
            assert done == update
        elif kind == "from-outside":
            assert before <= done <= whole_ones[-1], (kind, update)
        else:
            assert done == whole_ones[-1], (kind, update)
    *_, previous, newest = saved(runs)
    assert newest == done
    damaged = runs / f"checkpoint-{newest:08d}.npz"
    damaged.write_bytes(damaged.read_bytes()[:-1000])
    output = finish(start(killed, "-m", "zoo", *COMMAND.split()))
    assert f"{damaged} is damaged" in output
    assert f"resumes after update {previous}" in output
    finish(reference)

    expected = whole / "runs" / "caption-lstm-attention"
    assert log(runs) == log(expected)
    assert [row[0] for row in log(runs)] == ["update", *map(str, EVALUATED)]
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
