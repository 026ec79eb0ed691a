"""A small random denoiser with its features and ranges, made once for all tests of the compiler."""

from functools import cache
from typing import NamedTuple

import jax
import numpy as np

from linnet.ir import FrontEndSpec, Metadata
from linnet.nn.denoiser import Denoiser, FoldedDenoiser
from linnet.quant.calibrate import Ranges, calibrate

BINS, FRAMES = 17, 40


class Small(NamedTuple):
    """model; features [frames, batch, bins] like those of calibration; the gains of the float model; ranges."""

    model: FoldedDenoiser
    features: np.ndarray
    gains: np.ndarray
    ranges: Ranges


@cache
def small() -> Small:
    whole = Denoiser.create(3, bins=BINS, width=1 / 16, layers=2)
    features = np.abs(np.random.default_rng(4).standard_normal((FRAMES, 3, BINS))).astype(np.float32)

    @jax.jit
    def folded() -> FoldedDenoiser:
        return whole.fold(whole.apply_normalised(features)[1])

    model = folded()
    gains = np.asarray(jax.jit(lambda m: m.apply(features))(model))
    return Small(model, features, gains, calibrate(model, [jax.numpy.asarray(features)]))


def metadata() -> Metadata:
    return Metadata(name="small", licence="Apache-2.0", front_end=FrontEndSpec(window=32, hop=8))
