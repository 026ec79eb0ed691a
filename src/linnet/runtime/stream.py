"""Sound through a denoiser piece by piece: any sample rate, any channels, any sizes of piece, the same bits.

The engine works hop by hop at the rate of the sound. Where it does not take that rate, a resampler each way stands
between it and the caller, and a queue that keeps the delay constant. Whole recordings are the business of denoiser.py.
"""

from __future__ import annotations

from math import ceil, isfinite
from typing import Any, NamedTuple, NoReturn, overload

import numpy as np
import numpy.typing as npt

from linnet.audio.resample import Resampler
from linnet.runtime.library import Block, library
from linnet.runtime.model import Model
from linnet.runtime.samples import Raw, Sound, SoundDoor, check_channels, check_format
from linnet.runtime.session import EngineSession, refuse_to_travel

HOPS_AT_ONCE = 64
"""Hops that cross to the engine in one call."""


class Form(NamedTuple):
    """How the samples of a stream come: rate, channels, and what is full scale where they are floats."""

    sample_rate_hz: int
    channels: int = 1
    full_scale: float = 1.0


class Wishes(NamedTuple):
    """No gain is below `min_gain`; without `upper_band`, what lies above the model's bins is silent."""

    min_gain: float = 0.0
    upper_band: bool = True


def min_gain_of(max_attenuation_db: float | None) -> float:
    """The lowest gain of a limit in decibels; None is no limit.

    Raises:
        ValueError: it is negative or not a number.
    """
    if max_attenuation_db is None:
        return 0.0
    is_number = isinstance(max_attenuation_db, int | float | np.number)
    if not (is_number and isfinite(max_attenuation_db) and max_attenuation_db >= 0):
        raise ValueError(
            f"max_attenuation_db={max_attenuation_db!r} is no attenuation; give 0 (change nothing) or more "
            "decibels, or None for no limit."
        )
    return float(10.0 ** (-max_attenuation_db / 20))


