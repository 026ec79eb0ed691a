"""Exported models on an emulated Cortex-M, for tests: built and run by the Makefile of engine/ports/cortex_m."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from linnet.audio.files import read_audio
from linnet.compiler.flash import Choice, choose
from linnet.compiler.to_c import program_to_c
from linnet.ir import Program
from tests.source_tree import ROOT

PORT = ROOT / "engine" / "ports" / "cortex_m"
CORES = ("m4f", "m7", "m55")
TOOLS = ("make", "arm-none-eabi-gcc", "qemu-system-arm")
SECONDS = 2.0

needs_emulator = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS),
    reason=f"{', '.join(TOOLS)} are needed: apt install gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm",
)

Report = dict[str, int]


def sound() -> np.ndarray:
    """Real noisy speech: the middle of a clip that ships."""
    audio, rate_hz = read_audio(ROOT / "examples" / "noisy" / "fan.wav")
    assert rate_hz == 16000
    return np.ascontiguousarray(audio[16000 : 16000 + round(SECONDS * rate_hz), 0])


class Emulated:
    """Exported programs on one core."""

    def __init__(self, core: str, folder: Path) -> None:
        self.core = core
        self.folder = folder

    def run(
        self,
        program: Program,
        *,
        choice: Choice = choose,
        limits: str = "",
        codes: np.ndarray | None = None,
        clip: np.ndarray | None = None,
    ) -> Report:
        """Export, compile, clean the clip; outputs are left in the folder. Returns what the port reports."""
        exported = self.folder / "exported"
        exported.mkdir(parents=True, exist_ok=True)
        files = program_to_c(program, "model", choice=choice)
        (exported / "model.c").write_text(files.source, "utf-8")
        (exported / "model.h").write_text(files.header, "utf-8")
        (sound() if clip is None else clip).tofile(self.folder / "in.f32")
        if codes is not None:
            codes.tofile(self.folder / "codes.i16")
        words = ["make", "-C", PORT, "emulate", f"CORE={self.core}", f"LIMITS={limits}"]
        words += [f"EXPORTED={exported}", f"BUILD={self.folder}", f"PYTHON={sys.executable}"]
        done = subprocess.run(
            [str(word) for word in words], capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        lines = [line.split() for line in done.stdout.splitlines()]
        report = {
            words[0]: int(words[1])
            for words in lines
            if len(words) == 2 and words[1].isascii() and words[1].isdigit()
        }
        layouts = Counter(matrix.layout.value for matrix in files.matrices)
        print(
            f"\n{self.core}, {program.metadata.name}, {dict(layouts)}: {report}"
        )  # pytest -s shows the figures
        return report

    def samples(self) -> np.ndarray:
        return np.fromfile(self.folder / "out.f32", np.float32)

    def gains(self, program: Program) -> np.ndarray:
        return np.fromfile(self.folder / "gains.i16", np.int16).reshape(-1, program.output_width)
