"""Exported C, compiled for this machine with the sanitizer of undefined behaviour, and called from Python."""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest

from linnet.compiler.amalgamate import ENGINE_FILES, engine_folder
from linnet.compiler.flash import Choice, Layout
from linnet.compiler.to_c import CFiles

COMPILER = shutil.which(os.environ.get("CC", "cc"))
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
EXACT = ["-O2", "-ffp-contract=off", "-fno-math-errno"]
CHECKED = ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"]
FENCE = 0x5A  # around every buffer: a write outside is seen
FENCE_BYTES = 64

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler: apt install gcc")


def always(layout: Layout) -> Choice:
    """The layout of every matrix, whatever its weights."""
    return lambda weight, activity: layout


def compiled(sources: list[Path], target: Path, *flags: str) -> Path:
    """Run the compiler; every warning is an error."""
    words = [
        COMPILER,
        *STRICT,
        *EXACT,
        *CHECKED,
        "-fPIC",
        "-I",
        engine_folder(),
        *flags,
        *sources,
        "-o",
        target,
    ]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@cache
def engine_objects() -> tuple[Path, ...]:
    """The engine of microcontrollers for this machine, compiled once."""
    folder = Path(mkdtemp(prefix="linnet_engine_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return tuple(
        compiled([engine_folder() / name], folder / f"{Path(name).name}.o", "-c") for name in ENGINE_FILES
    )


def compile_exported(files: CFiles, folder: Path, *, engine: bool = True) -> Path:
    """A shared library of model.c, beside the engine or, where its text holds it, alone."""
    (folder / "model.h").write_text(files.header, "utf-8")
    (folder / "model.c").write_text(files.source, "utf-8")
    sources = [folder / "model.c", *(engine_objects() if engine else ())]
    return compiled(sources, folder / "model.so", "-shared")


class Fenced:
    """Memory with fences on both sides, filled with rubbish."""

    def __init__(self, size: int) -> None:
        self.all = np.full(size + 2 * FENCE_BYTES, FENCE, np.uint8)
        self.inside = self.all[FENCE_BYTES : FENCE_BYTES + size]

    @property
    def pointer(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(self.inside.ctypes.data)

    def check(self) -> None:
        assert (self.all[:FENCE_BYTES] == FENCE).all()
        assert (self.all[-FENCE_BYTES:] == FENCE).all()


class Exported:
    """One stream of a compiled model."""

    def __init__(self, library: Path, files: CFiles) -> None:
        self._library = ctypes.CDLL(str(library))
        self._state = Fenced(files.state_bytes)
        self._library.model_init(self._state.pointer)

    def run(self, codes: np.ndarray, outputs: int) -> np.ndarray:
        """Frames of codes [frames, in] through model_run: [frames, out]."""
        target = Fenced(2 * outputs)
        result = np.empty((len(codes), outputs), np.int16)
        for frame, row in enumerate(codes):
            source = np.ascontiguousarray(row)
            self._library.model_run(self._state.pointer, ctypes.c_void_p(source.ctypes.data), target.pointer)
            result[frame] = target.inside.view(np.int16)
        target.check()
        self._state.check()
        return result

    def denoise(self, samples: np.ndarray, hop: int) -> np.ndarray:
        """Whole hops of samples through model_denoise, each over its own input."""
        hops = Fenced(4 * hop)
        result = np.empty(len(samples), np.float32)
        for first in range(0, len(samples), hop):
            hops.inside.view(np.float32)[:] = samples[first : first + hop]
            self._library.model_denoise(self._state.pointer, hops.pointer, hops.pointer)
            result[first : first + hop] = hops.inside.view(np.float32)
        hops.check()
        self._state.check()
        return result

    def listen(self, samples: np.ndarray, hop: int, outputs: int) -> np.ndarray:
        """Whole hops of samples through model_listen: codes [frames, out]."""
        target = Fenced(2 * outputs)
        result = np.empty((len(samples) // hop, outputs), np.int16)
        for frame in range(len(result)):
            source = np.ascontiguousarray(samples[frame * hop : (frame + 1) * hop])
            self._library.model_listen(
                self._state.pointer, ctypes.c_void_p(source.ctypes.data), target.pointer
            )
            result[frame] = target.inside.view(np.int16)
        target.check()
        self._state.check()
        return result

    def set_min_gain(self, gain: float) -> None:
        """The first member of the struct."""
        self._state.inside[:4].view(np.float32)[0] = gain
