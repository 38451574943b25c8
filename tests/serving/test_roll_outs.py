"""Versions come, go and become stable: a running server accepts what is written."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serving.publishing import NAME, labels, publish
from zoo import artefact, serving


class Refused(Exception):
    """A server keeps the configuration that it has."""


class Server:
    """What TF Serving does with a configuration, and with what is on its disk.

    After ReloadConfig, UpdateModelVersionLabelMap (server_core.cc) with
    --allow_version_labels_for_unavailable_models, and PollFileSystemForServable
    (file_system_storage_path_source.cc) with the policy `specific`. Nothing is loaded
    until it polls.
    """

    def __init__(self, root):
        self.root = root
        self.loaded = {}
        self.labels = {}
        self.policy = {}

    def reload(self, config):
        """Takes a configuration, or refuses it."""
        fresh = {}
        for model in config.model_config_list.config:
            for label, version in model.version_labels.items():
                had = self.labels.get(model.name, {}).get(label, version)
                there = version in self.loaded.get(model.name, ())
                if had != version and not there:
                    raise Refused(f"{model.name}: {label} to {version}")
                fresh.setdefault(model.name, {})[label] = version
        self.labels = fresh
        self.policy = {
            model.name: set(model.model_version_policy.specific.versions)
            for model in config.model_config_list.config
        }

    def has(self, name, version):
        """As `zoo.gallery.running.RunningServer`."""
        return version in self.loaded.get(name, ())

    def labelled(self, name, label):
        """As `zoo.gallery.running.RunningServer`."""
        return self.labels.get(name, {}).get(label)

    def poll(self):
        """Loads and unloads what the disk and the configuration ask for."""
        for name, wanted in self.policy.items():
            there = {int(path.name) for path in (self.root / name).glob("[0-9]*")}
            # Without any version to serve, what is loaded stays.
            self.loaded[name] = wanted & there or self.loaded.get(name, set())


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["publish", "delete", "stable", "write", "poll"]), st.integers()
    ),
    max_size=14,
)


def make_stable(version, file, view):
    """Moves `stable`, or sees that it must not move."""
    before = view or serving.Obedient(serving.read(file))
    known = before.labelled(NAME, "stable")
    if known in (None, version) or before.has(NAME, version):
        serving.run({NAME: version}, file, view)
        assert labels(file)["stable"] == version
    else:
        with pytest.raises(ValueError, match="version that the server has"):
            serving.run({NAME: version}, file, view)


@pytest.mark.parametrize("asked", [False, True])
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_a_running_server_accepts_whatever_is_written(root, file, asked, steps):
    # Asked, the server may be slow; else it is taken to have done what it was told.
    shutil.rmtree(root)
    root.mkdir()
    publish("tag-en-rnn")  # there is a model at all times
    file.unlink(missing_ok=True)
    server = Server(root)
    view = server if asked else None
    for step, number in steps:
        there = artefact.versions(NAME)
        if step == "publish":
            publish()
        elif step == "delete" and there:
            shutil.rmtree(root / NAME / str(there[number % len(there)]))
        elif step == "stable" and there:
            make_stable(there[number % len(there)], file, view)
        elif step == "write":
            serving.run((), file, view)
        if file.exists():
            server.reload(serving.read(file))
        if step == "poll" or not asked:
            server.poll()
    for _ in range(2):  # what had to wait for the server is there the second time
        server.poll()
        serving.run((), file, view)
        server.reload(serving.read(file))
    server.poll()
    there = artefact.versions(NAME)
    if there:
        found = server.labels[NAME]
        assert server.policy[NAME] == set(there)
        newest = {"canary": there[-1]} if there[-1] > found["stable"] else {}
        assert found == {"stable": found["stable"], **newest}
    assert serving.run((), file, view) == ["models.config was up to date"]
