"""Versions that hold no model, and the labels that a configuration gives them."""

from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from zoo import artefact

NAME = "tag-en-gru"


def publish(name=NAME):
    """Publishes another version, with one file."""
    with artefact.publishing(name) as folder:
        (folder / "saved_model.pb").write_bytes(b"graph")


def labels(file, name=NAME):
    """The labels of a model in a configuration."""
    config = text_format.Parse(file.read_text("utf-8"), ModelServerConfig())
    (found,) = [each for each in config.model_config_list.config if each.name == name]
    return dict(found.version_labels)
