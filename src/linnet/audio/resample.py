"""Change of sample rate: a windowed-sinc filter of linear phase, for whole clips and for streams.

Every output sample is one inner product of its own, computed in one order, so a stream gives the bits of the
whole clip however it is cut. Time is kept: output k stands at input time k * from_hz / to_hz. Output is late by half
the filter, steadily; soxr gives it in bursts, up to 37 ms late, too late for live sound (docs/explain/rates.md).
"""

from functools import lru_cache
from math import ceil, gcd

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Signal = NDArray[np.float32]

ATTENUATION_DB = 90.0
"""Design attenuation of what lies above the lower Nyquist frequency; tests measure at least 80."""

CROSSINGS = 48
"""Half length of the filter in periods of the lower rate: 3 ms at 16 kHz, a pass band up to 7 kHz."""

ROWS = 512
"""Output samples computed at once: the windows gathered for them stay in the processor's cache."""

MOST_WEIGHTS = 1 << 22
"""Weights of filters at work at once, which bounds the memory where filters are long."""

HIGHEST_RATE_HZ = 768_000
"""No recording has more. Together with MOST_PHASES and LARGEST_BANK_BYTES it bounds what a rate can cost."""

MOST_CHANNELS = 1024
"""Of one stream; no recording has more."""

LARGEST_RATIO = 1024
"""Of two rates: 768 kHz to 750 Hz."""

MOST_PHASES = 1024
"""Ratios with more phases, such as 48 001 to 16 000 Hz, have each filter made when it is first needed."""

LARGEST_BANK_BYTES = 1 << 25
"""Filters that are made when needed are kept where all of them fit into this."""

TABLE_POINTS = 4096
"""Of the filter per period of the lower rate; between them it is linear, by at most 3e-8 beside itself."""


@lru_cache(maxsize=16)
def filter_bank(up: int, down: int) -> NDArray[np.float32]:
    """One filter per output phase: float32 [up, 2 * half], read-only; row p delays by p / up of an input sample.

    A sinc under a Kaiser window, its stop band beginning at the lower of the two Nyquist frequencies. Each row
    sums to one, so that a constant stays what it is.
    """
    lower = min(1.0, up / down)  # the lower rate over the input rate
    bank = _sum_to_one(_filter(_places(up, down, np.arange(up)), lower))
    bank.setflags(write=False)
    return bank


def _places(up: int, down: int, phases: NDArray[np.int64]) -> NDArray[np.float64]:
    """Times of the inputs [phases, 2 * half] before the outputs, in input samples."""
    half = half_length(up, down)
    return phases[:, None] / up - (np.arange(2 * half) - (half - 1))[None, :]


def _filter(places: NDArray[np.float64], lower: float) -> NDArray[np.float64]:
    """The sinc under its window at `places`, in samples of a rate of which the lower one is the share `lower`."""
    transition = (ATTENUATION_DB - 7.95) / (14.36 * 2 * CROSSINGS)  # Kaiser's formula, per lower rate
    cutoff = lower * (0.5 - transition / 2)  # cycles per input sample
    beta = 0.1102 * (ATTENUATION_DB - 8.7)
    reach = CROSSINGS / lower
    inside = np.sqrt(np.maximum(0.0, 1.0 - (places / reach) ** 2))
    return np.sinc(2 * cutoff * places) * np.where(np.abs(places) <= reach, np.i0(beta * inside), 0.0)


