"""What networks are shown of sound, as training needs it: features of whole clips, under jit and differentiable."""

from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
from jax import Array

from linnet.audio.offset import Offset, less_line, mean_step, no_offset
from linnet.audio.rates import HELD, highest_present, lower_rates
from linnet.audio.stft import FrontEnd, compress, level_step, mean_over_bins, normalize_by_level, shown
from linnet.tasks.spectra import Spectra, analyse


def features_of_clips(clips: Array, front_end: FrontEnd, rate_hz: Array | None = None) -> Array:
    """Clips [batch, samples] to features [frames, batch, features]; `rate_hz` is that of `features_of`."""
    return features_of(analyse(heard(clips, front_end), front_end), front_end, rate_hz)


def heard(clips: Array, front_end: FrontEnd) -> Array:
    """Clips [batch, samples] as a stream hears them, without their offset: `audio.offset.without_offset`, for JAX."""
    if front_end.offset_alpha == 0:
        return clips
    batch, samples = clips.shape
    padded = jnp.pad(clips, [(0, 0), (0, -samples % front_end.hop)])
    hops = jnp.swapaxes(padded.reshape(batch, -1, front_end.hop), 0, 1)
    means = jnp.mean(hops, axis=-1)  # by `hop_mean` XLA would sum anew for every sample
    _, (starts, ends) = jax.lax.scan(_mean_of_hop(front_end), no_offset((batch,)), means)
    return jnp.swapaxes(less_line(hops, means, starts, ends), 0, 1).reshape(padded.shape)[:, :samples]


@cache
def _mean_of_hop(front_end: FrontEnd) -> Callable[[Offset, Array], tuple[Offset, tuple[Array, Array]]]:
    """A step of the offset; one function for each front end, since JAX compiles a scan anew for each function."""

    def one_hop(offset: Offset, mean: Array) -> tuple[Offset, tuple[Array, Array]]:
        following, start = mean_step(offset, mean, front_end)
        return following, (start, following.value)

    return one_hop


def features_of(spectra: Spectra, front_end: FrontEnd, rate_hz: Array | None = None) -> Array:
    """Spectra [frames, batch, bins] to float32 [frames, batch, features]: `audio.stft.features`, for JAX.

    `rate_hz`, int32 [batch], is the sample rate at which each clip is shown: `audio.rates`, for JAX. None: the model's.
    """
    magnitudes = jnp.sqrt(spectra.re * spectra.re + spectra.im * spectra.im)
    compressed = compress(magnitudes, front_end)
    if rate_hz is not None:
        compressed = _completed(compressed, front_end, rate_hz)
    return shown(_over_level(compressed, front_end), *spectra, front_end)


def _completed(compressed: Array, front_end: FrontEnd, rate_hz: Array) -> Array:
    """Sizes [frames, batch, bins], those that clips of lower rates lack made up as at these rates."""
    present = jnp.full(rate_hz.shape, front_end.bins)
    for lower_hz, bins in lower_rates(front_end).items():
        present = jnp.where(rate_hz == lower_hz, bins, present)
    bin_ = jnp.arange(front_end.bins)
    first, end = highest_present(present[:, None])
    highest = (first <= bin_) & (bin_ < end)
    mean = jnp.sum(jnp.where(highest, compressed, 0), axis=-1, keepdims=True) / (end - first)
    return jnp.where(bin_ < present[:, None], compressed, HELD * mean)


def _over_level(compressed: Array, front_end: FrontEnd) -> Array:
    """Compressed magnitudes over their running level: float32 [frames, batch, bins] to the same shape."""
    if front_end.level_alpha == 0:
        return compressed
    means = mean_over_bins(compressed)
    start = jnp.full(means.shape[1:], front_end.level_initial, means.dtype)
    return normalize_by_level(
        compressed, jax.lax.scan(_level_of_frame(front_end), start, means)[1], front_end
    )


@cache
def _level_of_frame(front_end: FrontEnd) -> Callable[[Array, Array], tuple[Array, Array]]:
    """A step of the level; one function for each front end, since JAX compiles a scan anew for each function."""

    def one_frame(level: Array, mean: Array) -> tuple[Array, Array]:
        level = level_step(level, mean, front_end)
        return level, level

    return one_frame
