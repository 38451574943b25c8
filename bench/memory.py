"""Memory of backpropagation through a whole text and through chunks of it.

`python -m bench.memory LENGTH CHUNK ROWS UNITS` trains once, in a process that does
nothing else, and writes one line of JSON; `measure` starts one process a case.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parents[1]
CHUNK = 64
LENGTHS = (256, 1024, 4096)  # 1x, 4x, 16x
ROWS, UNITS = 16, 256
QUICK = {"chunk": 4, "lengths": (8, 16), "rows": 2, "units": 4}


def measure(quick=False):
    """Peak memory of whole texts and of chunks, each in a process of its own.

    Args:
        quick: Whether to take tiny sizes.

    Returns:
        List of dictionaries: length, chunk, mebibytes, seconds.
    """
    chunk = QUICK["chunk"] if quick else CHUNK
    lengths = QUICK["lengths"] if quick else LENGTHS
    rows, units = (QUICK["rows"], QUICK["units"]) if quick else (ROWS, UNITS)
    return [
        run(length, steps, rows, units)
        for length in lengths
        for steps in (length, chunk)
    ]


def run(length, chunk, rows, units):
    """Measures one case in a new process."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.memory", *map(str, (length, chunk, rows, units))],
        cwd=ROOT,
        env={
            **os.environ,
            "KERAS_BACKEND": "tensorflow",
            "CUDA_VISIBLE_DEVICES": "",
            "TF_CPP_MIN_LOG_LEVEL": "2",
        },
        capture_output=True,
        text=True,
    )
    if done.returncode:
        last = (done.stderr.strip() or "no message").splitlines()[-1]
        return {"length": length, "chunk": chunk, "error": last[:300]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def peak():
    """Most memory that this process has had in RAM so far, in mebibytes."""
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        # Not getrusage's, which counts what the parent had before the new program.
        lines = status.read_text().splitlines()
        return int(next(x for x in lines if x.startswith("VmHWM")).split()[1]) / 1024
    import resource  # elsewhere than Linux

    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main(length, chunk, rows, units):
    """Trains an LSTM on `rows` texts of `length` tokens, `chunk` tokens a step."""
    import keras
    import numpy as np
    import tensorflow as tf
    from keras import ops

    import zoo.layers
    from zoo.train.chunks import Chunks

    embedding = keras.layers.Embedding(100, units)
    layer = zoo.layers.LSTM(units, return_sequences=True, return_state=True)
    score = keras.layers.Dense(1)
    zero = [tf.zeros((rows, units))] * 2
    score(layer(embedding(np.zeros((rows, 1))), initial_state=zero)[0])
    variables = [
        weight for part in (embedding, layer, score) for weight in part.weights
    ]
    optimizer = keras.optimizers.Adam()
    optimizer.build(variables)

    @tf.function(reduce_retracing=False)
    def step(tokens, state):
        with tf.GradientTape() as tape:
            outputs, *after = layer(embedding(tokens), initial_state=state)
            loss = ops.mean(ops.square(score(outputs)))
        gradients = tape.gradient(loss, [variable.value for variable in variables])
        optimizer.apply(gradients, variables)
        return loss, after  # what leaves the function brings no gradient back

    stream = np.random.default_rng(1).integers(0, 100, (rows + 1) * length)
    batches = Chunks(stream.astype("int32"), rows, chunk, seed=1)
    small = tf.zeros((rows, 2), tf.int32)
    step(small, zero)
    before = peak()
    started = time.perf_counter()
    state = zero
    for update in range(length // chunk):
        loss, state = step(tf.constant(batches.at(update)[0]), state)
    loss.numpy()
    seconds = time.perf_counter() - started
    found = {
        "length": length,
        "chunk": chunk,
        "rows": rows,
        "units": units,
        "mebibytes": round(peak() - before, 1),
        "seconds": round(seconds, 3),
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
