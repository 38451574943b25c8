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
from zoo.gallery.errors import (
    DeadlineExceeded,
    InvalidInput,
    Unavailable,
    UnexpectedResponse,
)

SERVICE = "tensorflow.serving.PredictionService"
# An answer follows from its request alone, so asking again is harmless, even where the
# first server died over it. gRPC does so by itself, about 0.2, 0.4, 0.8 and 1.6 seconds
# later.
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
    # By default a request of more than 256 KB, any photograph, is not sent again.
    ("grpc.per_rpc_retry_buffer_size", 64 << 20),
    # A server that comes back is found again in seconds, not minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
    # `explain` answers more than the default of 4 MB; TF Serving itself has no bound.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_http_proxy", 0),  # no proxy between a zoo and its server
]
# What a status means to who asked; see TF Serving's predict_util.cc. All others are
# the server's own trouble.
MEANING = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidInput,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
}


class GrpcServer:
    """A server asked over gRPC.

    Args:
        target: `"host:port"`.
        secure: Whether it has a certificate.
        timeout: Seconds that an answer may take, all attempts together.
    """

    def __init__(self, target, secure, timeout):
        self.address = f"grpc{'s' * secure}://{target}"
        self.timeout = timeout
        if secure:
            credentials = grpc.ssl_channel_credentials()
            channel = grpc.secure_channel(target, credentials, OPTIONS)
        else:
            channel = grpc.insecure_channel(target, OPTIONS)
        self._stub = PredictionServiceStub(channel)

    def describe(self, name, wanted):
        """Asks for a model's signatures.

        Args:
            name: The model's.
            wanted: Version's number, label or None; see `ServedModel`.

        Returns:
            Pair of the version's number and a dictionary of `SignatureDef`.

        Raises:
            InvalidInput: There is no such label.
            NotFound: There is no such model or version.
            Unavailable: There is no server.
            DeadlineExceeded: It did not answer in time.
            UnexpectedResponse: It is no TF Serving.
        """
        request = GetModelMetadataRequest(
            model_spec=_spec(name, wanted), metadata_field=["signature_def"]
        )
        answer = self._ask(self._stub.GetModelMetadata, request)
        found = SignatureDefMap()
        try:
            answer.metadata["signature_def"].Unpack(found)
        except DecodeError as error:
            raise UnexpectedResponse(
                f"{self.address} gives no signatures of {name}"
            ) from error
        return answer.model_spec.version.value, dict(found.signature_def)

    def predict(self, name, number, signature, info, inputs):
        """Calls a signature.

        Args:
            name: The model's.
            number: The version's.
            signature: The signature's name.
            info: Its `SignatureDef`, which gRPC needs not know.
            inputs: Dictionary of tensors.

        Returns:
            Dictionary of NumPy arrays.

        Raises:
            InvalidInput: An input is out of range.
            NotFound: There is no such model or version.
            Unavailable: There is no server.
            DeadlineExceeded: It did not answer in time.
            UnexpectedResponse: The answer cannot be read.
        """
        spec = _spec(name, number)
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
            raise UnexpectedResponse(
                f"{self.address} answers no tensors: {error}"
            ) from error

    def _ask(self, method, request):
        """Sends a request, and turns a status into an error."""
        try:
            return method(request, timeout=self.timeout)
        except grpc.RpcError as error:
            said = error.details() or ""
            kind = MEANING.get(error.code(), UnexpectedResponse)
            if kind is not InvalidInput:
                said = f"{self.address} answers {error.code().name}: {said}"
            raise kind(said) from error


def _spec(name, wanted):
    """Says which model is meant, and which version of it."""
    spec = ModelSpec(name=name)
    if isinstance(wanted, str):
        spec.version_label = wanted
    elif wanted is not None:
        spec.version.value = wanted
    return spec
