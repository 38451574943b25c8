"""What a language model writes along its training, for people to look at."""

import json

import keras
import numpy as np
from keras import ops

from zoo import arrays, decode
from zoo.models.stream import stream_of
from zoo.tokens import FIRST_WORD

# Updates after which there is a sample; and after the last. Text improves by ratios.
MOMENTS = (0, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)
CHARACTERS = 300
TEMPERATURE = 0.8  # less noise than the model's own distribution; not greedy
ROWS, LENGTH = 16, 256  # of dev, on which the nats beside a sample are measured


class Scribe(keras.Model):
    """Writes a text and scores others with one compiled call.

    Args:
        writer: `LanguageModel`.
        begin: Integer, the id that a text is written after.

    Call arguments:
        inputs: Dictionary of `uniforms` `[1, T]` floats in [0, 1) and `known`
            `[R, N + 1]` ids.

    Returns:
        Pair of ids `[1, T]` and nats per character of the known texts, `[1]`.
    """

    def __init__(self, writer, begin, **kwargs):
        super().__init__(**kwargs)
        self.writer = writer
        self.begin = begin
        self.built = True  # the writer is

    def call(self, inputs):
        """Writes and scores."""
        uniforms, known = inputs["uniforms"], inputs["known"]
        stream = stream_of(self.writer)
        tokens = decode.sample(
            stream.step,
            stream.start(1),
            ops.full((1,), self.begin, "int32"),
            uniforms=uniforms,
            lengths=ops.full((1,), CHARACTERS, "int32"),
            temperature=ops.full((1,), TEMPERATURE),
            top_k=ops.zeros((1,), "int32"),
        )
        logits = self.writer(known[:, :-1])  # [R, N, V]
        nats = ops.sparse_categorical_crossentropy(
            known[:, 1:], logits, from_logits=True
        )
        return tokens, ops.reshape(ops.mean(nats), (1,))


class Samples:
    """Writes a sample at `MOMENTS` into `samples.jsonl`, a line each.

    A sample follows from the weights alone. So a run that was killed, and goes on from
    an earlier update, writes the lines after that update once more, the same ones.

    Args:
        writer: `LanguageModel` in training; it is read, not changed.
        archive: Dictionary of `tokens`, `known` and `begin` of the dev split.
        path: `pathlib.Path` of the file.
        last: Integer, the number of the last update.
        seed: Integer, of the one row of random numbers for all samples.
    """

    def __init__(self, writer, archive, path, last, seed):
        self.path = path
        self.moments = {moment for moment in MOMENTS if moment < last} | {last}
        self.spelt = ["" for _ in range(FIRST_WORD)]
        self.spelt += [chr(point) for point in archive["known"].tolist()]
        tokens = archive["tokens"].astype(np.int32)
        length = min(LENGTH, len(tokens) - 1)
        rows = min(ROWS, len(tokens) // (length + 1))
        self.inputs = {
            "uniforms": np.random.default_rng(seed).random((1, CHARACTERS), np.float32),
            "known": tokens[: rows * (length + 1)].reshape(rows, length + 1),
        }
        self.scribe = Scribe(writer, int(archive["begin"]))
        # Without XLA, but on JAX, where that would mean without a compiler.
        self.scribe.compile(jit_compile=keras.backend.backend() == "jax")

    def __call__(self, update):
        """Writes a sample if the number of updates done is one of the moments."""
        if update not in self.moments:
            return
        tokens, nats = self.scribe.predict_on_batch(self.inputs)
        text = "".join(self.spelt[token] for token in np.asarray(tokens)[0].tolist())
        row = {"update": update, "nats": round(float(nats[0]), 4), "text": text}
        rows = [line for line in read(self.path) if line["update"] < update]
        write(self.path, [*rows, row])


def read(path):
    """Returns the samples of a run, a list of dictionaries; none where none are."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def write(path, rows):
    """Writes the samples of a run, whole."""
    with arrays.replacing(path) as partial:
        lines = [json.dumps(row) + "\n" for row in rows]
        partial.write_text("".join(lines), "utf-8")
