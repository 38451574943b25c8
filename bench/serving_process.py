"""What the load benchmark does in processes of its own, one a way to ask.

Each process opens a model once, here or behind the server that `ZOO_SERVING` names,
and keeps it. The functions are called through `concurrent.futures`.
"""

import contextlib
import ctypes
import functools
import itertools
import os
import threading
import time
from concurrent import futures

import numpy as np

from bench import memory, questions

# Of mixed requests: those that take long are fewer.
SHARES = {"caption": 1, "sentiment": 3, "tag": 3, "translate": 1, "write": 2}
LEAST = 100  # calls, of which a 99th percentile can be told
KEPT = 50  # different questions of a model
BROKEN_ONE_IN = 20  # mixed requests


def serve():
    """Starts the tests' stand-in for TF Serving over `saved_models/`.

    Returns:
        Its gRPC address. It runs until the process ends.
    """
    from tests.serving.served_models import Models
    from tests.serving.stand_in import StandIn
    from zoo import artefact

    server = contextlib.ExitStack()
    running = server.enter_context(StandIn(Models(artefact.root())))
    serve.kept = server
    return running.addresses["grpc"]


def at(address):
    """Sets where this process asks: a server's address, or None for itself."""
    os.environ.pop("ZOO_SERVING", None)
    if address is not None:
        os.environ["ZOO_SERVING"] = address


@functools.cache
def opened(name):
    """Opens a model and makes questions for it, each a dictionary of tensors."""
    from zoo import gallery

    client = gallery.load(name)
    task = name.partition("-")[0]
    asked = [tensors(questions.rows(task, 1, seed)) for seed in range(KEPT)]
    for inputs in asked[:3]:
        client.call("serving_default", **inputs)
    return client, asked


def tensors(rows):
    """Makes tensors of rows, each of the type that the signatures take."""
    import tensorflow as tf

    dtypes = {"length": "int32", "top_k": "int32", "width": "int32", "seed": "int64"}
    return {
        name: tf.constant(values, dtypes.get(name)) for name, values in rows.items()
    }


def press(name, callers, seconds):
    """Has callers ask one row each, again and again: a closed loop.

    Args:
        name: The model's.
        callers: Integer, threads.
        seconds: Float; longer where `LEAST` calls take longer. A call that began in
            time is waited for.

    Returns:
        Dictionary of requests a second, and of the median and the 99th percentile of
        their milliseconds.
    """
    client, asked = opened(name)
    took, numbers = [], itertools.count()
    begin = threading.Barrier(callers + 1)

    def call():
        begin.wait()
        while (started := time.perf_counter()) < end or len(took) < LEAST:
            client.call("serving_default", **asked[next(numbers) % KEPT])
            took.append(time.perf_counter() - started)

    with futures.ThreadPoolExecutor(callers) as pool:
        calling = [pool.submit(call) for _ in range(callers)]
        began = time.perf_counter()
        end = began + seconds
        begin.wait()
        for each in calling:
            each.result()  # raises what went wrong
    whole = time.perf_counter() - began
    p50, p99 = np.percentile(took, [50, 99])
    return {
        "requests_per_second": len(took) / whole,
        "p50_ms": 1000 * p50,
        "p99_ms": 1000 * p99,
    }


def batch(name, count, seconds):
    """Asks some rows a call, for some seconds.

    Returns:
        Rows a second.
    """
    client, _ = opened(name)
    inputs = tensors(questions.rows(name.partition("-")[0], count, seed=count))
    client.call("serving_default", **inputs)
    calls, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        client.call("serving_default", **inputs)
        calls += 1
    return calls * count / (time.perf_counter() - began)


def mix(names, first, count, callers=4):
    """Makes mixed requests of all models, some of which must be refused.

    Args:
        names: List of the models' names.
        first: Integer, the number of the first request, from which all else follows.
        count: Integer.
        callers: Integer, threads that share them.

    Returns:
        How many were refused.
    """
    clients = {name: opened(name)[0] for name in names}
    shares = np.array([SHARES[name.partition("-")[0]] for name in names], float)
    shares /= shares.sum()
    numbers, refused, taken = iter(range(first, first + count)), [], []

    def call():
        for number in numbers:  # a range's iterator is safe to share
            random = np.random.default_rng(number)
            name = names[random.choice(len(names), p=shares)]
            task, client = name.partition("-")[0], clients[name]
            if random.integers(BROKEN_ONE_IN) == 0 and task in questions.BROKEN:
                signature, rows = questions.refused(task, number)
                try:
                    client.call(signature, **tensors(rows))
                except ValueError:
                    refused.append(number)
                else:
                    taken.append(number)
            else:
                rows = questions.rows(task, int(random.integers(1, 4)), number)
                client.call("serving_default", **tensors(rows))

    with futures.ThreadPoolExecutor(callers) as pool:
        for each in [pool.submit(call) for _ in range(callers)]:
            each.result()  # raises what went wrong
    if taken:
        raise RuntimeError(f"bad requests were answered: {taken}")
    return len(refused)


def resident(process="self"):
    """Memory that a process, this one unless its number is given, has in RAM now.

    Returns:
        Mebibytes.
    """
    with open(f"/proc/{process}/statm", encoding="ascii") as file:
        pages = int(file.read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class _Mallinfo2(ctypes.Structure):
    """`struct mallinfo2` of glibc's malloc.h."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def allocated():
    """Memory that `malloc` has handed out to this process and not got back.

    What a leak would make grow; memory in RAM also grows where the free parts between
    do not fit what is asked for next.

    Returns:
        Mebibytes; NaN where the C library does not say, which glibc does from 2.33 on.
    """
    try:
        mallinfo2 = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return float("nan")
    mallinfo2.restype = _Mallinfo2
    found = mallinfo2()
    return (found.uordblks + found.hblkhd) / 2**20


def peak():
    """Most memory that it has had; see `bench.memory.peak`."""
    return memory.peak()
