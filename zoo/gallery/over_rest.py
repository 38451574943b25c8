"""TF Serving's REST API: requests and answers are JSON, in the column format.

Reference: https://www.tensorflow.org/tfx/serving/api_rest
"""

import base64
import json
import os
import threading
import time
import urllib.parse

import numpy as np
import requests
import tensorflow as tf
from google.protobuf import json_format
from tensorflow_serving.apis.get_model_metadata_pb2 import SignatureDefMap

from zoo.artefact import NotFound
from zoo.gallery.errors import (
    DeadlineExceeded,
    InvalidInput,
    Unavailable,
    UnexpectedResponse,
)

# Seconds before asking again where there is no server or it says 503, as over gRPC.
PAUSES = (0.2, 0.4, 0.8, 1.6)
# What a status means to who asked; see `ToHTTPStatusCode` in TF Serving's
# http_server.cc. All others are the server's own trouble.
MEANING = {
    400: InvalidInput,
    404: NotFound,
    503: Unavailable,
    504: DeadlineExceeded,
}


class RestServer:
    """A server asked over HTTP.

    Args:
        target: `"host:port"`.
        secure: Whether it has a certificate.
        timeout: Seconds that an answer may take to begin, all attempts together, and
            between two parts of it.
    """

    def __init__(self, target, secure, timeout):
        self.address = f"http{'s' * secure}://{target}"
        self.timeout = timeout
        self._threads = threading.local()  # a session is for one thread

    def describe(self, name, wanted):
        """Asks for a model's signatures; see `GrpcServer.describe`."""
        answer = self._ask("GET", f"{_path(name, wanted)}/metadata")
        try:
            found = dict(answer["metadata"]["signature_def"])
            found.pop("@type", None)
            infos = json_format.ParseDict(
                found, SignatureDefMap(), ignore_unknown_fields=True
            )
            return int(answer["model_spec"]["version"]), dict(infos.signature_def)
        except (KeyError, TypeError, ValueError, json_format.ParseError) as error:
            raise UnexpectedResponse(
                f"{self.address} gives no signatures of {name}"
            ) from error

    def predict(self, name, number, signature, info, inputs):
        """Calls a signature; see `GrpcServer.predict`."""
        asked = {key: _plain(value.numpy()) for key, value in inputs.items()}
        answer = self._ask(
            "POST",
            f"{_path(name, number)}:predict",
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
            raise UnexpectedResponse(
                f"{self.address} answers no tensors: {error!r}"
            ) from error

    def _ask(self, verb, path, body=None):
        """Sends a request, again where nobody is there, and reads the answer."""
        # JSON has no NaN, but TF Serving's parser does, and says which row has it.
        text = None if body is None else json.dumps(body)
        deadline = time.monotonic() + self.timeout
        for pause in (*PAUSES, None):
            try:
                reply = self._session().request(
                    verb,
                    f"{self.address}/v1/models/{path}",
                    data=text,
                    headers={"Content-Type": "application/json"},
                    timeout=max(deadline - time.monotonic(), 1e-3),
                )
                return self._read(reply)
            except requests.Timeout as error:
                raise DeadlineExceeded(
                    f"{self.address} did not answer in {self.timeout:g} s"
                ) from error
            except (requests.ConnectionError, Unavailable) as error:
                if pause is None or time.monotonic() + pause > deadline:
                    raise Unavailable(
                        f"{self.address} does not answer: {_reason(error)}"
                    ) from error
            except requests.RequestException as error:
                raise UnexpectedResponse(f"{self.address}: {error}") from error
            time.sleep(pause)

    def _session(self):
        """Returns this thread's session."""
        if not hasattr(self._threads, "session"):
            session = requests.Session()
            session.trust_env = False  # no proxy between a zoo and its server
            session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
            self._threads.session = session
        return self._threads.session

    def _read(self, reply):
        """Returns what an answer holds; turns a status into an error."""
        try:
            answer = json.loads(reply.content)  # UTF-8; `reply.json` guesses otherwise
        except ValueError:
            answer = None
        if isinstance(answer, dict) and reply.ok:
            return answer
        if not isinstance(answer, dict) or not isinstance(answer.get("error"), str):
            raise UnexpectedResponse(
                f"{self.address} must be TF Serving's REST API, and answers "
                f"{reply.status_code}: {reply.text[:200]}"
            )
        said = answer["error"]
        kind = MEANING.get(reply.status_code, UnexpectedResponse)
        if kind is not InvalidInput:
            said = f"{self.address} answers {reply.status_code}: {said}"
        raise kind(said)


def _reason(error):
    """Returns what lies under the layers of errors about a connection."""
    while (inner := error.__context__) is not None:
        error = inner
    return getattr(error, "strerror", None) or error


def _path(name, wanted):
    """Says which model is meant, and which version of it."""
    path = urllib.parse.quote(name, safe="")
    if isinstance(wanted, str):
        return f"{path}/labels/{urllib.parse.quote(wanted, safe='')}"
    return path if wanted is None else f"{path}/versions/{wanted}"


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
