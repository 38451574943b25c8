"""TensorBoard's event files beside `log.csv`, where TensorBoard is installed.

TensorBoard reads its files through TensorFlow where there is one, so a run on another
backend writes none: it must not import TensorFlow.
"""

import importlib.util
import shutil

import keras


def wanted():
    """Whether event files can be written here."""
    installed = importlib.util.find_spec("tensorboard") is not None
    return installed and keras.backend.backend() == "tensorflow"


def write(folder, names, rows):
    """Writes all rows of a log anew, so that a resumed run shows no row twice.

    Args:
        folder: `pathlib.Path` for the event file; what it held is replaced.
        names: Names of the columns; the first is the step.
        rows: List of rows of numbers.
    """
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    shutil.rmtree(folder, ignore_errors=True)
    writer = EventFileWriter(str(folder))
    for step, *values in rows:
        pairs = zip(names[1:], values, strict=True)
        summary = Summary(
            value=[Summary.Value(tag=name, simple_value=value) for name, value in pairs]
        )
        writer.add_event(Event(step=int(step), summary=summary))
    writer.close()
