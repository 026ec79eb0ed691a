"""Instructions of one frame: by the processor's own counter where Linux lets us read it, else by valgrind.

The counter (`perf stat`) counts whole processes, so two runs of different lengths are subtracted. Valgrind's callgrind
counts inside the engine's functions alone, exactly and the same every time, but knows no AVX-512: the engine then
takes AVX2, which the count says.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from linnet.bench.guests import ONE_THREAD

FUNCTIONS = {"step": ("ln_node_run",), "hop": ("ln_node_run", "ln_stft_analyze", "ln_stft_synthesize")}
"""Where the engine spends a frame; between them it only copies codes."""

PERF_FRAMES = (1_000, 101_000)
VALGRIND_FRAMES = 20


class CountingRefused(RuntimeError):
    """Nothing here can count instructions."""


@dataclass(frozen=True)
class Count:
    """Instructions of one frame, who counted them, and which instruction set the engine chose meanwhile."""

    instructions: float
    counted_by: str
    isa: str


def count_instructions(model: Path, inputs: Path, what: str) -> Count:
    """Instructions of one frame of a model file; `what` is step or hop, `inputs` as frames.py reads them.

    Raises:
        CountingRefused: there is neither a counter nor valgrind.
    """
    counted = _by_perf(model, inputs, what)
    if counted is None:
        counted = _by_valgrind(model, inputs, what)
    if counted is None:
        raise CountingRefused(
            "instructions cannot be counted here: `perf stat -e instructions:u true` finds no counter, as on most "
            "virtual machines, and valgrind is not installed or finds none of the engine's functions; install valgrind."
        )
    return counted


def _command(model: Path, inputs: Path, what: str, frames: int) -> list[str]:
    return [sys.executable, "-m", "linnet.bench.frames", str(model), str(inputs), what, str(frames)]


def _by_perf(model: Path, inputs: Path, what: str) -> Count | None:
    if shutil.which("perf") is None:
        return None
    counts = []
    for frames in PERF_FRAMES:
        words = ["perf", "stat", "-x", ",", "-e", "instructions:u", *_command(model, inputs, what, frames)]
        done = _run(words)
        found = re.search(r"^(\d+),[^,]*,instructions:u", done.stderr, flags=re.MULTILINE)
        if done.returncode != 0 or found is None:
            return None
        counts.append(int(found.group(1)))
    return Count(
        (counts[1] - counts[0]) / (PERF_FRAMES[1] - PERF_FRAMES[0]), "perf stat", done.stdout.strip()
    )


def _by_valgrind(model: Path, inputs: Path, what: str) -> Count | None:
    if shutil.which("valgrind") is None:
        return None
    watched = [f"--toggle-collect={name}" for name in FUNCTIONS[what]]
    words = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *watched]
    done = _run([*words, *_command(model, inputs, what, VALGRIND_FRAMES)])
    found = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
    if done.returncode != 0 or found is None or int(found.group(1)) == 0:
        return None
    return Count(int(found.group(1)) / VALGRIND_FRAMES, "valgrind", done.stdout.strip())


def _run(words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False)
