"""What training pulls towards: signal-to-noise ratios in dB, held softly below a limit.

The limit keeps clips that are nearly clean from drowning the rest: with t = 10^(-limit/10) the ratio is
-10 log10(noise / signal + t), as in Wisdom et al., "Unsupervised sound separation", arXiv:2006.12701, eq. 2.
"""

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

Clips = Array | NDArray[np.float32]
"""Sound [..., samples]; NumPy arrays are taken to the device."""

TINY = 1e-10  # energy added to both sides; far below any clip at -60 dBFS


def snr_db(reference: Clips, estimate: Clips, *, limit_db: float) -> Array:
    """10 log10 |s|^2 / |s - e|^2 per clip, scale counted: [..., samples] to [...]."""
    return _limited_db(jnp.sum(reference**2, -1), jnp.sum((reference - estimate) ** 2, -1), limit_db)


def si_snr_db(reference: Clips, estimate: Clips, *, limit_db: float) -> Array:
    """The same after removing means and the best scale of the reference (Le Roux et al., arXiv:1811.02508)."""
    s = reference - jnp.mean(reference, -1, keepdims=True)
    e = estimate - jnp.mean(estimate, -1, keepdims=True)
    energy = jnp.sum(s * s, -1, keepdims=True)
    target = s * jnp.sum(s * e, -1, keepdims=True) / (energy + TINY)
    return _limited_db(jnp.sum(target**2, -1), jnp.sum((e - target) ** 2, -1), limit_db)


def _limited_db(signal: Array, noise: Array, limit_db: float) -> Array:
    return -10 * jnp.log10((noise + TINY) / (signal + TINY) + 10 ** (-limit_db / 10))
