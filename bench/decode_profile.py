"""Says where the time of decoding goes: python -m bench.decode_profile.

One call of the Transformer's `beam`, of the sizes of `bench.decode`, under TensorFlow's
tracer: how many kernels ran, of which kinds, and how long each kind took. Kernels that
ran side by side are added up, and the tracer itself takes time, so shares are to be
read and not milliseconds.
"""

import argparse
import collections
import logging
import pathlib
import re
import tempfile

import tensorflow as tf

from bench import decode, translators
from bench.measuring import RESULTS
from zoo.export import translate_signatures

# Kinds of kernels in the report, by the names of their operations; the rest is "small".
KINDS = {
    "products of matrices": {"MatMul", "BatchMatMulV2", "Einsum"},
    "caches and memory: joining, picking hypotheses": {
        *("ConcatV2", "GatherV2", "Pack", "Slice", "StridedSlice", "Tile"),
        "TensorScatterUpdate",
    },
    "softmax and its logarithm": {"Softmax", "LogSoftmax"},
    "the best pieces": {"TopKV2"},
    "normalisation and activations": {
        *("Mean", "SquaredDifference", "Rsqrt", "Relu"),
    },
    "the loop itself": {
        *("Enter", "Exit", "Merge", "Switch", "NextIteration", "LoopCond", "If"),
        *("StatelessIf", "RefSwitch"),
    },
}
SMALL = "all others: sums, choices, casts, shapes"
LABEL = re.compile(r"= (\w+)\(")  # of a tracer's line
OTHERWISE = re.compile(r"^_(Mkl)?(Native)?(Fused)?")  # how else a kernel may be done


def kind_of(operation):
    """Returns the kind of an operation.

    >>> kind_of("_MklNativeFusedMatMul"), kind_of("AddV2") == SMALL
    ('products of matrices', True)
    """
    operation = OTHERWISE.sub("", operation)
    return next((kind for kind, names in KINDS.items() if operation in names), SMALL)


def trace(session, signature, texts, width):
    """Calls `beam` three times, the last time under the tracer.

    Args:
        session: `tf.compat.v1.Session` that has the SavedModel.
        signature: Its `SignatureDef` of `beam`.
        texts: List of B strings.
        width: Integer, hypotheses.

    Returns:
        List of pairs of an operation's name and the microseconds of a kernel.
    """
    rows = len(texts)
    asked = {"text": texts, "width": [width] * rows, "length_penalty": [0.0] * rows}
    fed = {signature.inputs[name].name: value for name, value in asked.items()}
    fetched = [info.name for info in signature.outputs.values()]
    for _ in range(2):
        session.run(fetched, fed)
    found = tf.compat.v1.RunMetadata()
    options = tf.compat.v1.RunOptions(trace_level=tf.compat.v1.RunOptions.FULL_TRACE)
    session.run(fetched, fed, options=options, run_metadata=found)
    kernels = []
    for device in found.step_stats.dev_stats:
        for node in device.node_stats:
            operation = LABEL.search(node.timeline_label)
            took = node.op_end_rel_micros - node.op_start_rel_micros
            kernels.append((operation[1] if operation else "", took))
    return kernels


def table(kernels, steps):
    """Makes a table of the kinds of kernels, the dearest first.

    Args:
        kernels: From `trace`.
        steps: Integer, pieces written.

    Returns:
        Lines of Markdown.
    """
    counts, times = collections.Counter(), collections.Counter()
    for operation, took in kernels:
        counts[kind_of(operation)] += 1
        times[kind_of(operation)] += took
    total = sum(times.values())
    lines = ["| kernels | a step | of the time, % |", "|---|---:|---:|"]
    for kind, took in times.most_common():
        lines.append(
            f"| {kind} | {counts[kind] / steps:.0f} | {100 * took / total:.0f} |"
        )
    lines.append(f"| all | {len(kernels) / steps:.0f} | 100 |")
    return lines


def main(given=None):
    """Traces greedy search and beam search, one row and many, and writes the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny sizes")
    parser.add_argument("--folder", type=pathlib.Path, default=RESULTS)
    arguments = parser.parse_args(given)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    sizes = decode.QUICK if arguments.quick else decode.FULL
    written = sizes["written"]
    parts = ["# Decoding, profiled", "", *__doc__.splitlines()[2:], ""]
    with tempfile.TemporaryDirectory() as folder:
        learned = translators.learned()
        model = translators.make("transformer")
        translate_signatures.write(folder, model, learned, 5, 0.0)
        length = translators.pieces_for(written)
        texts = {
            rows: translators.sentences(rows, length)[0] for rows in sizes["batches"]
        }
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            loaded = tf.compat.v1.saved_model.load(session, ["serve"], folder)
            signature = loaded.signature_def["beam"]
            for width in sizes["beams"]:
                for batch in sizes["batches"]:
                    kernels = trace(session, signature, texts[batch], width)
                    search = "greedy" if width == 1 else f"beam {width}"
                    logging.info("%s, B=%d: %d kernels", search, batch, len(kernels))
                    parts += [f"## {search}, {batch} rows", ""]
                    parts += [*table(kernels, written), ""]
    path = arguments.folder / f"decode-profile{'-quick' * arguments.quick}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), "utf-8")


if __name__ == "__main__":
    main()
