"""What an artefact's warm-up file asks, read with TF Serving's own protocol buffers."""

import tensorflow as tf
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from zoo.export import warm_up


def recorded(folder):
    """The requests of an artefact's warm-up file, by signature, as dictionaries."""
    found = {}
    for record in tf.data.TFRecordDataset(str(folder / warm_up.FILE)):
        log = PredictionLog.FromString(record.numpy())
        assert log.WhichOneof("log_type") == "predict_log"
        request = log.predict_log.request
        found[request.model_spec.signature_name] = {
            name: tf.constant(tf.make_ndarray(value), value.dtype)
            for name, value in request.inputs.items()
        }
    return found
