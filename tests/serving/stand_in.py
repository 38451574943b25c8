"""A stand-in for TF Serving's server: its two APIs over real artefacts, in Python.

What is imitated is cited as `file` of tensorflow/serving, at the folder
tensorflow_serving/, or of its REST guide, https://www.tensorflow.org/tfx/serving/api_rest.
"""

import base64
import contextlib
import json
import re
import socket
import threading
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis.get_model_metadata_pb2 import (
    GetModelMetadataResponse,
    SignatureDefMap,
)
from tensorflow_serving.apis.predict_pb2 import PredictResponse
from tensorflow_serving.apis.prediction_service_pb2_grpc import (
    PredictionServiceServicer,
    add_PredictionServiceServicer_to_server,
)

DEFAULT = "serving_default"
BYTES = "_bytes"  # json_tensor.cc, kBytesTensorNameSuffix
CODES = {code.value[0]: code for code in grpc.StatusCode}
# model_servers/http_server.cc, ToHTTPStatusCode
HTTP = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
# model_servers/http_rest_api_handler.cc; labels as in the REST guide
PATH = re.compile(
    r"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?(:predict|/metadata)?"
)


class Status(Exception):
    """An error as TF Serving's functions return it: a code and a message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def invalid(message):
    """The commonest of them."""
    return Status(grpc.StatusCode.INVALID_ARGUMENT, message)


class Models:
    """Versions of models by name, as ServerCore and RunPredict answer with them.

    Args:
        root: `pathlib.Path` of a folder of artefacts.

    Attributes:
        labels: Version numbers by model and label.
        lost: Names of models that were unloaded.
        before: Function called before each answer; it may wait, or raise `Status`.
        after: Function of each answer, a dictionary of arrays, that may spoil it.
        asked: Names of the signatures that were asked for, in order.
        unloaded: Pairs of a model and a version that were unloaded.
    """

    def __init__(self, root):
        self.root = root
        self._opened = {}
        self.reset()

    def reset(self):
        """Forgets labels, faults and what was asked."""
        self.labels, self.lost, self.unloaded, self.asked = {}, set(), set(), []
        self.before, self.after = lambda: None, lambda answer: answer

    def find(self, name, version=None, label=None):
        """Finds a version: its number, its functions and its signatures."""
        folder = self.root / name
        numbers = [int(path.name) for path in folder.glob("[0-9]*")]
        numbers = [each for each in numbers if (name, each) not in self.unloaded]
        if label is not None:
            version = self.labels.get(name, {}).get(label)
            if version is None:  # server_core.cc, GetModelVersionForLabel
                raise invalid(f"Unrecognized servable version label: {label}")
        if name in self.lost or not numbers or version not in (None, *numbers):
            # core/basic_manager.cc, GetUntypedServableHandle
            wanted = f"Latest({name})" if version is None else f"({name}, {version})"
            message = f"Servable not found for request: {wanted}"
            raise Status(grpc.StatusCode.NOT_FOUND, message)
        number = version or max(numbers)
        if (name, number) not in self._opened:
            self._opened[name, number] = opened(folder / str(number))
        return (number, *self._opened[name, number])

    def run(self, model, signatures, signature, inputs):
        """Answers with arrays; see RunPredict in predict_util.cc."""
        self.asked.append(signature)
        self.before()
        name = signature or DEFAULT
        if name not in signatures:
            message = f'Serving signature key "{name}" not found.'
            raise Status(grpc.StatusCode.FAILED_PRECONDITION, message)
        wanted = signatures[name].inputs
        if len(inputs) != len(wanted):  # VerifyRequestInputsSize
            raise invalid(
                f"input size does not match signature: {len(inputs)}!={len(wanted)}"
            )
        for alias, value in inputs.items():  # saved_model::GetInputValues
            if alias not in wanted:
                raise invalid(f"input tensor alias not found in signature: {alias}")
            if value.dtype != tf.as_dtype(wanted[alias].dtype):
                raise invalid(f"input {alias} is of type {value.dtype}")
        try:
            answer = model.signatures[name](**inputs)
        except (
            tf.errors.OpError
        ) as error:  # what Session::Run returns goes out as it is
            raise Status(CODES[error.error_code], error.message) from error
        return self.after({key: value.numpy() for key, value in answer.items()})


def opened(folder):
    """Opens a version: what `tf.saved_model.load` gives, and its signatures."""
    model = saved_model_pb2.SavedModel()
    model.ParseFromString((folder / "saved_model.pb").read_bytes())
    return tf.saved_model.load(str(folder)), model.meta_graphs[0].signature_def


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


def metadata(name, number, model, signatures):
    """Makes the answer of both APIs."""
    response = GetModelMetadataResponse()
    response.model_spec.name = name
    response.model_spec.version.value = number
    found = SignatureDefMap(signature_def=signatures)
    response.metadata["signature_def"].Pack(found)
    return response


class Rest(BaseHTTPRequestHandler):
    """model_servers/http_rest_api_handler.cc."""

    protocol_version = "HTTP/1.1"
    models = None

    def setup(self):
        super().setup()
        self.server.open.add(self.connection)

    def do_GET(self):
        self._answer(self._metadata, "/metadata")

    def do_POST(self):
        self._answer(self._predict, ":predict")

    def log_message(self, *args):
        """Says nothing."""

    def _answer(self, function, verb):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = PATH.fullmatch(self.path)
        try:
            if found is None or found[4] != verb:
                raise invalid(f"Malformed request: {self.command} {self.path}")
            version = int(found[2]) if found[2] else None
            code, answer = 200, function(found[1], version, found[3], body)
        except Status as error:
            code, answer = HTTP.get(error.code, 500), {"error": str(error)}
        text = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _metadata(self, name, version, label, body):
        found = metadata(name, *self.models.find(name, version, label))
        return json.loads(
            json_format.MessageToJson(found, preserving_proto_field_name=True)
        )

    def _predict(self, name, version, label, body):
        """FillPredictRequestFromJson and MakeJsonFromTensors in json_tensor.cc."""
        _, model, signatures = self.models.find(name, version, label)
        try:
            asked = json.loads(body)
        except ValueError as error:
            raise invalid(f"JSON Parse error: {error}") from error
        signature = asked.get("signature_name", DEFAULT)
        if signature not in signatures:  # HttpRestApiHandler::GetInfoMap
            raise invalid(f'Serving signature name: "{signature}" not found')
        infos = signatures[signature].inputs
        if ("instances" in asked) == ("inputs" in asked):
            raise invalid("Missing 'inputs' or 'instances' key")
        rows = asked.get("instances")
        columns = asked.get("inputs") if rows is None else by_columns(rows, infos)
        if not isinstance(columns, dict) or "b64" in columns:
            columns = {next(iter(infos)): columns}  # the only input may stand alone
        inputs = {}
        for alias, info in infos.items():
            if alias not in columns:
                raise invalid(f"Missing named input: {alias} in 'inputs' object.")
            inputs[alias] = tensor_of(columns[alias], info.dtype)
        answer = self.models.run(model, signatures, signature, inputs)
        if not answer:  # MakeJsonFromTensors
            raise invalid("Cannot convert empty tensor map to JSON")
        if rows is None:
            values = {key: plain(value, key) for key, value in answer.items()}
            return {
                "outputs": values if len(values) > 1 else next(iter(values.values()))
            }
        each = [
            {key: plain(value[row], key) for key, value in answer.items()}
            for row in range(len(rows))
        ]
        if len(answer) == 1:
            each = [next(iter(row.values())) for row in each]
        return {"predictions": each}


def by_columns(rows, infos):
    """FillTensorMapFromInstancesList: one object a row becomes one list an input."""
    if not rows:
        raise invalid("No values in 'instances' array")
    if not isinstance(rows[0], dict) or "b64" in rows[0]:
        return {next(iter(infos)): rows}
    if any(set(row) != set(infos) for row in rows):
        raise invalid(f"keys must be equal to: {','.join(infos)}")
    return {name: [row[name] for row in rows] for name in infos}


def tensor_of(value, dtype):
    """FillTensorProto: nested lists of numbers, of texts, of {"b64": ...}."""
    dtype = tf.as_dtype(dtype)
    if dtype == tf.string:
        value = decoded(value)
    try:
        return tf.constant(value, dtype)
    except (TypeError, ValueError) as error:
        raise invalid(str(error)) from error


def decoded(value):
    """JsonDecodeBase64Object, wherever there is such an object."""
    if isinstance(value, list):
        return [decoded(part) for part in value]
    if isinstance(value, dict) and set(value) == {"b64"}:
        return base64.b64decode(value["b64"])
    if not isinstance(value, str):
        raise invalid(f"JSON Value: {value} is not a string")
    return value


def plain(value, name):
    """AddSingleValueAndAdvance; only outputs named so are base 64."""
    value = np.asarray(value, object if isinstance(value, bytes) else None)
    if value.dtype != object:
        return value.tolist()
    if value.ndim:
        return [plain(np.asarray(part, object), name) for part in value]
    if name.endswith(BYTES):
        return {"b64": base64.b64encode(value.item()).decode()}
    return value.item().decode()


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
