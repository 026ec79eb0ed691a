"""Change of sample rate: a windowed-sinc filter of linear phase, for whole clips and for streams.

Every output sample is one inner product of its own, computed in one order, so a stream gives the bits of the
whole clip however it is cut. Time is kept: output k stands at input time k * from_hz / to_hz.
"""

from functools import lru_cache
from math import ceil, gcd

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import i0

Signal = NDArray[np.float32]

ATTENUATION_DB = 90.0
"""Design attenuation of what lies above the lower Nyquist frequency; tests measure at least 80."""

CROSSINGS = 48
"""Half length of the filter in periods of the lower rate: 3 ms at 16 kHz, a pass band up to 7 kHz."""

ROWS = 512
"""Output samples computed at once: the windows gathered for them stay in the processor's cache."""


@lru_cache(maxsize=16)
def filter_bank(up: int, down: int) -> NDArray[np.float32]:
    """One filter per output phase: float32 [up, 2 * half], read-only; row p delays by p / up of an input sample.

    A sinc under a Kaiser window, its stop band beginning at the lower of the two Nyquist frequencies. Each row
    sums to one, so that a constant stays what it is.
    """
    half = half_length(up, down)
    lower = min(1.0, up / down)  # the lower rate over the input rate
    transition = (ATTENUATION_DB - 7.95) / (14.36 * 2 * CROSSINGS)  # Kaiser's formula, per lower rate
    cutoff = lower * (0.5 - transition / 2)  # cycles per input sample
    beta = 0.1102 * (ATTENUATION_DB - 8.7)
    places = np.arange(up)[:, None] / up - (np.arange(2 * half) - (half - 1))[None, :]
    reach = CROSSINGS / lower
    inside = np.sqrt(np.maximum(0.0, 1.0 - (places / reach) ** 2))
    bank = np.sinc(2 * cutoff * places) * np.where(np.abs(places) <= reach, i0(beta * inside), 0.0)
    bank = (bank / bank.sum(axis=1, keepdims=True)).astype(np.float32)
    bank.setflags(write=False)
    return bank


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
            ValueError: a rate is not a positive whole number.
        """
        for rate_hz in (from_hz, to_hz):
            if rate_hz != int(rate_hz) or rate_hz < 1:
                raise ValueError(
                    f"sample rate {rate_hz!r} is not a positive whole number of hertz, so no ratio can be "
                    "formed; give both rates as such."
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
        for row in range(0, count, ROWS):
            rows = np.arange(self._given + row, self._given + min(row + ROWS, count))
            places, phases = np.divmod(rows * self._down, self._up)
            starts = places - (self._half - 1) - self._first
            result[row : row + ROWS] = self._inner_products(starts, phases)
        self._given += count
        needed = self._given * self._down // self._up - (self._half - 1)
        self._held = self._held[max(0, needed - self._first) :]
        self._first = max(self._first, needed)
        return result

    def _inner_products(self, starts: NDArray[np.int64], phases: NDArray[np.int64]) -> Signal:
        filters = filter_bank(self._up, self._down)[phases]
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
