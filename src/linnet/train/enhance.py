"""Sound to sound through a float model, whole clips at once: STFT, features, gains, inverse STFT, all under jit."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

from linnet.audio.stft import (
    FrontEnd,
    advance,
    compress,
    level_step,
    mean_over_bins,
    normalize_by_level,
    turned,
)
from linnet.train.front_end import Spectra, analyse, synthesise

Gains = Callable[[Array], Array]
"""Features [frames, batch, features] to gains [frames, batch, gains]."""


def features_of(spectra: Spectra, front_end: FrontEnd) -> Array:
    """Spectra [frames, batch, bins] to float32 [frames, batch, features]: `audio.stft.features`, for JAX."""
    magnitudes = jnp.sqrt(spectra.re * spectra.re + spectra.im * spectra.im)
    sizes = features_of_magnitudes(magnitudes, front_end)
    if front_end.phase_bins == 0:
        return sizes
    low = sizes[..., : front_end.phase_bins]
    phases = (low * each for each in advance(*spectra, front_end))
    return jnp.concatenate([sizes, *phases], axis=-1)


def features_of_magnitudes(magnitudes: Array, front_end: FrontEnd) -> Array:
    """What is shown of the sizes of a spectrum: float32 [frames, batch, bins] to the same shape."""
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
    """Clips [batch, samples], every spectrum multiplied by its gains, and its lowest bins turned where asked for."""
    spectra = analyse(noisy, front_end)
    gains = gains_of(features_of(spectra, front_end))
    if front_end.phase_bins:
        spectra = Spectra(*turned(*spectra, gains[..., front_end.bins :], front_end))
    return synthesise(spectra, gains[..., : front_end.bins], noisy.shape[-1], front_end)


def features_of_clips(noisy: Array, front_end: FrontEnd) -> Array:
    """Clips [batch, samples] to features [frames, batch, features]."""
    return features_of(analyse(noisy, front_end), front_end)
