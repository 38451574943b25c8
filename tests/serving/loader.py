"""TensorFlow's C++ loader, driven by `run_model.c`, which says what goes in and out."""

import io
import pathlib
import shutil
import struct
import subprocess

import numpy as np
import tensorflow as tf
import tensorflow_text
from tensorflow.core.protobuf import saved_model_pb2

SOURCE = pathlib.Path(__file__).with_name("run_model.c")
LIBRARIES = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")
OPERATIONS = pathlib.Path(tensorflow_text.__file__).parent / "python" / "ops"
COMPILER = shutil.which("cc") or shutil.which("gcc")
INVALID_ARGUMENT = 3


def compiled(folder):
    """Compiles the program against the headers and libraries of TensorFlow's wheel."""
    program = folder / "run_model"
    place = tf.sysconfig.get_lib()
    include = f"-I{tf.sysconfig.get_include()}"
    linked = [f"-L{place}", *(f"-l:{name}" for name in LIBRARIES)]
    flags = ["-O1", "-Wall", "-Werror", include, *linked, f"-Wl,-rpath,{place}"]
    subprocess.run([COMPILER, SOURCE, *flags, "-o", program], check=True)
    return program


def signatures(folder):
    """The signatures of a version, from its SavedModel, without TensorFlow's own."""
    model = saved_model_pb2.SavedModel()
    model.ParseFromString((folder / "saved_model.pb").read_bytes())
    every = model.meta_graphs[0].signature_def
    return {name: every[name] for name in every if not name.startswith("__")}


def ask(program, folder, calls):
    """Opens a version in a process without Python and makes some calls, in order.

    Args:
        program: From `compiled`.
        folder: `pathlib.Path` of the version.
        calls: List of pairs of a signature's name and a dictionary of arrays.

    Returns:
        Pair of the seconds to open it and, for each call, a tuple of the status code,
        its message, the seconds it took, and a dictionary of arrays.
    """
    infos, told = signatures(folder), [struct.pack("<i", len(calls))]
    for signature, inputs in calls:
        told.append(struct.pack("<i", len(inputs)))
        for name, value in inputs.items():
            told += [place(infos[signature].inputs[name]), packed(value)]
        told.append(struct.pack("<i", len(infos[signature].outputs)))
        told += [place(info) for info in infos[signature].outputs.values()]
    libraries = sorted(OPERATIONS.glob("*.so"))
    done = subprocess.run(
        [program, folder, *libraries], input=b"".join(told), capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    reading = io.BytesIO(done.stdout)
    (seconds,) = take(reading, "<d")
    answers = []
    for signature, _ in calls:
        (code,) = take(reading, "<i")
        message = take_text(reading).decode()
        (took,) = take(reading, "<d")
        names = infos[signature].outputs if code == 0 else ()
        answers.append(
            (code, message, took, {name: unpacked(reading) for name in names})
        )
    assert reading.read() == b""
    return seconds, answers


def place(info):
    """Which output of which operation a tensor of a signature is."""
    name, _, index = info.name.partition(":")
    return text(name.encode()) + struct.pack("<i", int(index))


def text(value):
    """A text's length, and its bytes."""
    return struct.pack("<q", len(value)) + value


def packed(tensor):
    """A tensor's type and shape, and its values."""
    shape = tensor.shape
    head = struct.pack(
        f"<ii{len(shape)}q", tensor.dtype.as_datatype_enum, len(shape), *shape
    )
    values = tensor.numpy()
    if tensor.dtype != tf.string:
        return head + values.tobytes()
    return head + b"".join(map(text, values.ravel().tolist()))


def take(reading, form):
    """Reads numbers."""
    return struct.unpack(form, reading.read(struct.calcsize(form)))


def take_text(reading):
    """Reads a text."""
    return reading.read(take(reading, "<q")[0])


def unpacked(reading):
    """Reads a tensor."""
    kind, rank = take(reading, "<ii")
    shape = take(reading, f"<{rank}q")
    dtype, count = tf.as_dtype(kind), int(np.prod(shape))
    if dtype != tf.string:
        values = reading.read(count * dtype.size)
        return np.frombuffer(values, dtype.as_numpy_dtype).reshape(shape)
    found = np.empty(count, object)
    found[:] = [take_text(reading) for _ in range(count)]
    return found.reshape(shape)
