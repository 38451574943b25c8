"""What the benchmarks share: contestants made ready, timed in turn, results kept."""

import argparse
import dataclasses
import datetime
import json
import logging
import pathlib
import time

from bench import cases, rounds
from bench.workers import WorkerDied
from zoo import machine

ROOT = pathlib.Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"
QUICK_RESULTS = ROOT / "build" / "bench"
PAUSE = 0.01  # seconds, until threads that wait for more work have stopped spinning
LEAST = 0.1  # seconds a measurement takes at least
SEED = 3
log = logging.getLogger(__name__)


def parser_of(what):
    """Makes the command line of a benchmark.

    Args:
        what: String, whose first line says what it does.
    """
    parser = argparse.ArgumentParser(description=what.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10, help="at least 10 to report")
    parser.add_argument("--quick", action="store_true", help="tiny sizes")
    parser.add_argument("--again", action="store_true", help="measure what is there")
    parser.add_argument("--folder", type=pathlib.Path, help="where results are kept")
    return parser


def folder_of(arguments):
    """Returns where results go, and says from now on what is being done."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    return arguments.folder or (QUICK_RESULTS if arguments.quick else RESULTS)


def measure(workers, case, count, least=LEAST):
    """Measures all contestants of one case, interleaved.

    Args:
        workers: `bench.workers.Workers`, or a dictionary of the like.
        case: `bench.cases.Case`.
        count: Integer, rounds.
        least: Float, seconds that a measurement should take at least.

    Returns:
        Dictionary of the case, `seconds` (from a contestant to a list, one a round),
        `calls` in a measurement, `warm` (seconds of making and compiling, while other
        backends did the same) and `left_out` (from a contestant to why).
    """
    warm, left_out = hold(workers, case)
    there = {c.name: c for c in case.contestants if c.name in warm}
    calls, settle, seconds = {}, {}, {name: [] for name in there}

    def once(name, **options):
        time.sleep(PAUSE)
        return workers[there[name].backend].time(name, **options)

    for name in there:
        found = once(name)
        calls[name] = rounds.calls_for(found, least)
        settle[name] = found < least
    for names in rounds.orders(list(there), count, SEED):
        for name in names:
            found = once(name, calls=calls[name], settle=settle[name])
            seconds[name].append(float(f"{found:.4g}"))
    for backend in {contestant.backend for contestant in there.values()}:
        workers[backend].ask(do="forget")
    return {
        **case.asdict(),
        "rounds": count,
        "seconds": seconds,
        "calls": calls,
        "warm": warm,
        "left_out": left_out,
    }


def hold(workers, case):
    """Makes all contestants ready, the backends at the same time.

    Returns:
        Pair of the seconds it took each, and of why others are left out, by name.
    """
    for contestant in case.contestants:
        products = []
        if contestant.maker == "products":
            products = cases.products(case)
        workers[contestant.backend].tell(
            do="hold",
            name=contestant.name,
            contestant=dataclasses.asdict(contestant),
            case=case.asdict(),
            products=products,
        )
    warm, left_out = {}, {}
    for contestant in case.contestants:
        answer = workers[contestant.backend].hear()
        if "error" in answer:
            left_out[contestant.name] = answer["error"]
            log.warning("%s left out: %s", contestant.name, answer["error"])
        else:
            warm[contestant.name] = round(answer["warm"], 2)
    return warm, left_out


def facts(workers, backends, gpu=False):
    """What was measured on and with.

    Args:
        workers: `bench.workers.Workers`.
        backends: Names of those who take part.
        gpu: Whether all of them must see a GPU.

    Raises:
        SystemExit: A GPU was asked for and is not seen.
    """
    versions = {}
    for backend in backends:
        answer = workers[backend].ask(do="versions")
        versions[backend] = answer.get("versions", {"missing": answer.get("error")})
    names = [machine.hardware()]
    if gpu:
        devices = {backend: versions[backend].get("device") for backend in backends}
        if not set(devices.values()).isdisjoint({"cpu", None}):
            raise SystemExit(f"--gpu needs a GPU that JAX and torch see: {devices}")
        names.insert(0, devices["torch"])
    return {"machine": "; ".join(names), "versions": versions}


class Results:
    """The JSON file that a run fills entry by entry.

    Args:
        path: `pathlib.Path`.
        about: Dictionary of what has to be alike for entries to stand side by side.
    """

    def __init__(self, path, about):
        self.path = path
        self.content = {**about, "entries": {}}
        if path.exists():
            found = json.loads(path.read_text("utf-8"))
            if all(found.get(key) == about[key] for key in about):
                self.content = found
            else:
                log.info("%s is of another machine or version: beginning anew", path)

    def __contains__(self, name):
        """Whether an entry was measured, with nobody left out."""
        entry = self.content["entries"].get(name, {"left_out": ["all"]})
        return not entry.get("left_out")

    def add(self, name, entry):
        """Writes one more entry to the disk."""
        now = datetime.datetime.now(datetime.UTC)
        entry = {"date": f"{now:%Y-%m-%d %H:%M} UTC", **entry}
        self.content["entries"][name] = entry
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(self.content, indent=1) + "\n", "utf-8")
        partial.replace(self.path)

    def fill(self, jobs, workers, again=False):
        """Does what is missing.

        Args:
            jobs: Pairs of an entry's name and the function that measures it.
            workers: `bench.workers.Workers`.
            again: Whether to measure what is there too.
        """
        for name, work in jobs:
            if name in self and not again:
                continue
            began = time.monotonic()
            try:
                self.add(name, work())
            except WorkerDied as error:
                log.error("%s: %s", name, error)
                workers.drop()
            log.info("%s: %.0f s", name, time.monotonic() - began)
