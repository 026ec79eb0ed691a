"""Sound to sound through a float model, whole clips at once: STFT, features, gains, inverse STFT, all under jit."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

from linnet.audio.phases import turned
from linnet.audio.stft import (
    FrontEnd,
    compress,
    level_step,
    mean_over_bins,
    normalize_by_level,
    of_every_bin,
    shown,
)
from linnet.tasks.denoise.front_end import Spectra, analyse, synthesise

Gains = Callable[[Array], Array]
"""Features [frames, batch, features] to gains [frames, batch, gains]."""


def features_of(spectra: Spectra, front_end: FrontEnd) -> Array:
    """Spectra [frames, batch, bins] to float32 [frames, batch, features]: `audio.stft.features`, for JAX."""
    magnitudes = jnp.sqrt(spectra.re * spectra.re + spectra.im * spectra.im)
    return shown(_sizes(magnitudes, front_end), *spectra, front_end)


def _sizes(magnitudes: Array, front_end: FrontEnd) -> Array:
    """The compressed magnitudes over their running level: float32 [frames, batch, bins] to the same shape."""
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
    gains, turns = of_every_bin(gains_of(features_of(spectra, front_end)), front_end)
    if front_end.phase_bins:
        spectra = Spectra(*turned(*spectra, turns))
    return synthesise(spectra, gains, noisy.shape[-1], front_end)


def features_of_clips(noisy: Array, front_end: FrontEnd) -> Array:
    """Clips [batch, samples] to features [frames, batch, features]."""
    return features_of(analyse(noisy, front_end), front_end)
