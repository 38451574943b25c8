"""Measures models under load, here and behind a server: make bench-serving.

    python -m bench.serving                    everything, some 25 minutes
    python -m bench.serving --quick            a few requests: does everything run?

One model a task. `local` asks it in the callers' own process; `grpc` asks the tests'
stand-in for TF Serving, written in Python, in another process of the same machine: it
shows what the client and the way cost, not how fast TF Serving is. Then the first
request, with and without warm-up, in TensorFlow's C++ loader, and the demo's memory
with ever more visitors.

A run that was stopped goes on with what is missing; --again measures anew.
"""

import concurrent.futures
import multiprocessing
import os

from bench import serving_first, serving_process, serving_report, serving_visitors
from bench.measuring import Results, folder_of, log, parser_of
from tests.apps import demo
from tests.serving import loader
from zoo import machine

MODELS = (
    "caption-lstm-attention",
    "sentiment-en-lstm",
    "tag-en-bilstm",
    "translate-en-de-transformer",
    "write-shakespeare-lstm",
)
WAYS = ("local", "grpc")
FULL = {
    "callers": (1, 2, 4, 8, 16, 32),
    "batches": (1, 2, 4, 8, 16, 32, 64),
    "seconds": 2.0,
    "requests": 10_000,
    "every": 250,
    "visitors": 10,
    "models": MODELS,
}
QUICK = {
    "callers": (1, 2),
    "batches": (1, 2),
    "seconds": 0.01,
    "requests": 30,
    "every": 10,
    "visitors": 2,
    "models": ("tag-en-bilstm", "write-shakespeare-lstm"),
}


class Process:
    """A process that does what it is asked, and keeps what it opened."""

    def __init__(self):
        context = multiprocessing.get_context("spawn")
        self._pool = concurrent.futures.ProcessPoolExecutor(1, mp_context=context)

    def do(self, function, *arguments):
        """Calls a function of `bench.serving_process` there."""
        return self._pool.submit(function, *arguments).result()

    def end(self):
        """Ends it."""
        self._pool.shutdown()


class Places:
    """The processes of a measurement: the callers of each way, and the server."""

    def __enter__(self):
        self.server = Process()
        self.callers = {way: Process() for way in WAYS}
        address = self.server.do(serving_process.serve)
        self.callers["local"].do(serving_process.at, None)
        self.callers["grpc"].do(serving_process.at, address)
        # Whoever holds the models.
        self.holders = {"local": self.callers["local"], "grpc": self.server}
        return self

    def __exit__(self, *error):
        for process in (*self.callers.values(), self.server):
            process.end()


def pressed(name, sizes, rounds):
    """Measures a model with ever more callers, both ways in turn.

    Returns:
        Dictionary of `pressed`, by way and number of callers a list of what
        `serving_process.press` said, one a round; and of `peak`, mebibytes by way.
    """
    found = {way: {str(count): [] for count in sizes["callers"]} for way in WAYS}
    with Places() as places:
        for number in range(rounds):
            for count in sizes["callers"]:
                for way in WAYS if number % 2 == 0 else WAYS[::-1]:
                    said = places.callers[way].do(
                        serving_process.press, name, count, sizes["seconds"]
                    )
                    found[way][str(count)].append(said)
        peak = {way: places.holders[way].do(serving_process.peak) for way in WAYS}
    return {
        "group": "callers",
        "model": name,
        "rounds": rounds,
        "pressed": found,
        "peak": peak,
    }


def batched(name, sizes, rounds):
    """Measures a model with ever more rows a call, in this process's child.

    Returns:
        Dictionary of `rows_per_second`, by rows a call a list, one a round.
    """
    found = {str(count): [] for count in sizes["batches"]}
    process = Process()
    for _ in range(rounds):
        for count in sizes["batches"]:
            said = process.do(serving_process.batch, name, count, sizes["seconds"])
            found[str(count)].append(said)
    process.end()
    return {
        "group": "batches",
        "model": name,
        "rounds": rounds,
        "rows_per_second": found,
    }


def endured(way, sizes):
    """Makes mixed requests and looks at the memory of whoever holds the models.

    Returns:
        Dictionary of `requests` so far, `mebibytes` in RAM and `allocated` then, lists,
        and how many were `refused`, as they must be.
    """
    requests, mebibytes, allocated, refused = [], [], [], 0
    with Places() as places:
        for first in range(0, sizes["requests"], sizes["every"]):
            refused += places.callers[way].do(
                serving_process.mix, list(sizes["models"]), first, sizes["every"]
            )
            requests.append(first + sizes["every"])
            mebibytes.append(places.holders[way].do(serving_process.resident))
            allocated.append(places.holders[way].do(serving_process.allocated))
    return {
        "group": "memory",
        "way": way,
        "requests": requests,
        "mebibytes": mebibytes,
        "allocated": allocated,
        "refused": refused,
    }


def main(given=None):
    """Reads the command line, measures what is missing, writes the report."""
    import tensorflow as tf

    arguments = parser_of(__doc__).parse_args(given)
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # of all processes that are started
    folder = folder_of(arguments)
    sizes = QUICK if arguments.quick else FULL
    name = "serving-cpu-quick" if arguments.quick else "serving-cpu"
    about = {
        "machine": machine.hardware(),
        "versions": {"tensorflow": {"tensorflow": tf.__version__}},
        "quick": arguments.quick,
    }
    results = Results(folder / f"{name}.json", about)
    jobs = {f"memory {way}": lambda way=way: endured(way, sizes) for way in WAYS}
    for model in sizes["models"]:
        jobs[f"callers {model}"] = lambda model=model: pressed(
            model, sizes, arguments.rounds
        )
        jobs[f"batches {model}"] = lambda model=model: batched(
            model, sizes, arguments.rounds
        )
        if loader.COMPILER:
            jobs[f"first {model}"] = lambda model=model: serving_first.begun(
                model, arguments.rounds
            )
    if demo.CHROMIUM:
        jobs["visitors"] = lambda: serving_visitors.visited(sizes["visitors"])
    for what, there in (("C compiler", loader.COMPILER), ("Chromium", demo.CHROMIUM)):
        if not there:
            log.warning("There is no %s: what needs it is left out.", what)
    try:
        for job, work in jobs.items():
            if job not in results or arguments.again:
                log.info(job)
                results.add(job, {**work(), "left_out": {}})
    finally:
        serving_report.write(results.content, folder / name)


if __name__ == "__main__":
    main()