def _sum_to_one(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return (rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)


@lru_cache(maxsize=1)
def _table() -> NDArray[np.float64]:
    """The filter of equal rates from 0 to its end; every other one is it at another scale."""
    return _filter(np.arange(CROSSINGS * TABLE_POINTS + 2) / TABLE_POINTS, 1.0)


class FiltersWhenNeeded:
    """Filters of a ratio with many phases, each made from a table when first asked for; `filter_bank` to 1e-6."""

    def __init__(self, up: int, down: int) -> None:
        """Make none."""
        self._up, self._down = up, down
        shape = (up, 2 * half_length(up, down))
        self._is_kept = 4 * shape[0] * shape[1] <= LARGEST_BANK_BYTES
        self._bank = np.empty(shape if self._is_kept else (0, 0), np.float32)
        self._made = np.zeros(up if self._is_kept else 0, bool)

    def __getitem__(self, phases: NDArray[np.int64]) -> NDArray[np.float32]:
        """The filters [phases, 2 * half]."""
        if not self._is_kept:
            return self._make(phases)
        missing = phases[~self._made[phases]]
        if missing.size:
            self._bank[missing] = self._make(missing)
            self._made[missing] = True
        return self._bank[phases]

    def _make(self, phases: NDArray[np.int64]) -> NDArray[np.float32]:
        lower = min(1.0, self._up / self._down)
        distance = np.abs(_places(self._up, self._down, phases)) * (lower * TABLE_POINTS)
        distance = np.minimum(distance, CROSSINGS * TABLE_POINTS + 1)  # there it is 0
        before = np.minimum(distance.astype(np.int64), CROSSINGS * TABLE_POINTS)
        low = _table()[before]
        return _sum_to_one(low + (distance - before) * (_table()[before + 1] - low))


@lru_cache(maxsize=16)
def _filters(up: int, down: int) -> NDArray[np.float32] | FiltersWhenNeeded:
    return filter_bank(up, down) if up <= MOST_PHASES else FiltersWhenNeeded(up, down)


def half_length(up: int, down: int) -> int:
    """Input samples that a filter reaches to either side."""
    return ceil(CROSSINGS * max(1.0, down / up))


class Resampler:
    """One stream of samples on its way from one rate to another.

    `push` returns every output sample that the input so far determines, `flush` the rest: together exactly
    ceil(n * to_hz / from_hz) samples for n pushed, bit for bit those of `resample` on the whole.
    """

    def __init__(self, from_hz: int, to_hz: int, *, channels: int | None = None) -> None:
        """Prepare a stream of [samples], or of [samples, channels] where `channels` is given.

        Raises:
            ValueError: a rate is not a positive whole number, they are too far apart, or the channels too many.
        """
        for rate_hz in (from_hz, to_hz):
            if rate_hz != int(rate_hz) or rate_hz < 1:
                raise ValueError(
                    f"sample rate {rate_hz!r} is not a positive whole number of hertz, so no ratio can be "
                    "formed; give both rates as such."
                )
        if max(from_hz, to_hz) > min(HIGHEST_RATE_HZ, LARGEST_RATIO * min(from_hz, to_hz)):
            raise ValueError(
                f"{from_hz} Hz to {to_hz} Hz would need more memory and time than sound is worth; give rates of up "
                f"to {HIGHEST_RATE_HZ} Hz, the higher at most {LARGEST_RATIO} times the lower."
            )
        if channels is not None and not 0 <= channels <= MOST_CHANNELS:
            raise ValueError(
                f"{channels} channels came, more than the {MOST_CHANNELS} that sound has; give [samples, channels], "
                "transposed where the channels come first."
            )
        common = gcd(int(from_hz), int(to_hz))
        self._up, self._down = int(to_hz) // common, int(from_hz) // common
        self._half = half_length(self._up, self._down)
        self._shape: tuple[int, ...] = () if channels is None else (channels,)
        self.reset()

    @property
    def lookahead_samples(self) -> int:
        """Input samples that must follow an instant before its output is given; 0 where the rates are equal."""
        return 0 if self._up == self._down else self._half

    def reset(self) -> None:
        """Forget every sample, as if nothing had been pushed."""
        self._received = 0
        self._given = 0
        self._first = -(self._half - 1)  # place of held[0] in the stream; before its start lie zeros
        self._held = np.zeros((self._half - 1, *self._shape), np.float32)

    def push(self, samples: Signal) -> Signal:
        """Take the next samples, [n] or [n, channels]; return the outputs now known, of the same kind.

        Raises:
            ValueError: the number of channels is not that of the stream.
        """
        block = np.asarray(samples, np.float32)
        if block.shape[1:] != self._shape or block.ndim == 0:
            raise ValueError(
                f"samples of shape {block.shape} do not fit a stream of shape {('n', *self._shape)}; "
                "keep the number of channels that the stream began with."
            )
        self._received += len(block)
        if self._up == self._down:
            return block.copy()
        self._held = np.concatenate((self._held, block))
        return self._give(self._outputs_before(self._received - self._half))

    def flush(self) -> Signal:
        """End the stream: silence follows the last sample. Returns the remaining outputs and resets."""
        if self._up == self._down:
            self.reset()
            return np.zeros((0, *self._shape), np.float32)
        self._held = np.concatenate((self._held, np.zeros((self._half + 1, *self._shape), np.float32)))
        rest = self._give(self._outputs_before(self._received))
        self.reset()
        return rest

    def _outputs_before(self, place: int) -> int:
        """How many outputs stand before input sample number `place`."""
        return max(0, -(-place * self._up // self._down))

    def _give(self, end: int) -> Signal:
        """Outputs from the last given up to number `end`, and forget the input that no later one needs."""
        count = max(0, end - self._given)
        result = np.empty((count, *self._shape), np.float32)
        at_once = max(1, min(ROWS, MOST_WEIGHTS // (2 * self._half)))
        for row in range(0, count, at_once):
            rows = np.arange(self._given + row, self._given + min(row + at_once, count))
            places, phases = np.divmod(rows * self._down, self._up)
            starts = places - (self._half - 1) - self._first
            result[row : row + at_once] = self._inner_products(starts, phases)
        self._given += count
        needed = self._given * self._down // self._up - (self._half - 1)
        self._held = self._held[max(0, needed - self._first) :]
        self._first = max(self._first, needed)
        return result

    def _inner_products(self, starts: NDArray[np.int64], phases: NDArray[np.int64]) -> Signal:
        filters = _filters(self._up, self._down)[phases]
        held = self._held.reshape(len(self._held), -1)
        columns = []
        for channel in range(held.shape[1]):
            signal = np.ascontiguousarray(held[:, channel])
            windows = sliding_window_view(signal, 2 * self._half)[starts]
            columns.append(np.einsum("kt,kt->k", windows, filters))
        return np.stack(columns, axis=1).reshape(len(starts), *self._shape)


def resample(audio: Signal, from_hz: int, to_hz: int) -> Signal:
    """`audio` [samples] or [samples, channels] at another rate: exactly ceil(n * to_hz / from_hz) samples.

    Aligned in time with the input; the same bits as a `Resampler` gives, however the stream is cut.

    Raises:
        ValueError: a rate is not a positive whole number.
    """
    signal = np.asarray(audio, np.float32)
    stream = Resampler(from_hz, to_hz, channels=None if signal.ndim == 1 else signal.shape[1])
    return np.concatenate((stream.push(signal), stream.flush()))
