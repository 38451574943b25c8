"""The guards of tests/conftest.py hold."""

import os
import pathlib
import socket
import subprocess
import sys

import pytest

CONFTEST = pathlib.Path(__file__).with_name("conftest.py")

REFUSED = "must not use the network"


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 80)])
@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_connection_to_another_machine_is_refused(method, address):
    with (
        socket.socket() as opened,
        pytest.raises(pytest.fail.Exception, match=REFUSED),
    ):
        getattr(opened, method)(address)


def test_an_ipv6_connection_to_another_machine_is_refused():
    with (
        socket.socket(socket.AF_INET6) as opened,
        pytest.raises(pytest.fail.Exception, match=REFUSED),
    ):
        opened.connect(("2001:db8::1", 80))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_connection_to_this_machine_is_made(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = (host, server.getsockname()[1])
        with socket.socket() as opened:
            opened.connect(address)
            assert opened.getpeername()[0] == "127.0.0.1"


def test_the_build_folder_of_a_test_is_its_own(zoo_build):
    assert os.environ["ZOO_BUILD"] == str(zoo_build)
    assert "ZOO_MIRROR" not in os.environ


def run_pytest(folder, **environment):
    """Runs pytest on `folder` in another process; returns its closing line."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CONFTEST.parents[1]), **environment},
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()[-1]


def test_a_skip_is_a_failure_where_the_environment_says_so(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "test_skips.py").write_text(
        "import pytest\n"
        "def test_a_missing_oracle():\n"
        "    pytest.importorskip('no_such_module')\n"
        "def test_a_known_fault():\n"
        "    pytest.xfail('known')\n"
        "def test_sound():\n"
        "    pass\n"
    )
    allowed = run_pytest(tmp_path, ZOO_NO_SKIPS="")
    assert "1 passed, 1 skipped, 1 xfailed" in allowed
    forbidden = run_pytest(tmp_path, ZOO_NO_SKIPS="1")
    assert "1 failed, 1 passed, 1 xfailed" in forbidden


def test_a_whole_file_skipped_is_an_error_where_the_environment_says_so(tmp_path):
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "test_file.py").write_text(
        "import pytest\npytest.importorskip('no_such_module')\n"
    )
    assert "1 skipped" in run_pytest(tmp_path, ZOO_NO_SKIPS="")
    assert "1 error" in run_pytest(tmp_path, ZOO_NO_SKIPS="1")


def test_make_test_collects_the_peers_file_where_torch_is_missing():
    # pytest ends with 5 where it collected no test and met no error.
    script = (
        "import sys, pytest; sys.modules['torch'] = None; "
        "sys.exit(pytest.main(sys.argv[1:]))"
    )
    options = ["--collect-only", "-q", "-p", "no:cacheprovider"]
    options += ["-m", "not peers and not artefacts"]
    done = subprocess.run(
        [sys.executable, "-c", script, *options, "layers/test_recurrent_peers.py"],
        cwd=CONFTEST.parent,
        env={**os.environ, "ZOO_NO_SKIPS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout
    assert "9 deselected" in done.stdout
