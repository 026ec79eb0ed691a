"""Many streams of one model in one thread, as a server has them: the engine multiplies each matrix with several.

Every stream has the bits that it has alone. Pieces of any size, other rates and channels are the business of
stream.py.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from linnet.runtime.library import Block, library
from linnet.runtime.model import Model
from linnet.runtime.samples import Sound, check_format, clean_samples, is_int16
from linnet.runtime.session import EngineSession, refuse_to_travel
from linnet.runtime.stream import Wishes, min_gain_of


class Together:
    """Sessions that are denoised in one call, and their samples: float32 [streams, samples], in place."""

    def __init__(self, sessions: Sequence[EngineSession], samples: int) -> None:
        """Lay out silence for these sessions of one model and rate, each of them once."""
        self._sessions = list(sessions)  # must outlive their handles
        self._block, self.samples = Block.like((len(sessions), samples), np.float32)
        pointers = ctypes.c_void_p * len(sessions)
        start = self._block.pointer.value or 0
        self._rows = pointers(*(start + 4 * samples * stream for stream in range(len(sessions))))
        self._handles = pointers(*(session.handle.value for session in sessions))

    def denoise(self, hops: int) -> None:
        """Denoise the first `hops` hops of every stream, in place."""
        count, rows = len(self._sessions), self._rows
        EngineSession.check(library().linnet_session_denoise_many(self._handles, count, rows, rows, hops))


class Batch:
    """Streams that begin and end when they like and are denoised together, hop by hop.

    `begin` gives a number, `push` takes whole hops of as many of the streams as have some, `end` forgets one. What
    comes out is `delay_samples` late. A batch belongs to one thread. On AVX2, LINNET_ISA=avx2_streams lays sparse
    models out for eight streams at a time, and is slow with fewer than four.
    """

    def __init__(self, model: Model, *, sample_rate_hz: int, wishes: Wishes) -> None:
        """Begin without streams. Made by `Denoiser.batch`.

        Raises:
            ValueError: the rate is none of `native_rates_hz()`.
        """
        check_format(sample_rate_hz, 1)
        taken = model.nearest_format(sample_rate_hz)
        if int(taken.sample_rate_hz) != sample_rate_hz:
            raise ValueError(
                f"sample_rate_hz={sample_rate_hz} came, but a batch does not resample; give one of "
                "native_rates_hz(), or use a stream for each sound."
            )
        self.sample_rate_hz, self.hop = int(sample_rate_hz), int(taken.hop)
        self.delay_samples = int(taken.delay_samples)
        self._model, self._wishes = model, wishes
        self._sessions: dict[int, EngineSession] = {}
        self._early: dict[int, int] = {}  # samples still to come that stand before a stream's beginning
        self._next = 0

    def __len__(self) -> int:
        """Streams that have begun and not ended."""
        return len(self._sessions)

    def __reduce__(self) -> NoReturn:
        """A batch cannot travel."""
        refuse_to_travel(self, "Denoiser.batch(...)")

    def __repr__(self) -> str:
        """Its rate and how many streams it has."""
        return f"Batch(sample_rate_hz={self.sample_rate_hz}, streams={len(self)})"

    def begin(self) -> int:
        """Begin a stream at rest and return its number, which no other stream of this batch ever has."""
        session = EngineSession(self._model, self.sample_rate_hz)
        EngineSession.check(library().linnet_session_set_min_gain(session.handle, self._wishes.min_gain))
        EngineSession.check(
            library().linnet_session_set_upper_band(session.handle, int(self._wishes.upper_band))
        )
        self._next += 1
        self._sessions[self._next], self._early[self._next] = session, self.delay_samples
        return self._next

    def end(self, number: int) -> None:
        """Forget a stream. Push `delay_samples` zeros before, for the sound that is still due.

        Raises:
            KeyError: no such stream runs.
        """
        self._session(number)
        del self._sessions[number], self._early[number]

    def set_max_attenuation_db(self, number: int, max_attenuation_db: float | None) -> None:
        """Turn no frequency of what this stream is pushed from now on down by more decibels; None is no limit.

        Raises:
            KeyError: no such stream runs.
            ValueError: it is negative or not a number.
        """
        session, min_gain = self._session(number), min_gain_of(max_attenuation_db)
        EngineSession.check(library().linnet_session_set_min_gain(session.handle, min_gain))

    def push(self, sounds: Mapping[int, npt.ArrayLike]) -> dict[int, Sound]:
        """Denoise the next samples of some streams; those that are not named stand still.

        Args:
            sounds: by the number of the stream, [n] floats in [-1, 1], or int16; n is a multiple of
                `hop`, the same for all.

        Returns:
            By the same numbers, float32 [n], `delay_samples` late; as many zeros come first.

        Raises:
            KeyError: no such stream runs.
            ValueError: the samples are of another type or shape.
        """
        sessions = [self._session(number) for number in sounds]
        arrays = [np.asarray(sound) for sound in sounds.values()]
        if not arrays:
            return {}
        length = len(arrays[0]) if arrays[0].ndim == 1 else -1
        for number, array in zip(sounds, arrays, strict=True):
            if (
                not (array.dtype.kind == "f" or is_int16(array))
                or array.shape != (length,)
                or length % self.hop
            ):
                raise ValueError(
                    f"samples of type {array.dtype} and shape {array.shape} came for stream {number}; give floats "
                    f"or int16, [n], n a multiple of {self.hop} and the same for all streams of a push."
                )
        together = Together(sessions, length)
        with np.errstate(over="ignore"):  # float64 beyond float32 becomes infinite, which counts as silence
            for place, array in zip(together.samples, arrays, strict=True):
                place[:] = clean_samples(array) if is_int16(array) else array
        together.denoise(length // self.hop)
        cleaned = dict(zip(sounds, together.samples, strict=True))
        for number, clean in cleaned.items():
            clean[: self._early[number]] = 0
            self._early[number] -= min(self._early[number], length)
        return cleaned

    def _session(self, number: int) -> EngineSession:
        if number not in self._sessions:
            raise KeyError(
                f"stream {number} came, but it has not begun or has ended; use a number that begin() gave."
            )
        return self._sessions[number]
