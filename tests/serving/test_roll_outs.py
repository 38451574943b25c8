"""Versions come, go and become stable: a running server accepts what is written."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serving.publishing import NAME, labels, publish
from tests.serving.server_core import Server
from zoo import artefact, serving

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
