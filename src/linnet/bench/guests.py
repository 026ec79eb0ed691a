"""The benchmark's network in other runtimes: which there are, and a process of its own for each, asked over a pipe.

What happens in such a process is the business of peers/. A guest that is not installed is `GuestMissing`, one that
breaks `GuestFailed`, and one whose answers are not the network's is never timed.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.bench.network import Real

READY_SECONDS = 300.0
"""Longer than any guest takes to compile the network."""

FLOAT_ERROR, INT8_ERROR = 0.1, 0.75
"""Largest root mean square of a guest's error, over that of the gains around their mean.

Complex ReLU jumps where a real part passes 0, so rounding is seen larger than it is: floats come to 1e-6, or to 0.02
where one real part of thousands lies so near 0 that its sign is lost; 8-bit activations come to 0.5 after a second. A
guest that computes something else comes to 1 and more.
"""


class GuestMissing(Exception):
    """The guest, or something it needs, is not installed."""


class GuestFailed(Exception):
    """The guest is there and does not do what it should."""


@dataclass(frozen=True)
class Guest:
    """One way to run the network elsewhere."""

    name: str
    runtime: str
    module: str
    variant: str
    bits: int = 32
    """Of the weights in its products."""

    sparse: bool = False
    """Whether it is given the pruned network; the others get the dense one."""

    @property
    def error_limit(self) -> float:
        """What its answers may be off."""
        return FLOAT_ERROR if self.bits == 32 else INT8_ERROR


GUESTS = (
    Guest("NumPy float32", "numpy", "numpy_step", "float"),
    Guest("JAX float32, jitted", "jax", "jax_step", "jit"),
    Guest("PyTorch float32, frozen", "torch", "torch_step", "frozen"),
    Guest("PyTorch float32, AOTInductor", "torch", "torch_step", "ahead"),
    Guest("PyTorch int8, dynamic", "torch", "torch_step", "int8", bits=8),
    Guest("ONNX Runtime float32", "onnxruntime", "onnxruntime_step", "float"),
    Guest("ONNX Runtime int8, dynamic", "onnxruntime", "onnxruntime_step", "dynamic", bits=8),
    Guest("ONNX Runtime int8, static", "onnxruntime", "onnxruntime_step", "static", bits=8),
    Guest("OpenVINO float32", "openvino", "openvino_step", "float"),
    Guest("OpenVINO int8, static", "openvino", "openvino_step", "static", bits=8),
    Guest("LiteRT float32", "litert", "litert_step", "float"),
    Guest("LiteRT int8, dynamic", "litert", "litert_step", "int8", bits=8),
    Guest("SciPy float32, sparse rows", "scipy", "scipy_step", "csr", sparse=True),
    Guest("PyTorch float32, sparse rows", "torch", "torch_step", "csr", sparse=True),
)

RUNTIMES = tuple(dict.fromkeys(guest.runtime for guest in GUESTS))

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class GuestProcess:
    """A guest at work: started, checked, and ready to be timed."""

    def __init__(self, guest: Guest, model: Path) -> None:
        """Start the guest on a network file (network.py: save) and wait until it has answered for every frame.

        Raises:
            GuestMissing: it is not installed.
            GuestFailed: it broke.
        """
        self.guest = guest
        self._process = subprocess.Popen(
            [sys.executable, "-m", "linnet.bench.peers.serving", guest.module, str(model), guest.variant],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
            env=os.environ | ONE_THREAD,
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        try:
            said = self._hear()
        except BaseException:
            self.close()
            raise
        if "ready" not in said:
            self.close()
            if "missing" in said:
                raise GuestMissing(said["missing"])
            raise GuestFailed(said.get("failed", "it said something else than it should"))
        self.versions: dict[str, str] = said["versions"]
        self.answers: NDArray[np.float64] = np.array(said["answers"])

    def check(self, meaning: Real) -> float:
        """Compare its answers with the network's meaning [frames, bins]; return how far off they are.

        Raises:
            GuestFailed: further than `error_limit`, so that its time would be that of something else.
        """
        error = relative_error(self.answers, meaning)
        if not error <= self.guest.error_limit:
            raise GuestFailed(
                f"its answers are off by {error:.3g} of the gains' spread, more than {self.guest.error_limit:g}, so "
                "it computes something else and was not timed"
            )
        return error

    def hot(self, calls: int) -> float:
        """Seconds of `calls` calls, one behind the other."""
        return self._ask(calls=calls)

    def cold(self, size_bytes: int) -> float:
        """Seconds of one call after other memory of this size was read."""
        return self._ask(cold=size_bytes)

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._process.kill()
        self._process.wait()

    def _ask(self, **what: int) -> float:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise GuestFailed("it ended by itself while it was being timed") from None
        return float(self._hear()["seconds"])

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        limit = Timer(READY_SECONDS, self._process.kill)
        limit.start()
        try:
            line = self._process.stdout.readline()
        finally:
            limit.cancel()
        if not line:
            raise GuestFailed("it ended by itself, or took longer than five minutes")
        said = json.loads(line)
        if not isinstance(said, dict):
            raise GuestFailed("it said something else than it should")
        return said


def relative_error(answers: Real, meaning: Real) -> float:
    """Root mean square of the difference over that of the meaning around its mean; infinite for other shapes."""
    if answers.shape != meaning.shape:
        return float("inf")
    return float(np.sqrt(np.square(answers - meaning).mean()) / meaning.std())
