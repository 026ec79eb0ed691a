"""A small random denoiser, its features and its ranges, made once for all tests of the compiler; others by it."""

import dataclasses
from functools import cache
from typing import NamedTuple

import jax
import numpy as np

from linnet.ir import FrontEndSpec, Metadata
from linnet.nn.bands import BandLayout
from linnet.nn.network import FoldedNetwork, Network, Recurrence
from linnet.quant.calibrate import calibrate
from linnet.quant.plan import Ranges

BINS, FRAMES = 17, 40


class Small(NamedTuple):
    """model; features [frames, batch, bins] like those of calibration; the gains of the float model; ranges."""

    model: FoldedNetwork
    features: np.ndarray
    gains: np.ndarray
    ranges: Ranges


@cache
def small() -> Small:
    return drawn(bins=BINS, width=1 / 16, layers=2)


@cache
def small_gated() -> Small:
    """One of the same size whose recurrence is gated."""
    return drawn(bins=BINS, width=1 / 16, layers=2, recurrence="gated")


@cache
def small_banded() -> Small:
    """One with four bands of three channels around a layer of 12 features, and phases of its four lowest bins."""
    bands = BandLayout(4, 3, BINS, phase_bins=4)
    return of(Network.with_bands(3, bands, width=1 / 16, layers=3))


def drawn(
    *,
    bins: int,
    width: float,
    layers: int,
    density: float = 1.0,
    recurrence: Recurrence = "s5",
) -> Small:
    """Any size; `density` is how many weights of each matrix are left, at random."""
    whole = Network.create(3, features=bins, outputs=bins, width=width, layers=layers, recurrence=recurrence)
    return of(whole, density)


def of(whole: Network, density: float = 1.0) -> Small:
    """A whole model with its norms folded in."""
    heard = whole.encoder.inputs
    features = np.abs(np.random.default_rng(4).standard_normal((FRAMES, 3, heard))).astype(np.float32)

    @jax.jit
    def folded() -> FoldedNetwork:
        return whole.fold(whole.apply_normalised(jax.numpy.asarray(features))[1])

    rng = np.random.default_rng(5)

    def pruned(leaf: jax.Array) -> jax.Array:
        return leaf * (rng.random(leaf.shape) < density) if leaf.ndim == 2 else leaf

    model = folded() if density == 1.0 else jax.tree.map(pruned, folded())
    gains = np.asarray(jax.jit(lambda m: m.apply(features))(model))
    return Small(model, features, gains, calibrate(model, [jax.numpy.asarray(features)]))


def bent(**wires: str | float) -> FoldedNetwork:
    """The small model with other functions on some of its wires: fields of `Activations`."""
    activations = dataclasses.replace(small().model.activations, **wires)  # type: ignore[arg-type]
    rectified = activations.state == "relu"
    layers = tuple(
        dataclasses.replace(
            layer, activations=activations, ssm=dataclasses.replace(layer.ssm, rectified=rectified)
        )
        for layer in small().model.layers
    )
    return dataclasses.replace(small().model, layers=layers, activations=activations)


def metadata(bins: int = BINS) -> Metadata:
    window = 2 * (bins - 1)
    return Metadata(
        name="small", licence="Apache-2.0", front_end=FrontEndSpec(window=window, hop=window // 4)
    )
