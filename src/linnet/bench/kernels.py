"""What zeros pay on each instruction set of this machine: dense and sparse networks in the engine, all taking turns.

Minima are compared, since a busy machine only ever adds to a time. How it is shown is the business of apps/bench/.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from linnet.bench.comparison import FRAMES, SEED
from linnet.bench.contenders import EngineContender
from linnet.bench.programs import codes_of, program_of
from linnet.bench.random_network import Shape, noisy_sound, random_network, sound_features
from linnet.bench.timing import Contender, take_turns
from linnet.ir import program_to_bytes
from linnet.runtime import Model
from linnet.runtime.library import ISA_ENVIRONMENT

CODES = 4096
"""Codes of models that are given as files are drawn between plus and minus this."""


@dataclass(frozen=True)
class KernelTime:
    """One network or model on one instruction set: least microseconds of a step, and of a hop from sound to sound."""

    isa: str
    name: str
    step_us: float
    hop_us: float
    hops_per_second: float

    @property
    def ms_per_second(self) -> float:
        """Milliseconds that one second of sound takes."""
        return self.hop_us * self.hops_per_second / 1000.0


def kernel_times(
    isas: Sequence[str],
    shapes: Sequence[Shape],
    models: dict[str, bytes],
    *,
    rounds: int,
    on_round: Callable[[int], None] = lambda done: None,
) -> list[KernelTime]:
    """Time networks of these shapes and these model files on every instruction set, all in one run.

    The result is in the order of `isas`, in each the shapes, then the models.
    """
    networks = {f"k = {one.width:g}, {1 - one.density:.0%} zeros": _network(one) for one in shapes}
    engines: dict[tuple[str, str], EngineContender] = {}
    for isa in isas:
        with chosen(isa):
            engines |= {(isa, name): EngineContender(*network) for name, network in networks.items()}
            engines |= {(isa, name): _model(file) for name, file in models.items()}
    ways: dict[tuple[tuple[str, str], str], Contender] = {}
    for key, engine in engines.items():
        ways[key, "step"], ways[key, "hop"] = engine.step_in_c, engine.hop_in_c
    times = take_turns(ways, rounds=rounds, on_round=on_round)
    return [
        KernelTime(
            *key,
            times[key, "step"].minimum_us,
            times[key, "hop"].minimum_us,
            engine.model.frames_per_second,
        )
        for key, engine in engines.items()
    ]


@contextmanager
def chosen(isa: str) -> Iterator[None]:
    """Models that are opened inside run on this instruction set."""
    before = os.environ.get(ISA_ENVIRONMENT)
    os.environ[ISA_ENVIRONMENT] = isa
    try:
        yield
    finally:
        if before is None:
            del os.environ[ISA_ENVIRONMENT]
        else:
            os.environ[ISA_ENVIRONMENT] = before


def _network(shape: Shape) -> tuple[bytes, np.ndarray, np.ndarray]:
    """File, codes and sound of a random network."""
    sound = noisy_sound(SEED, FRAMES)
    frames = sound_features(sound)[:FRAMES]
    program = program_of(random_network(SEED, shape, frames), frames, name="random")
    return program_to_bytes(program), codes_of(program, frames), sound


def _model(file: bytes) -> EngineContender:
    """A model file on drawn codes and generated sound."""
    info = Model(file).info
    rng = np.random.default_rng(SEED)
    codes = rng.integers(-CODES, CODES + 1, (FRAMES, int(info.input_width))).astype(np.int16)
    return EngineContender(file, codes, np.resize(noisy_sound(SEED, FRAMES), FRAMES * int(info.hop)))
