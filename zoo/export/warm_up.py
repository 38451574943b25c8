"""Requests that TF Serving makes of a new version before it lets it answer.

The first call of a signature is slow: its graph is optimised and its memory is had. TF
Serving therefore replays what stands in `assets.extra/tf_serving_warmup_requests`.

Reference: https://www.tensorflow.org/tfx/serving/saved_model_warmup
"""

import functools

import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

FILE = "assets.extra/tf_serving_warmup_requests"
# One row of each input that a signature of any task has, by its name.
ROWS = {
    "text": "A dog runs.",
    "translation": "",
    "prompt": "A",
    "words": ["A", "dog"],
    "width": 5,
    "length_penalty": 1.0,
    "length": 20,
    "temperature": 1.0,
    "top_k": 0,
    "seed": 0,
}


@functools.cache
def grey():
    """Makes a small grey picture, the bytes of a JPEG."""
    pixels = tf.fill([64, 64, 3], tf.constant(127, tf.uint8))
    return tf.io.encode_jpeg(pixels).numpy()


def row(name):
    """Returns one row of an input.

    Args:
        name: Of the input, for example `"text"`.

    Raises:
        ValueError: No signature has had such an input yet.
    """
    if name == "image_bytes":
        return grey()
    if name not in ROWS:
        raise ValueError(
            f"`name` must be one of image_bytes, {', '.join(ROWS)}; add a row of the "
            f"new input to zoo/export/warm_up.py. Received: name={name!r}"
        )
    return ROWS[name]


def requests(folder, model):
    """Makes a request of one row for every signature of a SavedModel.

    Args:
        folder: `pathlib.Path` of a version.
        model: Name of the model that is asked.

    Returns:
        List of `PredictRequest`, in the order of the signatures' names.
    """
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((folder / "saved_model.pb").read_bytes())
    signatures = saved.meta_graphs[0].signature_def
    asked = []
    for name in sorted(signatures):
        if name.startswith("__"):  # TensorFlow's own
            continue
        request = PredictRequest()
        request.model_spec.name = model
        request.model_spec.signature_name = name
        for key, info in signatures[name].inputs.items():
            value = tf.make_tensor_proto([row(key)], info.dtype)
            request.inputs[key].CopyFrom(value)
        asked.append(request)
    return asked


def write(folder, model):
    """Writes the requests into a version whose SavedModel is written.

    Args:
        folder: `pathlib.Path` of the version.
        model: Its name.
    """
    (folder / FILE).parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(folder / FILE)) as file:
        for request in requests(folder, model):
            log = PredictionLog()
            log.predict_log.request.CopyFrom(request)
            file.write(log.SerializeToString(deterministic=True))
