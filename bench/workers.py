"""The other end of `bench.worker`: starts processes and talks with them."""

import contextlib
import json
import logging
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
log = logging.getLogger(__name__)


class WorkerDied(Exception):
    """A worker ended without an answer, or failed at what it had held ready."""


class Worker:
    """A process of one backend.

    Args:
        backend: `tensorflow`, `jax`, `torch` or `ctranslate2`.
        gpu: Whether it may see a GPU.
    """

    def __init__(self, backend, gpu=False):
        self.backend = backend
        variables = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
        if backend != "torch":  # CTranslate2's weights are made by Keras
            variables["KERAS_BACKEND"] = "jax" if backend == "jax" else "tensorflow"
        if gpu:  # JAX would take most of the memory at once and leave none to PyTorch
            variables["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
        else:
            variables.update(CUDA_VISIBLE_DEVICES="", JAX_PLATFORMS="cpu")
        self.log = open(log_file(backend), "a", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker", backend],
            cwd=ROOT,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )

    def tell(self, **message):
        """Sends a message; its answer is to be heard later."""
        with contextlib.suppress(BrokenPipeError):  # `hear` says so
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()

    def hear(self):
        """Returns the answer to the oldest message not yet answered.

        Raises:
            WorkerDied: The process ended.
        """
        line = self.process.stdout.readline()
        if not line:
            raise WorkerDied(
                f"the {self.backend} worker ended with code {self.process.wait()}; "
                f"see {log_file(self.backend)}"
            )
        return json.loads(line)

    def ask(self, **message):
        """Sends a message and returns its answer."""
        self.tell(**message)
        return self.hear()

    def time(self, name, **options):
        """Returns the seconds of one call of a contestant that is held.

        Raises:
            WorkerDied: It failed, or the process ended.
        """
        answer = self.ask(do="time", name=name, **options)
        if "error" in answer:
            raise WorkerDied(f"{name} on {self.backend}: {answer['error']}")
        return answer["seconds"]

    def close(self):
        """Ends the process."""
        with contextlib.suppress(BrokenPipeError):  # it died with a message unread
            self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


class Workers:
    """One worker a backend, started when first asked for, and again if one died.

    Args:
        gpu: Whether they may see a GPU.
    """

    def __init__(self, gpu=False):
        self.gpu = gpu
        self.running = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.drop()

    def __getitem__(self, backend):
        if backend not in self.running:
            log.info("starting the %s worker", backend)
            self.running[backend] = Worker(backend, self.gpu)
        return self.running[backend]

    def drop(self):
        """Ends all workers after one died, so that the next case has new ones."""
        for worker in self.running.values():
            worker.close()
        self.running.clear()


def log_file(backend):
    """Where what a worker prints is kept."""
    folder = pathlib.Path(os.environ.get("ZOO_BUILD") or ROOT / "build") / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{backend}.log"
