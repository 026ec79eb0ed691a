"""Clips to spectra and, under gains, back: `stft` and `istft` of audio/stft.py as a training step wants them.

Time comes first and the parts of complex numbers apart, as the model takes them. On a CPU both run compiled
(native/front_end.c) where the library is built; elsewhere, and as the meaning of the compiled form, they are the
functions of audio/stft.py. What the features of a spectrum are is the business of features.py.

Derivatives. With A_w clips to spectra under a window w, and its transpose A_w^T, both linear: `analyse` is A_w with the
analysis window, so dL/dclip = A_w^T dL/dX. `synthesise` is A_v^T (c g X), with the synthesis window over its size as v
and c = 1 for the first and the last bin, which stand for themselves, and 2 for those between, which stand for their
conjugates too. So dL/dg = c Re(conj(X) A_v dL/dclip) and dL/dX = c g A_v dL/dclip.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.audio.stft import FrontEnd, frame_count, istft, stft
from linnet.nn import compiled


class Spectra(NamedTuple):
    """Real and imaginary parts, each float32 [frames, clips, bins]."""

    re: Array
    im: Array


def analyse(clips: Array, front_end: FrontEnd) -> Spectra:
    """The spectra of clips [clips, samples]."""
    return _analyse(front_end, clips) if compiled.takes(clips) else plain_analyse(clips, front_end)


def synthesise(spectra: Spectra, gains: Array, samples: int, front_end: FrontEnd) -> Array:
    """Clips [clips, samples] of spectra multiplied by gains [frames, clips, bins]; the phases stay."""
    if not compiled.takes(*spectra, gains):
        return plain_synthesise(spectra, gains, samples, front_end)
    return _synthesise(front_end, samples, spectra, gains)


def plain_analyse(clips: Array, front_end: FrontEnd) -> Spectra:
    """`analyse` by audio/stft.py."""
    spectra = jnp.swapaxes(stft(clips, front_end), 0, 1)
    return Spectra(jnp.real(spectra), jnp.imag(spectra))


def plain_synthesise(spectra: Spectra, gains: Array, samples: int, front_end: FrontEnd) -> Array:
    """`synthesise` by audio/stft.py."""
    cleaned = jax.lax.complex(spectra.re * gains, spectra.im * gains)
    return istft(jnp.swapaxes(cleaned, 0, 1), samples, front_end)


# The compiled forms, and whose derivatives they are.


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _analyse(front_end: FrontEnd, clips: Array) -> Spectra:
    def on_cpu(clips: Array) -> Spectra:
        return _run_analyse(clips, front_end.analysis_window(), front_end)

    return jax.lax.platform_dependent(
        clips, cpu=on_cpu, default=lambda clips: plain_analyse(clips, front_end)
    )


def _analyse_forward(front_end: FrontEnd, clips: Array) -> tuple[Spectra, Array]:
    return _analyse(front_end, clips), clips


def _analyse_backward(front_end: FrontEnd, clips: Array, g: Spectra) -> tuple[Array]:
    def on_cpu(clips: Array, g: Spectra) -> Array:
        each_alone = jnp.broadcast_to(1 / _counts(front_end), g.re.shape)
        return _run_synthesise(g, each_alone, clips, front_end.analysis_window(), front_end)

    def elsewhere(clips: Array, g: Spectra) -> Array:
        (derivative,) = jax.vjp(lambda clips: plain_analyse(clips, front_end), clips)[1](g)
        return derivative

    return (jax.lax.platform_dependent(clips, g, cpu=on_cpu, default=elsewhere),)


_analyse.defvjp(_analyse_forward, _analyse_backward)


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _synthesise(front_end: FrontEnd, samples: int, spectra: Spectra, gains: Array) -> Array:
    def on_cpu(spectra: Spectra, gains: Array) -> Array:
        like = jax.ShapeDtypeStruct((gains.shape[1], samples), gains.dtype)
        return _run_synthesise(spectra, gains, like, _synthesis_window(front_end), front_end)

    return jax.lax.platform_dependent(
        spectra, gains, cpu=on_cpu, default=lambda s, g: plain_synthesise(s, g, samples, front_end)
    )


def _synthesise_forward(
    front_end: FrontEnd, samples: int, spectra: Spectra, gains: Array
) -> tuple[Array, tuple[Spectra, Array]]:
    return _synthesise(front_end, samples, spectra, gains), (spectra, gains)


def _synthesise_backward(
    front_end: FrontEnd, samples: int, kept: tuple[Spectra, Array], g: Array
) -> tuple[Spectra, Array]:
    def on_cpu(spectra: Spectra, gains: Array, g: Array) -> tuple[Spectra, Array]:
        window = _synthesis_window(front_end)
        by_cleaned = _run_analyse(g, window, front_end)  # dropped by XLA where nobody asks for dL/dX
        counted = _counts(front_end) * gains
        by_spectra = Spectra(by_cleaned.re * counted, by_cleaned.im * counted)
        return by_spectra, _run_by_gains(g, spectra, window, front_end)

    def elsewhere(spectra: Spectra, gains: Array, g: Array) -> tuple[Spectra, Array]:
        plain = partial(plain_synthesise, samples=samples, front_end=front_end)
        return jax.vjp(plain, spectra, gains)[1](g)

    return jax.lax.platform_dependent(*kept, g, cpu=on_cpu, default=elsewhere)


_synthesise.defvjp(_synthesise_forward, _synthesise_backward)


def _counts(front_end: FrontEnd) -> NDArray[np.float32]:
    """For how many bins of the whole spectrum each stands: [bins]."""
    counts = np.full(front_end.bins, 2, np.float32)
    counts[[0, -1]] = 1
    return counts


def _synthesis_window(front_end: FrontEnd) -> NDArray[np.float32]:
    return front_end.synthesis_window() / np.float32(front_end.window)


def _run_analyse(clips: Array, window: NDArray[np.float32], front_end: FrontEnd) -> Spectra:
    like = _like_spectra(clips, front_end)
    call = jax.ffi.ffi_call("linnet_analyse", (like, like), vmap_method="sequential")
    return Spectra(*call(clips, *_tables(window, front_end)))


def _run_by_gains(clips: Array, spectra: Spectra, window: NDArray[np.float32], front_end: FrontEnd) -> Array:
    call = jax.ffi.ffi_call("linnet_by_gains", _like_spectra(clips, front_end), vmap_method="sequential")
    return call(clips, *spectra, *_tables(window, front_end))


def _run_synthesise(
    spectra: Spectra,
    gains: Array,
    like: Array | jax.ShapeDtypeStruct,
    window: NDArray[np.float32],
    front_end: FrontEnd,
) -> Array:
    like = jax.ShapeDtypeStruct(like.shape, like.dtype)
    call = jax.ffi.ffi_call("linnet_synthesise", like, vmap_method="sequential")
    return call(*spectra, gains, *_tables(window, front_end))


def _like_spectra(clips: Array, front_end: FrontEnd) -> jax.ShapeDtypeStruct:
    count, samples = clips.shape
    return jax.ShapeDtypeStruct((frame_count(samples, front_end), count, front_end.bins), clips.dtype)


def _tables(
    window: NDArray[np.float32], front_end: FrontEnd
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The window [overlaps, hop], and cosines and sines of 2 pi i / size [2, size], rounded once."""
    turns = 2 * np.pi * np.arange(front_end.window) / front_end.window
    return window.reshape(-1, front_end.hop), np.stack([np.cos(turns), np.sin(turns)]).astype(np.float32)
