"""TF Serving's PredictionService over gRPC."""

import json

import grpc
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis.get_model_metadata_pb2 import (
    GetModelMetadataRequest,
    SignatureDefMap,
)
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from zoo.artefact import NotFound
from zoo.gallery.errors import BadAnswer, Refused, Unreachable

SERVICE = "tensorflow.serving.PredictionService"
# gRPC tries again by itself where, and only where, the server cannot have begun: 0.2,
# 0.4, 0.8 and 1.6 seconds later, each drawn between nothing and that.
RETRY = {
    "methodConfig": [
        {
            "name": [{"service": SERVICE}],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.2s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
OPTIONS = [
    ("grpc.service_config", json.dumps(RETRY)),
    # `explain` answers more than the default of 4 MB; TF Serving itself has no bound.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
]
# What a status says of whom; see TF Serving's server_core.cc and predict_util.cc.
MEANING = {
    grpc.StatusCode.INVALID_ARGUMENT: Refused,
    grpc.StatusCode.FAILED_PRECONDITION: Refused,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.UNAVAILABLE: Unreachable,
    grpc.StatusCode.DEADLINE_EXCEEDED: Unreachable,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Unreachable,
}


class GrpcServer:
    """A server asked over gRPC.

    Args:
        place: `"host:port"`.
        secure: Whether it has a certificate.
        seconds: How many an answer may take, all attempts together.
    """

    def __init__(self, place, secure, seconds):
        self.address = f"grpc{'s' * secure}://{place}"
        self.seconds = seconds
        if secure:
            credentials = grpc.ssl_channel_credentials()
            channel = grpc.secure_channel(place, credentials, OPTIONS)
        else:
            channel = grpc.insecure_channel(place, OPTIONS)
        self._stub = PredictionServiceStub(channel)

    def describe(self, name, version):
        """Asks for a model's signatures.

        Args:
            name: The model's.
            version: Integer, label or None; see `Served`.

        Returns:
            Pair of the version's number and a dictionary of `SignatureDef`.

        Raises:
            NotFound: There is no such model or version.
            Unreachable: There was no answer.
            BadAnswer: There is no TF Serving.
        """
        request = GetModelMetadataRequest(
            model_spec=_spec(name, version), metadata_field=["signature_def"]
        )
        answer = self._ask(self._stub.GetModelMetadata, request)
        found = SignatureDefMap()
        try:
            answer.metadata["signature_def"].Unpack(found)
        except DecodeError as error:
            raise BadAnswer(f"{self.address} gives no signatures of {name}") from error
        return answer.model_spec.version.value, dict(found.signature_def)

    def predict(self, name, version, signature, info, inputs):
        """Calls a signature.

        Args:
            name: The model's.
            version: Integer, label or None; see `Served`.
            signature: The signature's name.
            info: Its `SignatureDef`, which gRPC needs not know.
            inputs: Dictionary of tensors.

        Returns:
            Dictionary of NumPy arrays.

        Raises:
            Refused: An input is out of range.
            NotFound: There is no such model or version.
            Unreachable: There was no answer.
            BadAnswer: The answer cannot be read.
        """
        spec = _spec(name, version)
        spec.signature_name = signature
        request = PredictRequest(
            model_spec=spec,
            inputs={
                key: tf.make_tensor_proto(value.numpy(), value.dtype, value.shape)
                for key, value in inputs.items()
            },
        )
        answer = self._ask(self._stub.Predict, request)
        try:
            return {
                key: tf.make_ndarray(value) for key, value in answer.outputs.items()
            }
        except (TypeError, ValueError) as error:
            raise BadAnswer(f"{self.address} answers no tensors: {error}") from error

    def _ask(self, method, request):
        """Sends a request, and turns a status into an error."""
        try:
            return method(request, timeout=self.seconds)
        except grpc.RpcError as error:
            status, said = error.code(), error.details() or ""
            kind = MEANING.get(status, BadAnswer)
            if kind in (Unreachable, BadAnswer):
                said = f"{self.address} does not answer ({status.name}): {said}"
            elif kind is NotFound:
                said = f"{self.address} has no such model: {said}"
            raise kind(said) from error


def _spec(name, version):
    """Says which model is meant, and which version of it."""
    spec = ModelSpec(name=name)
    if isinstance(version, str):
        spec.version_label = version
    elif version is not None:
        spec.version.value = version
    return spec
