"""What this machine is, for the cards."""

import os
import platform


def hardware():
    """Names the processor and the number of cores it lends.

    Returns:
        For example `"AMD EPYC, 2 cores"`.
    """
    name = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            models = [line for line in file if line.startswith("model name")]
        name = models[0].split(":")[1].strip() if models else name
    return f"{name}, {cores()} cores"


def cores():
    """Counts the processor's cores that this process may use."""
    lent = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0)
    return len(lent)
