"""A stand-in for TF Serving's server: its two APIs over real artefacts, in Python.

What is imitated is cited as `file` of tensorflow/serving, at the folder
tensorflow_serving/, or of its REST guide, https://www.tensorflow.org/tfx/serving/api_rest.
"""

import contextlib
import socket
import threading
from concurrent import futures
from http.server import ThreadingHTTPServer

import grpc
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictResponse
from tensorflow_serving.apis.prediction_service_pb2_grpc import (
    PredictionServiceServicer,
    add_PredictionServiceServicer_to_server,
)

from tests.serving.rest import Rest
from tests.serving.served_models import Status, metadata


class Rpc(PredictionServiceServicer):
    """model_servers/prediction_service_impl.cc."""

    def __init__(self, models):
        self.models = models

    def _find(self, spec):
        chosen = spec.WhichOneof("version_choice")
        version = spec.version.value if chosen == "version" else None
        label = spec.version_label if chosen == "version_label" else None
        return self.models.find(spec.name, version, label)

    def Predict(self, request, context):
        try:
            number, model, signatures = self._find(request.model_spec)
            inputs = {
                name: tf.constant(tf.make_ndarray(value), value.dtype)
                for name, value in request.inputs.items()
            }
            signature = request.model_spec.signature_name
            answer = self.models.run(model, signatures, signature, inputs)
        except Status as error:
            context.abort(error.code, str(error))
        response = PredictResponse()
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = number
        for name, value in answer.items():
            response.outputs[name].CopyFrom(tf.make_tensor_proto(value))
        return response

    def GetModelMetadata(self, request, context):
        """servables/tensorflow/get_model_metadata_impl.cc."""
        try:
            return metadata(request.model_spec.name, *self._find(request.model_spec))
        except Status as error:
            context.abort(error.code, str(error))


class StandIn:
    """Both servers over some models; `with` ends them.

    Args:
        models: `Models`, where faults are set.

    Attributes:
        models: The same.
        addresses: By scheme, as `ZOO_SERVING` takes them.
    """

    def __init__(self, models):
        self.models = models
        self.rpc = grpc.server(
            futures.ThreadPoolExecutor(8),
            options=[
                ("grpc.max_send_message_length", -1),
                ("grpc.max_receive_message_length", -1),
                ("grpc.so_reuseport", 0),
            ],
        )
        add_PredictionServiceServicer_to_server(Rpc(self.models), self.rpc)
        port = self.rpc.add_insecure_port("127.0.0.1:0")
        self.rpc.start()
        handler = type("Handler", (Rest,), {"models": self.models})
        self.rest = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.rest.daemon_threads = True
        self.rest.open = set()  # connections
        threading.Thread(target=self.rest.serve_forever, daemon=True).start()
        self.addresses = {
            "grpc": f"grpc://127.0.0.1:{port}",
            "http": f"http://127.0.0.1:{self.rest.server_port}",
        }

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.end()

    def end(self):
        """Stops both servers, whatever they are answering."""
        self.rpc.stop(None).wait()
        self.rest.shutdown()
        self.rest.server_close()
        for connection in self.rest.open:  # also those that wait for an answer
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
