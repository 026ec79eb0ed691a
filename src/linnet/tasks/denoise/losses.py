"""What training pulls towards: signal-to-noise ratios in dB, held softly below a limit, close compressed spectra, and
little that disturbs ears (disturbance.py).

The limit keeps clips that are nearly clean from drowning the rest: with t = 10^(-limit/10) the ratio is
-10 log10(noise / signal + t), as in Wisdom et al., "Unsupervised sound separation", arXiv:2006.12701, eq. 2.

A ratio of samples hears the loud parts of speech alone. Magnitudes to the power 0.3 let quiet ones count, too, as ears
do: Braun and Tashev, "Data augmentation and loss normalization for deep noise suppression", arXiv:2008.06412.
"""

from dataclasses import replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.audio.stft import FrontEnd
from linnet.tasks.denoise.disturbance import disturbance
from linnet.tasks.denoise.settings import LossSettings
from linnet.tasks.spectra import Spectra, analyse

Clips = Array | NDArray[np.float32]
"""Sound [..., samples]; NumPy arrays are taken to the device."""

TINY = 1e-10  # energy added to both sides; far below any clip at -60 dBFS
LEAST_SIGNAL = 1e-16  # added to the signal of SI-SNR instead: a silent estimate scores -60 dB, not 0


def loss_of(settings: LossSettings, front_end: FrontEnd, clean: Array, estimate: Array) -> Array:
    """Weighted distances and disturbance minus weighted mean ratios in dB, of clips [batch, samples] each."""
    total, front_end = jnp.zeros(()), _judging(front_end)
    if settings.disturbance or any(settings.distances):
        spectra = jax.lax.stop_gradient(_unscaled(clean, front_end)), _unscaled(estimate, front_end)
        if any(settings.distances):
            far = distances(*spectra)
            total -= sum(weight * each for weight, each in zip(settings.distances, far, strict=True))
        if settings.disturbance:
            total -= settings.disturbance * jnp.mean(disturbance(*spectra, front_end))
    if settings.snr:
        total += settings.snr * jnp.mean(snr_db(clean, estimate, limit_db=settings.limit_db))
    if settings.si_snr:
        total += settings.si_snr * jnp.mean(si_snr_db(clean, estimate, limit_db=settings.limit_db))
    return -total


def _judging(front_end: FrontEnd) -> FrontEnd:
    """What spectra are compared by: the model's own windows, or symmetric ones in place of asymmetric, which overlap
    many times to no gain."""
    if front_end.window_kind != "asymmetric":
        return front_end
    return replace(front_end, window_kind="sqrt_hann", hop=front_end.window // 2)


def snr_db(reference: Clips, estimate: Clips, *, limit_db: float) -> Array:
    """10 log10 |s|^2 / |s - e|^2 per clip, scale counted: [..., samples] to [...]."""
    return _limited_db(jnp.sum(reference**2, -1), jnp.sum((reference - estimate) ** 2, -1), limit_db)


def si_snr_db(reference: Clips, estimate: Clips, *, limit_db: float) -> Array:
    """The same after removing means and the best scale of the reference (Le Roux et al., arXiv:1811.02508)."""
    s = reference - jnp.mean(reference, -1, keepdims=True)
    e = estimate - jnp.mean(estimate, -1, keepdims=True)
    energy = jnp.sum(s * s, -1, keepdims=True)
    target = s * jnp.sum(s * e, -1, keepdims=True) / (energy + TINY)
    return _limited_db(jnp.sum(target**2, -1), jnp.sum((e - target) ** 2, -1), limit_db, LEAST_SIGNAL)


def _limited_db(signal: Array, noise: Array, limit_db: float, least_signal: float = TINY) -> Array:
    return -10 * jnp.log10((noise + TINY) / (signal + least_signal) + 10 ** (-limit_db / 10))


COMPRESSION = 0.3  # the power that magnitudes are raised to
QUIETEST_POWER = (
    1e-8  # added to every |X|^2, so that the derivative at silence is finite; speech is at 1 and more
)


class Distances(NamedTuple):
    """Mean squared differences of compressed spectra over all frames, clips and bins: scalars."""

    magnitude: Array
    """Of |X|^0.3."""
    complex: Array
    """Of X |X|^-0.7, both parts added up."""
    missing: Array
    """Of |X|^0.3 where the estimate's is smaller."""


def _unscaled(clips: Array, front_end: FrontEnd) -> Spectra:
    """Spectra of a transform without a factor, which is what the weights in use for these distances are meant for."""
    return Spectra(*(part * front_end.window for part in analyse(clips, front_end)))


def distances(reference: Spectra, estimate: Spectra) -> Distances:
    """How far compressed spectra are apart: parts float32 [frames, clips, bins] of a transform without a factor."""
    (r_size, *r_parts), (e_size, *e_parts) = _compressed(reference), _compressed(estimate)
    both = sum(jnp.mean((r - e) ** 2) for r, e in zip(r_parts, e_parts, strict=True))
    lost = jnp.maximum(r_size - e_size, 0)
    return Distances(jnp.mean((r_size - e_size) ** 2), jnp.asarray(both), jnp.mean(lost**2))


def _compressed(spectra: Spectra) -> tuple[Array, Array, Array]:
    """|X|^0.3 and the parts of X |X|^-0.7."""
    power = spectra.re * spectra.re + spectra.im * spectra.im + QUIETEST_POWER
    shrunk = jnp.exp((COMPRESSION - 1) / 2 * jnp.log(power))  # XLA on a CPU takes twice as long for a power
    return shrunk * jnp.sqrt(power), shrunk * spectra.re, shrunk * spectra.im
