"""What every test stands on: no GPU, no network, no build folder but its own."""

import ipaddress
import os
import socket

# Before anything imports TensorFlow or Keras, which read them once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import pytest  # noqa: E402

pytest_plugins = [
    "tests.small_captioners",
    "tests.small_sentiment",
    "tests.small_taggers",
    "tests.small_translators",
    "tests.small_writers",
]

INTERNET = (socket.AF_INET, socket.AF_INET6)


def is_loopback(address):
    """Whether a socket address, as given to `connect`, stays on this machine."""
    host = address[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name: looking it up would already use the network
        return host == "localhost"


@pytest.fixture(autouse=True, scope="session")
def no_network():
    """Fails a test that opens a connection to another machine."""

    def guarded(connect):
        def connect_here(self, address):
            if self.family in INTERNET and not is_loopback(address):
                # Not an OSError: code that retries or reports one would hide it.
                pytest.fail(f"A test must not use the network. Received: {address!r}")
            return connect(self, address)

        return connect_here

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
        yield


@pytest.fixture
def zoo_build(tmp_path, monkeypatch):
    """An empty build folder, and no mirror, for the code under test."""
    monkeypatch.setenv("ZOO_BUILD", str(tmp_path))
    monkeypatch.delenv("ZOO_MIRROR", raising=False)
    return tmp_path


def fail_if_skipped(report):
    """Where `ZOO_NO_SKIPS` is set, as in .ci/run, turns a skip into a failure."""
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason = report.longrepr
        if isinstance(reason, tuple):
            reason = reason[-1]
        report.longrepr = f"ZOO_NO_SKIPS forbids this. {reason}"
    return report


if os.environ.get("ZOO_NO_SKIPS"):

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport():
        return fail_if_skipped((yield))

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report():
        return fail_if_skipped((yield))
