"""A small random denoiser with its features and ranges, made once for all tests of the compiler; and larger ones."""

from functools import cache
from typing import NamedTuple

import jax
import numpy as np

from linnet.ir import FrontEndSpec, Metadata
from linnet.nn.denoiser import Denoiser, FoldedDenoiser
from linnet.quant.calibrate import calibrate
from linnet.quant.plan import Ranges

BINS, FRAMES = 17, 40


class Small(NamedTuple):
    """model; features [frames, batch, bins] like those of calibration; the gains of the float model; ranges."""

    model: FoldedDenoiser
    features: np.ndarray
    gains: np.ndarray
    ranges: Ranges


@cache
def small() -> Small:
    return drawn(bins=BINS, width=1 / 16, layers=2)


def drawn(*, bins: int, width: float, layers: int, density: float = 1.0) -> Small:
    """Any size; `density` is how many weights of each matrix are left, at random."""
    whole = Denoiser.create(3, features=bins, gains=bins, width=width, layers=layers)
    features = np.abs(np.random.default_rng(4).standard_normal((FRAMES, 3, bins))).astype(np.float32)

    @jax.jit
    def folded() -> FoldedDenoiser:
        return whole.fold(whole.apply_normalised(features)[1])

    rng = np.random.default_rng(5)

    def pruned(leaf: jax.Array) -> jax.Array:
        return leaf * (rng.random(leaf.shape) < density) if leaf.ndim == 2 else leaf

    model = folded() if density == 1.0 else jax.tree.map(pruned, folded())
    gains = np.asarray(jax.jit(lambda m: m.apply(features))(model))
    return Small(model, features, gains, calibrate(model, [jax.numpy.asarray(features)]))


def metadata(bins: int = BINS) -> Metadata:
    window = 2 * (bins - 1)
    return Metadata(
        name="small", licence="Apache-2.0", front_end=FrontEndSpec(window=window, hop=window // 4)
    )
