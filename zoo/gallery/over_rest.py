"""TF Serving's REST API: requests and answers are JSON, in the column format.

Reference: https://www.tensorflow.org/tfx/serving/api_rest
"""

import base64
import urllib.parse

import numpy as np
import requests
import tensorflow as tf
from google.protobuf import json_format
from requests.adapters import HTTPAdapter
from tensorflow_serving.apis.get_model_metadata_pb2 import SignatureDefMap
from urllib3.util.retry import Retry

from zoo.artefact import NotFound
from zoo.gallery.errors import BadAnswer, Refused, Unreachable

# Only where no server was there or it said so itself: 0.2, 0.4, 0.8 and 1.6 seconds
# later, each up to a fifth more.
RETRY = Retry(
    total=4,
    read=0,
    other=0,
    redirect=0,
    status_forcelist=[503],
    allowed_methods=None,  # asking a model changes nothing, so POST too
    backoff_factor=0.1,
    backoff_jitter=0.2,
    raise_on_status=False,
)
# What a status says of whom; see `ToHTTPStatusCode` in TF Serving's http_server.cc.
MEANING = {
    400: Refused,
    404: NotFound,
    429: Unreachable,
    503: Unreachable,
    504: Unreachable,
}


class RestServer:
    """A server asked over HTTP.

    Args:
        place: `"host:port"`.
        secure: Whether it has a certificate.
        seconds: How many an answer may take.
    """

    def __init__(self, place, secure, seconds):
        self.address = f"http{'s' * secure}://{place}"
        self.seconds = seconds
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy between a zoo and its server
        self._session.mount(self.address, HTTPAdapter(max_retries=RETRY))

    def describe(self, name, version):
        """Asks for a model's signatures; see `GrpcServer.describe`."""
        answer = self._ask("GET", f"{_path(name, version)}/metadata")
        try:
            found = dict(answer["metadata"]["signature_def"])
            found.pop("@type", None)
            infos = json_format.ParseDict(
                found, SignatureDefMap(), ignore_unknown_fields=True
            )
            return int(answer["model_spec"]["version"]), dict(infos.signature_def)
        except (KeyError, TypeError, ValueError, json_format.ParseError) as error:
            raise BadAnswer(f"{self.address} gives no signatures of {name}") from error

    def predict(self, name, version, signature, info, inputs):
        """Calls a signature; see `GrpcServer.predict`."""
        asked = {key: _plain(value.numpy()) for key, value in inputs.items()}
        answer = self._ask(
            "POST",
            f"{_path(name, version)}:predict",
            {"signature_name": signature, "inputs": asked},
        )
        try:
            outputs = answer["outputs"]
            if len(info.outputs) == 1:  # then it stands there alone
                outputs = {next(iter(info.outputs)): outputs}
            return {
                key: _array(outputs[key], about) for key, about in info.outputs.items()
            }
        except (KeyError, TypeError, ValueError) as error:
            raise BadAnswer(f"{self.address} answers no tensors: {error!r}") from error

    def _ask(self, verb, path, body=None):
        """Sends a request, and turns a status into an error."""
        try:
            reply = self._session.request(
                verb,
                f"{self.address}/v1/models/{path}",
                json=body,
                timeout=self.seconds,
            )
        except requests.RequestException as error:
            raise Unreachable(f"{self.address} does not answer: {error}") from error
        try:
            answer = reply.json()
        except ValueError:
            answer = None
        if reply.ok and isinstance(answer, dict):
            return answer
        said = answer.get("error", "") if isinstance(answer, dict) else ""
        kind = MEANING.get(reply.status_code, BadAnswer)
        if kind in (Unreachable, BadAnswer):
            said = f"{self.address} does not answer ({reply.status_code}): {said}"
        elif kind is NotFound:
            said = f"{self.address} has no such model: {said}"
        raise kind(said)


def _path(name, version):
    """Says which model is meant, and which version of it."""
    path = urllib.parse.quote(name, safe="")
    if isinstance(version, str):
        return f"{path}/labels/{urllib.parse.quote(version, safe='')}"
    return path if version is None else f"{path}/versions/{version}"


def _plain(value):
    """Makes what JSON can hold of an array; of bytes, which may be any, base 64."""
    if value.dtype != object:
        return value.tolist()
    if value.ndim:
        return [_plain(np.asarray(part, object)) for part in value]
    return {"b64": base64.b64encode(value.item()).decode("ascii")}


def _array(value, info):
    """Makes an array of the type and the rank that a signature promises."""
    dtype, rank = tf.as_dtype(info.dtype), len(info.tensor_shape.dim)
    found = np.array(value, dtype.as_numpy_dtype)
    if dtype == tf.string:
        flat = [str.encode(text, "utf-8", "surrogatepass") for text in found.ravel()]
        filled = np.empty(len(flat), object)
        filled[:] = flat
        found = filled.reshape(found.shape)
    if found.size == 0 and found.ndim < rank:  # an empty list ends the nesting
        found = found.reshape(found.shape + (0,) * (rank - found.ndim))
    return found
