"""What a figure was measured on: processor, system, versions, commit; and the one core that all contenders share."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from linnet.runtime.library import instruction_sets


def machine(cpu_info: Path = Path("/proc/cpuinfo")) -> dict[str, Any]:
    """Everything about this machine that a reader of the figures wants to know, as plain JSON values."""
    return {
        "processor": processor(cpu_info),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "linnet": installed_version(),
        "commit": commit(Path(__file__).parent),
        "instruction_sets": instruction_sets(),
    }


def processor(cpu_info: Path) -> str:
    """The processor's name: from /proc/cpuinfo where there is one, with family and model, which names often hide."""
    try:
        lines = cpu_info.read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    pairs = (line.split(":", 1) for line in reversed(lines) if ":" in line)
    known = {name.strip(): value.strip() for name, value in pairs}
    name = known.get("model name", platform.machine())
    if "cpu family" in known:
        name += f" (family {known['cpu family']}, model {known.get('model', '?')})"
    return name


def installed_version() -> str | None:
    """The version of Linnet as installed; None when it runs from a source tree."""
    try:
        return version("linnet-rnn")
    except PackageNotFoundError:
        return None


def commit(folder: Path) -> str | None:
    """The commit of the checkout that holds this folder, with + where files differ from it; None outside of one."""
    words = ["git", "-C", str(folder), "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


@contextmanager
def one_core() -> Iterator[int | None]:
    """Keep this process, and those it starts, on one core; yield its number, None where the system has no way to."""
    if not hasattr(os, "sched_setaffinity"):
        yield None
        return
    before = os.sched_getaffinity(0)
    core = max(before)  # the first one is where systems like to put their own work
    os.sched_setaffinity(0, {core})
    try:
        yield core
    finally:
        os.sched_setaffinity(0, before)
