"""How many streams one core denoises in real time: streams together in one call, all contenders taking turns.

Minima are told, since a busy machine only ever adds to a time. How it is shown is the business of apps/bench/.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from linnet.bench.comparison import SEED
from linnet.bench.kernels import chosen
from linnet.bench.random_network import noisy_sound
from linnet.bench.timing import Contender, take_turns
from linnet.runtime import Model
from linnet.runtime.batch import Together
from linnet.runtime.session import EngineSession

FRAMES = 32
"""Hops of each stream in a call."""


@dataclass(frozen=True)
class StreamsTime:
    """One model on one instruction set: least microseconds of a hop of one stream, so many being denoised together."""

    isa: str
    name: str
    together: int
    hop_us: float
    hops_per_second: float

    @property
    def streams_per_core(self) -> float:
        """Streams that one core denoises as fast as their sound comes."""
        return 1e6 / (self.hop_us * self.hops_per_second)


class StreamsContender:
    """Streams of one model in one call, each with generated sound of its own, in place."""

    def __init__(self, file: bytes, together: int) -> None:
        self.model = Model(file)
        length = FRAMES * int(self.model.info.hop)
        self._streams = Together([EngineSession(self.model) for _ in range(together)], length)
        for stream, samples in enumerate(self._streams.samples):
            samples[:] = np.resize(noisy_sound(SEED + stream, FRAMES), length)

    def hops_in_c(self, hops: int) -> float:
        """Seconds of this many hops of every stream."""
        whole, rest = divmod(hops, FRAMES)
        start = perf_counter()
        for frames in (*(FRAMES,) * whole, rest):
            self._streams.denoise(frames)
        return perf_counter() - start


def stream_times(
    isas: Sequence[str],
    models: dict[str, bytes],
    together: Sequence[int],
    *,
    rounds: int,
    on_round: Callable[[int], None] = lambda done: None,
) -> list[StreamsTime]:
    """Time these model files with these numbers of streams on every instruction set, all in one run.

    The result is in the order of `isas`, in each the models, in each the numbers of streams.
    """
    contenders: dict[tuple[str, str, int], StreamsContender] = {}
    for isa in isas:
        with chosen(isa):
            for name, file in models.items():
                contenders |= {(isa, name, count): StreamsContender(file, count) for count in together}
    ways: dict[tuple[str, str, int], Contender] = {key: one.hops_in_c for key, one in contenders.items()}
    times = take_turns(ways, rounds=rounds, on_round=on_round)
    return [
        StreamsTime(*key, times[key].minimum_us / key[2], one.model.frames_per_second)
        for key, one in contenders.items()
    ]
