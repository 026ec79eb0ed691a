"""How much an estimate disturbs ears: differences of loudness in bands of hearing, added noise weighing most.

The perceptual model of ITU-T P.862 (PESQ), made simple enough to have a derivative: one frame at a time, nothing is
aligned, no filter and no gain is forgiven. So do Martin-Donas et al., "A deep learning loss function based on the
perceptual evaluation of the speech quality", IEEE Signal Processing Letters 25(11), 2018. Unlike both, bands are half a
bark wide and the threshold of hearing is Terhardt's formula; both of them use tables.
"""

from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.audio.stft import FrontEnd
from linnet.tasks.spectra import Spectra

BAND_BARK = 0.5  # width of a band
LOWEST_KHZ = 0.02  # below which the formula of the threshold means nothing
LISTENING_DB = 79.0  # sound pressure level of the active parts of the reference, as P.862 sets it
ACTIVE = 1e-3  # of the power of the loudest frame, from which on a frame is active: -30 dB
LEAST_POWER = 1e-6  # of a reference that is not silent; speech at -30 dBFS has about 10, all bands together
EXPONENT = 0.23  # of loudness over power: Zwicker and Fastl, Psychoacoustics, eq. 8.6
LOUDNESS = 0.22  # of that loudness, as P.862 scales it
FORGIVEN = 0.25  # share of the smaller loudness by which the two may differ unheard
NOISE_FLOOR = 50.0  # added to both powers of a ratio; the threshold at 1 kHz is about 2
ASYMMETRY = 1.2  # the power of that ratio
LEAST_RATIO = 3.0  # below which nothing counts as added
LARGEST_RATIO = 12.0  # above which nothing more does
SYMMETRIC, ASYMMETRIC = 0.1, 0.0309  # points of PESQ for each unit of either


class Hearing(NamedTuple):
    """Bands of hearing over the bins of a front end."""

    shares: NDArray[np.float32]
    """[bins, bands]: which share of a bin's power a band hears; every row adds up to 1."""
    threshold: NDArray[np.float32]
    """[bands]: the power from which on a band hears; 1 is 0 dB SPL."""


@lru_cache(maxsize=16)
def hearing_of(front_end: FrontEnd) -> Hearing:
    """The bands for a window and a sample rate.

    z = 13 atan(0.76 f) + 3.5 atan((f / 7.5)^2) bark for f in kHz: Zwicker and Terhardt, J. Acoust. Soc. Am. 68, 1980.
    The threshold in quiet: Terhardt, Hearing Research 1, 1979.
    """
    spacing = front_end.sample_rate_hz / front_end.window / 1000
    edges = _bark(np.clip((np.arange(front_end.bins + 1) - 0.5) * spacing, 0, (front_end.bins - 1) * spacing))
    bands = max(1, int(np.ceil(edges[-1] / BAND_BARK)))
    borders = np.arange(bands + 1) * BAND_BARK
    overlap = np.minimum(edges[1:, None], borders[1:]) - np.maximum(edges[:-1, None], borders[:-1])
    overlap = np.maximum(overlap, 0)
    middles = (borders[:-1] + borders[1:]) / 2
    grid = np.linspace(0, front_end.sample_rate_hz / 2000, 4096)
    khz = np.maximum(np.interp(middles, _bark(grid), grid), LOWEST_KHZ)
    threshold_db = 3.64 * khz**-0.8 - 6.5 * np.exp(-0.6 * (khz - 3.3) ** 2) + 1e-3 * khz**4
    shares = overlap / overlap.sum(axis=1, keepdims=True)
    return Hearing(shares.astype(np.float32), (10 ** (threshold_db / 10)).astype(np.float32))


def _bark(khz: NDArray[np.float64]) -> NDArray[np.float64]:
    return 13 * np.arctan(0.76 * khz) + 3.5 * np.arctan((khz / 7.5) ** 2)


def disturbance(reference: Spectra, estimate: Spectra, front_end: FrontEnd) -> Array:
    """About how many points of PESQ each clip loses: [clips].

    Spectra [frames, clips, bins] are those of a Fourier transform without a factor.

    A reference that is silent has no level to listen at, so such a clip disturbs by 0.
    """
    hearing = hearing_of(front_end)
    there, heard = (_band_powers(each, hearing) for each in (reference, estimate))
    scale = jax.lax.stop_gradient(_to_listening_level(there))
    there, heard = there * scale[:, None], heard * scale[:, None]
    loud_there, loud_heard = (_loudness(each, hearing) for each in (there, heard))
    apart = jnp.abs(loud_heard - loud_there) - FORGIVEN * jnp.minimum(loud_heard, loud_there)
    apart = jnp.maximum(apart, 0)
    ratio = ((heard + NOISE_FLOOR) / (there + NOISE_FLOOR)) ** ASYMMETRY
    added = jnp.where(ratio < LEAST_RATIO, 0, jnp.minimum(ratio, LARGEST_RATIO))
    barks = BAND_BARK * apart.shape[-1]
    symmetric = barks**2 * jnp.mean(apart**2, axis=-1)
    asymmetric = (barks * jnp.mean(apart * added, axis=-1)) ** 2
    return SYMMETRIC * _root_of_mean(symmetric) + ASYMMETRIC * _root_of_mean(asymmetric)


def _root_of_mean(squares: Array) -> Array:
    """Over frames: [frames, clips] to [clips], with a finite derivative at 0."""
    return jnp.sqrt(jnp.mean(squares, axis=0) + 1e-6) - 1e-3


def _band_powers(spectra: Spectra, hearing: Hearing) -> Array:
    """[frames, clips, bins] to [frames, clips, bands]."""
    return (spectra.re**2 + spectra.im**2) @ hearing.shares


def _to_listening_level(powers: Array) -> Array:
    """What the powers of every clip [frames, clips, bands] are to be multiplied by: [clips], 0 for silence."""
    frames = jnp.sum(powers, axis=-1)
    loudest = jnp.max(frames, axis=0)
    active = (frames > ACTIVE * loudest).astype(frames.dtype)
    level = jnp.sum(frames * active, axis=0) / jnp.maximum(jnp.sum(active, axis=0), 1)
    return jnp.where(level > LEAST_POWER, 10 ** (LISTENING_DB / 10) / jnp.maximum(level, LEAST_POWER), 0)


def _loudness(powers: Array, hearing: Hearing) -> Array:
    """Sones in a bark, as P.862 scales them: [..., bands], 0 below the threshold of hearing."""
    threshold = jnp.asarray(hearing.threshold)
    above = (0.5 + 0.5 * powers / threshold) ** EXPONENT - 1
    return LOUDNESS * threshold**EXPONENT * jnp.maximum(above, 0)
