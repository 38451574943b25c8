"""Scripts in a process of their own: what is imported there, what memory they take."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
# Before what is measured, and after it; `grown` megabytes are printed last.
BEFORE = """
import resource
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
"""
AFTER = """
print("grown", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def run(script, folder=ROOT):
    """Runs a script in a process of its own, in the folder; what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def growth(prepare, work, folder=ROOT):
    """Measures by how much the most memory in use grows while a script works.

    Args:
        prepare: Script; what it imports and warms up is not counted.
        work: Script that is measured.
        folder: Where both run.

    Returns:
        Pair of what the scripts printed, and megabytes.
    """
    script = "\n".join([prepare, BEFORE, work, AFTER])
    printed, _, grown = run(script, folder).rpartition("grown")
    return printed, int(grown)