class HopEngine:
    """One channel at a rate of the engine: samples in, time-aligned samples out, as soon as hops are full."""

    def __init__(self, model: Model, sample_rate_hz: int, wishes: Wishes) -> None:
        """Begin at rest."""
        self._session = EngineSession(model, sample_rate_hz)
        self._hop, self._lag = int(self._session.format.hop), int(self._session.format.delay_samples)
        self.set_min_gain(wishes.min_gain)
        EngineSession.check(
            library().linnet_session_set_upper_band(self._session.handle, int(wishes.upper_band))
        )
        self._in_block, self._in = Block.like((HOPS_AT_ONCE * self._hop,), np.float32)
        self._out_block, self._out = Block.like((HOPS_AT_ONCE * self._hop,), np.float32)
        self._denoise = library().linnet_session_denoise
        self._arguments = (self._session.handle, self._in_block.pointer, self._out_block.pointer)
        self._begin()

    def _begin(self) -> None:
        self._rest = np.zeros(0, np.float32)  # less than one hop
        self._skip = self._lag  # what comes out first stands before the beginning
        self._owed = 0  # samples taken and not yet given back

    def set_min_gain(self, min_gain: float) -> None:
        """Turn no frequency of the hops to come down further than to this gain."""
        EngineSession.check(library().linnet_session_set_min_gain(self._session.handle, min_gain))

    def push(self, samples: Sound) -> Sound:
        """Take [n] samples; give all that are ready, the first one belonging to the first one taken."""
        self._owed += len(samples)
        waiting = np.concatenate((self._rest, samples)) if len(self._rest) else samples
        whole = len(waiting) // self._hop * self._hop
        self._rest = waiting[whole:].copy()
        result = np.empty(whole, np.float32)
        for first in range(0, whole, len(self._in)):
            part = waiting[first : min(first + len(self._in), whole)]
            self._in[: len(part)] = part
            EngineSession.check(self._denoise(*self._arguments, len(part) // self._hop))
            result[first : first + len(part)] = self._out[: len(part)]
        given = result[min(self._skip, whole) :]
        self._skip -= whole - len(given)
        self._owed -= len(given)
        return given

    def flush(self) -> Sound:
        """Give the samples still owed, silence following what was taken; then begin anew."""
        owed = self._owed
        silence = np.zeros(self._lag + self._hop, np.float32)
        result = self.push(silence)[:owed]
        self._session.reset()
        self._begin()
        return result


class Stream:
    """A denoiser in real time: `push` samples, get samples, `delay_samples` later; `flush` at the end.

    All pushes and the flush together give `delay_samples` zeros and then the clean sound, exactly as long as what
    was pushed and bit for bit that of the denoiser on the whole, whatever the sizes of the pieces. At the rates of
    `native_rates_hz()` a push of whole hops (8 ms) gives as many samples as it takes, and a push of another size the
    hops it completes; at other rates every push gives as many samples as it takes. A stream belongs to one thread.
    """

    def __init__(self, model: Model, *, wishes: Wishes, form: Form) -> None:
        """Begin at rest. Made by `Denoiser.stream`, which explains what the form says."""
        check_format(form.sample_rate_hz, form.channels)
        sample_rate_hz, channels = int(form.sample_rate_hz), int(form.channels)
        self.sample_rate_hz, self.channels = sample_rate_hz, channels
        self._door = SoundDoor(full_scale=form.full_scale, channels=channels)
        taken = model.nearest_format(sample_rate_hz)
        engine_hz, hop, lag = int(taken.sample_rate_hz), int(taken.hop), int(taken.delay_samples)
        self._to_model = Resampler(sample_rate_hz, engine_hz, channels=channels)
        self._from_model = Resampler(engine_hz, sample_rate_hz, channels=channels)
        self._engines = [HopEngine(model, engine_hz, wishes) for _ in range(channels)]
        if sample_rate_hz == engine_hz:
            self.delay_samples = lag
        else:
            in_engine = lag + hop + self._from_model.lookahead_samples
            self.delay_samples = (
                self._to_model.lookahead_samples + ceil(in_engine * sample_rate_hz / engine_hz) + 1
            )
        self._begin()

    def __reduce__(self) -> NoReturn:
        """A stream cannot travel."""
        refuse_to_travel(self, "Denoiser.stream(...)")

    def __repr__(self) -> str:
        """Its format and delay."""
        return (
            f"Stream(sample_rate_hz={self.sample_rate_hz}, channels={self.channels}, "
            f"delay_samples={self.delay_samples})"
        )

    def _begin(self) -> None:
        self._received = 0
        self._given = 0
        self._ready = np.zeros((self.delay_samples, self.channels), np.float32)

    def set_max_attenuation_db(self, max_attenuation_db: float | None) -> None:
        """Turn no frequency of what is pushed from now on down by more decibels; None is no limit.

        Raises:
            ValueError: it is negative or not a number.
        """
        min_gain = min_gain_of(max_attenuation_db)
        for engine in self._engines:
            engine.set_min_gain(min_gain)

    @overload
    def push(self, samples: Raw) -> bytes: ...  # type: ignore[overload-overlap]

    @overload
    def push(self, samples: npt.ArrayLike) -> npt.NDArray[Any]: ...

    def push(self, samples: npt.ArrayLike | Raw) -> npt.NDArray[Any] | bytes:
        """Take the next samples and give those now due: [n] (one channel) or [n, channels], in kind.

        Floats give float32; int16 gives int16, and bytes of int16 (little endian, channels interleaved) bytes.

        Raises:
            ValueError: the samples are of another type, or have other channels than the stream.
        """
        block = self._door.enter(samples)
        check_channels(block, self.channels, "this stream")
        columns = block.reshape(len(block), self.channels)
        self._received += len(columns)
        engines_in = self._to_model.push(columns)
        engines_out = [engine.push(engines_in[:, c]) for c, engine in enumerate(self._engines)]
        self._queue(self._from_model.push(np.stack(engines_out, axis=1)))
        given = self._give(self._received - self._given).reshape(-1, *block.shape[1:])
        return self._door.leave(given)

    def flush(self) -> Any:
        """Give what is still due, silence following; then begin anew. [n] for one channel, else [n, channels].

        It is of the kind of the last push: float32, int16 or bytes.
        """
        last_in = self._to_model.flush()
        last_out = []
        for c, engine in enumerate(self._engines):
            last_out.append(np.concatenate((engine.push(last_in[:, c]), engine.flush())))
        self._queue(self._from_model.push(np.stack(last_out, axis=1)))
        self._queue(self._from_model.flush())
        rest = self._give(self._received + self.delay_samples - self._given)
        self._begin()
        return self._door.leave(rest[:, 0] if self.channels == 1 else rest)

    def _queue(self, samples: Sound) -> None:
        self._ready = np.concatenate((self._ready, samples))

    def _give(self, wanted: int) -> Sound:
        given, self._ready = self._ready[:wanted], self._ready[wanted:]
        self._given += len(given)
        return given
