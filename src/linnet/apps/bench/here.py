"""The time of a frame in the engine on this machine: measured, shown beside estimates, never among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linnet.audio.files import read_audio
from linnet.bench.contenders import EngineContender
from linnet.bench.machine import one_core, processor
from linnet.bench.timing import take_turns
from linnet.ir import Program
from linnet.life.estimating import Codes

ROUNDS = 21
CPU_INFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Measured:
    """Microseconds of a frame on one core, caches hot, medians: the network alone, and sound to sound; on what."""

    step_us: float
    hop_us: float
    kernels: str
    processor: str

    @property
    def text(self) -> str:
        """One line for people."""
        return (
            f"measured here, no estimate: {self.step_us:.2f} us a frame in the engine, {self.hop_us:.2f} us sound to "
            f"sound, one core of {self.processor}, {self.kernels}, medians of {ROUNDS} rounds"
        )


def measure_here(model: Path, program: Program, codes: Codes, recording: Path) -> Measured:
    """Time the engine on one channel of a recording and on its codes [frames, in]."""
    hop = program.metadata.front_end.hop
    sound = np.ascontiguousarray(read_audio(recording)[0][:, 0], np.float32)
    frames = len(sound) // hop
    engine = EngineContender(model.read_bytes(), codes[:frames], sound[: frames * hop])
    with one_core():
        times = take_turns({"step": engine.step_in_c, "hop": engine.hop_in_c}, rounds=ROUNDS)
    return Measured(
        times["step"].median_us, times["hop"].median_us, engine.model.kernels, processor(CPU_INFO)
    )
