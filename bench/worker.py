"""One backend in a process of its own: holds contestants ready, times one on command.

Started by `bench.workers` as `python -m bench.worker BACKEND`; reads a JSON object a
line and answers each with one:

    {"do": "versions"}                        -> {"versions": {...}}
    {"do": "hold", "name", "contestant",
     "case", "products"}                      -> {"warm": seconds, first call included}
    {"do": "time", "name", "calls", "settle",
     "argument"}                              -> {"seconds": of one call}
    {"do": "forget"}                          -> {}

What fails is answered with {"error": sentence}; the worker goes on.
"""

import gc
import importlib
import json
import os
import sys
import time
import traceback


class Server:
    """Answers messages.

    Args:
        backend: Module with `hold(contestant, case, products)`, which returns a
            function to be timed, and `versions()`. Where the function has an attribute
            `ready`, that turns a message's argument into the function's own, untimed.
    """

    def __init__(self, backend):
        self.backend = backend
        self.held = {}

    def answer(self, message):
        """Returns the answer to one message, a dictionary."""
        message = dict(message)
        try:
            return getattr(self, f"_{message.pop('do')}")(**message)
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            said = " ".join(str(error).split())
            return {"error": f"{type(error).__name__}: {said}"[:300]}

    def _versions(self):
        return {"versions": self.backend.versions()}

    def _hold(self, name, contestant, case, products=()):
        started = time.perf_counter()
        run = self.backend.hold(contestant, case, products)
        if not hasattr(run, "ready"):
            run()
            run()  # XLA and PyTorch make up their minds in the second call
        self.held[name] = run
        return {"warm": time.perf_counter() - started}

    def _time(self, name, calls=1, settle=False, argument=None):
        run = self.held[name]
        given = [] if argument is None else [run.ready(argument)]
        if settle:  # refills the caches that the others used meanwhile
            run(*given)
        started = time.perf_counter()
        for _ in range(calls):
            run(*given)
        return {"seconds": (time.perf_counter() - started) / calls}

    def _forget(self):
        self.held.clear()
        gc.collect()
        return {}


class Late:
    """A backend's module, imported late: where it is missing, every answer says so.

    Args:
        backend: `tensorflow`, `jax`, `torch` or `ctranslate2`.
    """

    def __init__(self, backend):
        self.backend = backend

    def __getattr__(self, name):
        return getattr(importlib.import_module(f"bench.on_{self.backend}"), name)


def main(backend):
    """Serves a backend until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not stand among the answers
    server = Server(Late(backend))
    for line in sys.stdin:
        answers.write(json.dumps(server.answer(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
