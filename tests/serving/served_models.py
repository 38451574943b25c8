"""What the stand-in for TF Serving answers with; see `tests.serving.stand_in`."""

import grpc
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis.get_model_metadata_pb2 import (
    GetModelMetadataResponse,
    SignatureDefMap,
)
from tensorflow_serving.apis.get_model_status_pb2 import (
    GetModelStatusResponse,
    ModelVersionStatus,
)

DEFAULT = "serving_default"
CODES = {code.value[0]: code for code in grpc.StatusCode}


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
        numbers = [each for each in self._there(name) if self.loaded(name, each)]
        if label is not None:
            version = self.labels.get(name, {}).get(label)
            if version is None:  # server_core.cc, GetModelVersionForLabel
                raise invalid(f"Unrecognized servable version label: {label}")
        if not numbers or version not in (None, *numbers):
            # core/basic_manager.cc, GetUntypedServableHandle; core/manager.h
            exact = f"Specific({name}, {version})"
            wanted = f"Latest({name})" if version is None else exact
            message = f"Servable not found for request: {wanted}"
            raise Status(grpc.StatusCode.NOT_FOUND, message)
        number = version or max(numbers)
        if (name, number) not in self._opened:
            self._opened[name, number] = opened(folder / str(number))
        return (number, *self._opened[name, number])

    def status(self, name, version=None):
        """Tells what has become of its versions; see get_model_status_impl.cc."""
        numbers = self._there(name)
        if version is not None:
            numbers = [each for each in numbers if each == version]
            sought = f"version {version} of"
        else:
            sought = "any versions of"
        if not numbers:
            raise Status(
                grpc.StatusCode.NOT_FOUND, f"Could not find {sought} model {name}"
            )
        response = GetModelStatusResponse()
        for number in numbers:
            state = "AVAILABLE" if self.loaded(name, number) else "END"
            response.model_version_status.add(
                version=number, state=ModelVersionStatus.State.Value(state), status={}
            )
        return response

    def _there(self, name):
        """Numbers of the versions that a model has on the disk, the newest first."""
        there = [int(path.name) for path in (self.root / name).glob("[0-9]*")]
        return sorted(there, reverse=True)

    def loaded(self, name, number):
        """Whether a version answers."""
        return name not in self.lost and (name, number) not in self.unloaded

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


def metadata(name, number, model, signatures):
    """Makes the answer of both APIs."""
    response = GetModelMetadataResponse()
    response.model_spec.name = name
    response.model_spec.version.value = number
    found = SignatureDefMap(signature_def=signatures)
    response.metadata["signature_def"].Pack(found)
    return response
