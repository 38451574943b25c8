"""Which versions TF Serving loads, and what they are called: `serving/models.config`.

Every version in `saved_models/` is loaded. `stable` is the one that callers should ask
for; `canary` is the newest one while it is on trial, and is gone once it is stable.

A running server reads the file again and again, and takes it whole or not at all: a
label that it knows must not move to a version that it has not loaded. Such a label
stays where it is, or away, until the file is written once more. What it has loaded the
server says, where `ZOO_SERVING` names one; else it is taken to have loaded what the
file named last.

Reference: https://www.tensorflow.org/tfx/serving/serving_config and
`ServerCore::UpdateModelVersionLabelMap` in TF Serving's `server_core.cc`.
"""

import os
import pathlib

from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import (
    ModelConfig,
    ModelServerConfig,
)

from zoo import arrays, artefact

FILE = pathlib.Path(__file__).resolve().parent.parent / "serving" / "models.config"
MODELS = "/models"  # where serving/compose.yaml puts saved_models/
STABLE, CANARY = "stable", "canary"
HEAD = "# Written by `python -m zoo serving` from what is in saved_models/.\n"


def configure(before, stable=(), has=None):
    """Decides what a server loads, given what it has loaded so far.

    Args:
        before: `ModelServerConfig` that it runs with; an empty one before its start.
        stable: Dictionary of the version to be called stable from now on, by model.
            The others keep theirs; a model without one gets its newest.
        has: Function of a model's name and a version's number: whether the server has
            loaded it. Unless given, it has loaded what `before` names.

    Returns:
        `ModelServerConfig` that the server accepts.

    Raises:
        ValueError: `stable` names a model or version that is not there, or that the
            server has yet to load.
    """
    stable, has = dict(stable), has or _names(before)
    known = {model.name: model for model in before.model_config_list.config}
    after = ModelServerConfig()
    for name in sorted(path.name for path in artefact.root().iterdir()):
        if versions := artefact.versions(name):
            loaded = {version for version in versions if has(name, version)}
            had = known.get(name) or ModelConfig()
            model = _model(name, versions, loaded, had, stable.pop(name, None))
            after.model_config_list.config.append(model)
    if stable:
        name, version = stable.popitem()
        raise ValueError(
            f"`stable` must name models in {artefact.root()}. "
            f"Received: stable={name}={version}"
        )
    return after


def _names(config):
    """Makes the function that says whether a configuration names a version."""
    named = {
        (model.name, version)
        for model in config.model_config_list.config
        for version in model.model_version_policy.specific.versions
    }
    return lambda name, version: (name, version) in named


def loaded_at(address):
    """Makes the function that asks a server whether it has loaded a version.

    Args:
        address: Of the server, as in `ZOO_SERVING`.

    Returns:
        Function of a model's name and a version's number. It raises Unavailable,
        DeadlineExceeded and UnexpectedResponse; see `zoo.gallery.served.ServedModel`.

    Raises:
        ValueError: It is no address.
    """
    from zoo.gallery import served

    server, _ = served.connect(address, served.timeout())

    def has(name, version):
        try:
            server.describe(name, version)
        except artefact.NotFound:
            return False
        return True

    return has


def _model(name, versions, loaded, before, asked):
    """Decides it for one model, of whose versions some are loaded."""
    labels = dict(before.version_labels)

    def ready(label, version):
        return label not in labels or labels[label] == version or version in loaded

    if asked is None:
        kept = labels.get(STABLE)
        asked = kept if kept in versions else max(loaded or versions)
    elif asked not in versions or not ready(STABLE, asked):
        there = loaded if asked in versions else versions
        raise ValueError(
            f"`stable` must be a version that {name} has and the server has loaded: "
            f"{', '.join(map(str, sorted(there)))}; after `python -m zoo serving` it "
            f"loads the others. Received: stable={name}={asked}"
        )
    model = ModelConfig(name=name, base_path=f"{MODELS}/{name}")
    model.model_platform = "tensorflow"
    model.model_version_policy.specific.versions.extend(versions)
    if ready(STABLE, asked):
        model.version_labels[STABLE] = asked
    trial = max(versions)
    if not ready(CANARY, trial):
        trial = labels[CANARY]
    if trial in versions and trial > asked:
        model.version_labels[CANARY] = trial
    return model


def read(file=FILE):
    """Reads a configuration.

    Args:
        file: `pathlib.Path`.

    Returns:
        `ModelServerConfig`; empty where there is no such file.

    Raises:
        ValueError: It is not one.
    """
    config = ModelServerConfig()
    if file.exists():
        try:
            text_format.Parse(file.read_text("utf-8"), config)
        except text_format.ParseError as error:
            raise ValueError(f"{file} is no ModelServerConfig: {error}") from error
    return config


def write(config, file=FILE):
    """Writes a configuration, whole or not at all.

    Args:
        config: `ModelServerConfig`.
        file: `pathlib.Path`.
    """
    partial = arrays.partial_of(file)
    try:
        partial.write_text(HEAD + text_format.MessageToString(config), "utf-8")
        os.replace(partial, file)
    finally:
        partial.unlink(missing_ok=True)


def run(stable=(), file=FILE, has=None):
    """Brings `serving/models.config` up to date.

    Args:
        stable: See `configure`.
        file: `pathlib.Path`.
        has: See `configure`.

    Returns:
        List of lines: one for each model that changed, and one where it must be done
        once more.

    Raises:
        ValueError: See `configure` and `read`.
        Damaged: A version's files are not those that were written.
    """
    before = read(file)
    after = configure(before, stable, has)
    for model in after.model_config_list.config:
        for version in model.model_version_policy.specific.versions:
            artefact.verify(artefact.root() / model.name / str(version))
    write(after, file)
    known = {model.name: model for model in before.model_config_list.config}
    changed = [
        f"{model.name}: {_describe(model)}"
        for model in after.model_config_list.config
        if known.pop(model.name, None) != model
    ]
    lines = changed + [f"{name}: no version is left" for name in known]
    if configure(after) != after:
        lines.append("Run it again once the server has loaded these: a label waits.")
    return lines or [f"{file.name} was up to date"]


def _describe(model):
    """Spells a model's versions and their labels: `1 stable, 2 canary, 3`."""
    labels = {version: label for label, version in model.version_labels.items()}
    versions = model.model_version_policy.specific.versions
    return ", ".join(f"{each} {labels.get(each, '')}".rstrip() for each in versions)
