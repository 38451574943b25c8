"""Which versions TF Serving loads, and what they are called: `serving/models.config`.

Every version in `saved_models/` is loaded. `stable` is the one that callers should ask
for; `canary` is the newest one while it is on trial, and is gone once it is stable.

A running server reads the file again and again, and takes it whole or not at all: a
label that it knows must not move to a version that it has not loaded. Such a label
stays where it is, or away, until the file is written once more. What it has loaded and
which labels it knows the server says, where `ZOO_SERVING` names one; else it is taken
to have done what the file said last.

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


class Obedient:
    """A server that has loaded and labelled what a configuration says.

    Args:
        config: `ModelServerConfig`.
    """

    def __init__(self, config):
        self._models = {model.name: model for model in config.model_config_list.config}

    def has(self, name, version):
        """Whether it has loaded a version of a model."""
        model = self._models.get(name, ModelConfig())
        return version in model.model_version_policy.specific.versions

    def labelled(self, name, label):
        """Returns the version that has a label; None where the label is unknown."""
        return self._models.get(name, ModelConfig()).version_labels.get(label)


def configure(before, stable=(), server=None):
    """Decides what a server loads, given what it has loaded so far.

    Args:
        before: `ModelServerConfig` that was written last; an empty one at first.
        stable: Dictionary of the version to be called stable from now on, by model.
            The others keep theirs; a model without one gets its newest.
        server: `zoo.gallery.running.RunningServer`; by default an `Obedient` one that
            has done what `before` says.

    Returns:
        `ModelServerConfig` that the server accepts.

    Raises:
        ValueError: `stable` names a model or version that is not there, or that the
            server has yet to load; or there is no model.
    """
    stable, server = dict(stable), server or Obedient(before)
    wanted = _stable(before)
    after, root = ModelServerConfig(), artefact.root()
    if not root.is_dir():
        raise ValueError(f"There is no folder {root}; `ZOO_MODELS` names another")
    for name in sorted(path.name for path in root.iterdir()):
        if versions := artefact.versions(name):
            kept, asked = wanted.get(name), stable.pop(name, None)
            model = _model(name, versions, server, kept, asked)
            after.model_config_list.config.append(model)
    if not after.model_config_list.config:  # a server would ignore it
        raise ValueError(f"There is no model in {root}; `ZOO_MODELS` names another")
    if stable:
        name, version = stable.popitem()
        raise ValueError(
            f"`stable` must name models in {root}. {artefact.advice(name)} "
            f"Received: stable={name}={version}"
        )
    return after


def _model(name, versions, server, kept, asked):
    """Decides it for one model.

    Args:
        name: The model's.
        versions: List of the versions that it has on the disk.
        server: See `configure`.
        kept: The version that was stable; None without one.
        asked: The version that is to be stable; None for no other than so far.
    """
    loaded = {version for version in versions if server.has(name, version)}
    labels = {label: server.labelled(name, label) for label in (STABLE, CANARY)}

    def ready(label, version):
        return labels[label] in (None, version) or version in loaded

    if asked is None:
        now = labels[STABLE]
        if kept in versions and (ready(STABLE, kept) or now not in versions):
            asked = kept
        else:  # what was written has not come to pass, or is no more
            asked = now if now in versions else max(loaded or versions)
    elif asked not in versions:
        raise ValueError(
            f"`stable` must be a version that {name} has: {_list(versions)}. "
            f"Received: stable={name}={asked}"
        )
    elif not ready(STABLE, asked):
        raise ValueError(
            "`stable` must be a version that the server has loaded. Of the versions "
            f"of {name} it has {_list(loaded) or 'none'}; the others are loaded once "
            f"the file names them. Received: stable={name}={asked}"
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


def _stable(config):
    """Returns which version of each model a configuration calls stable."""
    return {
        model.name: model.version_labels[STABLE]
        for model in config.model_config_list.config
        if STABLE in model.version_labels
    }


def _list(versions):
    """Spells some versions."""
    return ", ".join(map(str, sorted(versions)))


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


def run(stable=(), file=None, server=None):
    """Brings `serving/models.config` up to date.

    Args:
        stable: See `configure`.
        file: `pathlib.Path`; `FILE` unless given.
        server: See `configure`.

    Returns:
        List of lines: one for each model that changed, and one where it must be done
        once more.

    Raises:
        ValueError: See `configure` and `read`.
        Damaged: A version's files are not those that were written.
    """
    file = file or FILE
    before = read(file)
    after = configure(before, stable, server)
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
    for name, version in _stable(before).items():
        now = _stable(after).get(name, version)
        if now != version and version not in artefact.versions(name):
            lines.append(f"{name}: version {version}, which was stable, is gone")
    if configure(after) != after:
        lines.append("Run it again once the server has loaded these: a label waits.")
    return lines or [f"{file.name} was up to date"]


def _describe(model):
    """Spells a model's versions and their labels: `1 stable, 2 canary, 3`."""
    labels = {version: label for label, version in model.version_labels.items()}
    versions = model.model_version_policy.specific.versions
    return ", ".join(f"{each} {labels.get(each, '')}".rstrip() for each in versions)
