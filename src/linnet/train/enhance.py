"""Sound to sound through a float model, whole clips at once: STFT, features, gains, inverse STFT, all under jit."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

from linnet.audio.stft import (
    FrontEnd,
    compress,
    level_step,
    magnitude,
    mean_over_bins,
    normalize_by_level,
)
from linnet.train.front_end import Spectra, analyse, synthesise

Gains = Callable[[Array], Array]
"""Features [frames, batch, bins] to gains of that shape."""


def features_of(spectra: Array, front_end: FrontEnd) -> Array:
    """complex64 [batch, frames, bins] to float32 [frames, batch, bins]: `audio.stft.features`, for JAX."""
    return features_of_magnitudes(jnp.swapaxes(magnitude(spectra), 0, 1), front_end)


def features_of_magnitudes(magnitudes: Array, front_end: FrontEnd) -> Array:
    """The same of float32 [frames, batch, bins]."""
    compressed = compress(magnitudes, front_end)
    if front_end.level_alpha == 0:
        return compressed
    means = mean_over_bins(compressed)

    def one_frame(level: Array, mean: Array) -> tuple[Array, Array]:
        level = level_step(level, mean, front_end)
        return level, level

    start = jnp.full(means.shape[1:], front_end.level_initial, means.dtype)
    return normalize_by_level(compressed, jax.lax.scan(one_frame, start, means)[1], front_end)


def enhance(gains_of: Gains, noisy: Array, front_end: FrontEnd) -> Array:
    """Clips [batch, samples] with every spectrum multiplied by its gains; the noisy phase is kept."""
    spectra = analyse(noisy, front_end)
    gains = gains_of(_features(spectra, front_end))
    return synthesise(spectra, gains, noisy.shape[-1], front_end)


def features_of_clips(noisy: Array, front_end: FrontEnd) -> Array:
    """Clips [batch, samples] to features [frames, batch, bins]."""
    return _features(analyse(noisy, front_end), front_end)


def _features(spectra: Spectra, front_end: FrontEnd) -> Array:
    magnitudes = jnp.sqrt(spectra.re * spectra.re + spectra.im * spectra.im)
    return features_of_magnitudes(magnitudes, front_end)
