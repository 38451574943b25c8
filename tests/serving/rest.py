"""The REST API of the stand-in for TF Serving; see `tests.serving.stand_in`."""

import base64
import json
import re
from http.server import BaseHTTPRequestHandler

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import json_format

from tests.serving.served_models import DEFAULT, Status, invalid, metadata

BYTES = "_bytes"  # json_tensor.cc, kBytesTensorNameSuffix
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


class Rest(BaseHTTPRequestHandler):
    """model_servers/http_rest_api_handler.cc."""

    protocol_version = "HTTP/1.1"
    models = None

    def setup(self):
        super().setup()
        self.server.open.add(self.connection)

    def do_GET(self):
        if self.path.endswith("/metadata"):
            self._answer(self._metadata, "/metadata")
        else:
            self._answer(self._status, None)

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

    def _status(self, name, version, label, body):
        """ToJsonString in http_rest_api_util.cc, which prints what is empty too."""
        found = self.models.status(name, version)  # a label is not looked at
        return json.loads(
            json_format.MessageToJson(found, always_print_fields_with_no_presence=True)
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
