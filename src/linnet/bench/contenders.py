"""A program in the engine as the benchmark times it: step and hop, in C and from Python, hot and cold.

In C: many frames in one call across the border, so that what is left of the border is a few nanoseconds per frame.
From Python: the documented calls, `Session.step` for codes and `Stream.push` for sound, one frame each.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from linnet.bench.caches import evict
from linnet.bench.timing import Contender
from linnet.runtime import Denoiser, Model, Session
from linnet.runtime.library import Block, library
from linnet.runtime.session import EngineSession


class EngineContender:
    """One model in the engine, with sessions of its own for every way it is called.

    Args:
        file: the model file's bytes.
        codes: int16 [frames, input width], gone through in turn.
        sound: float32 [frames * hop], likewise.
    """

    def __init__(self, file: bytes, codes: NDArray[np.int16], sound: NDArray[np.float32]) -> None:
        self.model = Model(file)
        self.file_bytes = len(file)
        self._frames = len(codes)
        self._codes = [np.ascontiguousarray(row) for row in codes]
        self._hops = list(np.split(sound[: self._frames * int(self.model.info.hop)], self._frames))
        self._session = Session(self.model)
        self._stream = Denoiser(self.model).stream(sample_rate_hz=int(self.model.info.sample_rate_hz))
        self._step_engine, self._hop_engine = EngineSession(self.model), EngineSession(self.model)
        self._in_codes, given = Block.like(codes.shape, np.int16)
        self._out_codes, self.answers = Block.like(
            (self._frames, int(self.model.info.output_width)), np.int16
        )
        self._in_sound, samples = Block.like((self._frames * int(self.model.info.hop),), np.float32)
        self._out_sound, self.cleaned = Block.like(samples.shape, np.float32)
        given[:] = codes
        samples[:] = sound[: samples.size]

    def hot_ways(self) -> dict[str, Contender]:
        """Every way this model is called, by the names that `comparison.Row.times` has for them."""
        return {
            "step": self.step_in_c,
            "step_python": self.step_from_python,
            "hop": self.hop_in_c,
            "hop_python": self.hop_from_python,
        }

    def cold_ways(self) -> dict[str, Callable[[int], float]]:
        """The same for one call after other memory was read, of which each is told how much."""
        return {
            "step_cold": self.cold_step_in_c,
            "step_python_cold": self.cold_step_from_python,
            "hop_cold": self.cold_hop_in_c,
        }

    def gains(self) -> NDArray[np.float64]:
        """The gains of all frames from rest: [frames, bins]."""
        self._step_engine.reset()
        self.run_frames(self._frames)
        return self.answers * 2.0 ** -int(self.model.info.output_exponent)

    def run_frames(self, frames: int) -> None:
        """One call into the engine: the first `frames` frames, codes to codes."""
        EngineSession.check(
            library().linnet_session_run(
                self._step_engine.handle, self._in_codes.pointer, self._out_codes.pointer, frames
            )
        )

    def run_hops(self, hops: int) -> None:
        """One call into the engine: the first `hops` hops, sound to sound."""
        EngineSession.check(
            library().linnet_session_denoise(
                self._hop_engine.handle, self._in_sound.pointer, self._out_sound.pointer, hops
            )
        )

    def step_in_c(self, frames: int) -> float:
        """Seconds of this many steps, many in one call."""
        return self._many(self.run_frames, frames)

    def hop_in_c(self, hops: int) -> float:
        """Seconds of this many hops, many in one call."""
        return self._many(self.run_hops, hops)

    def _many(self, run: Callable[[int], None], frames: int) -> float:
        whole, rest = divmod(frames, self._frames)
        start = perf_counter()
        for _ in range(whole):
            run(self._frames)
        run(rest)
        return perf_counter() - start

    def step_from_python(self, calls: int) -> float:
        """Seconds of this many `Session.step`."""
        step, codes, frames = self._session.step, self._codes, self._frames
        start = perf_counter()
        for index in range(calls):
            step(codes[index % frames])
        return perf_counter() - start

    def hop_from_python(self, calls: int) -> float:
        """Seconds of this many `Stream.push` of one hop."""
        push, hops, frames = self._stream.push, self._hops, self._frames
        start = perf_counter()
        for index in range(calls):
            push(hops[index % frames])
        return perf_counter() - start

    def cold_step_in_c(self, size_bytes: int) -> float:
        """Seconds of one step after other memory was read; the way into C is warmed by a call of no frames."""
        evict(size_bytes)
        self.run_frames(0)
        return self.step_in_c(1)

    def cold_hop_in_c(self, size_bytes: int) -> float:
        """Seconds of one hop after other memory was read, likewise."""
        evict(size_bytes)
        self.run_hops(0)
        return self.hop_in_c(1)

    def cold_step_from_python(self, size_bytes: int) -> float:
        """Seconds of one `Session.step` after other memory was read, Python's own as cold as all."""
        evict(size_bytes)
        return self.step_from_python(1)
