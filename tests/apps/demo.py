"""The demo in a process of its own, and the Chromium that visits it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium", path=f"{os.environ.get('PATH', '')}:/usr/bin")
QUIET = (
    "--no-sandbox --disable-dev-shm-usage --disable-gpu --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
PATIENCE = 180  # seconds for TensorFlow to start on a busy machine


@contextlib.contextmanager
def running(log, server=None):
    """Serves the demo from the repository's root until the block ends.

    Args:
        log: `pathlib.Path` of the file for what it says.
        server: Address of the server that answers, as in `ZOO_SERVING`; by default the
            models answer in the demo's own process, whatever that says.

    Yields:
        Pair of its address, for example `"http://127.0.0.1:8501"`, and its process.

    Raises:
        RuntimeError: It does not answer; with its log.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = [
        "--server.headless=true",
        "--server.address=127.0.0.1",
        f"--server.port={port}",
        "--browser.gatherUsageStats=false",
        "--server.fileWatcherType=none",
    ]
    asked = {"ZOO_SERVING": server or ""}
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "apps/home.py", *flags],
            cwd=ROOT,
            env=os.environ | asked,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/_stcore/health", server, log)
        yield address, server
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(url, server, log):
    """Returns when the server answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.3)
    said = log.read_text(errors="replace")
    raise RuntimeError(f"the demo does not answer:\n{said}")


@contextlib.contextmanager
def browsing():
    """Starts Chromium; yields Playwright's browser."""
    from playwright import sync_api

    with (
        sync_api.sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET) as browser,
    ):
        yield browser
