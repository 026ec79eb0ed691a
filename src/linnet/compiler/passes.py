"""Rewrites of a folded model that change no output but make its numbers easier to round."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from linnet.nn.denoiser import FoldedDenoiser
from linnet.nn.ssm import FoldedS5
from linnet.quant.calibrate import Ranges

SMALLEST_STATE = 2.0**-20  # a state that calibration never saw above this keeps its scale


def balance_states(model: FoldedDenoiser, ranges: Ranges) -> tuple[FoldedDenoiser, Ranges]:
    """Scale every complex state by a power of two so that all have a range in [1, 2).

    A diagonal recurrence and the complex ReLU commute with a positive scale: B's row is multiplied, C's column
    divided, and no rounding happens. Without it the slow states, a hundred times smaller than the fast ones, would
    share their 16 bits.
    """
    layers, known = [], dict(ranges)
    for i, layer in enumerate(model.layers):
        sizes = ranges[f"layers.{i}.ssm.state"]
        scale = state_scales(sizes)
        layers.append(eqx.tree_at(lambda part: part.ssm, layer, _scaled(layer.ssm, scale)))
        for wire in ("state", "state_relu", "drive"):
            known[f"layers.{i}.ssm.{wire}"] = ranges[f"layers.{i}.ssm.{wire}"] * scale
    return eqx.tree_at(lambda m: m.layers, model, tuple(layers)), known


def state_scales(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """One power of two per state, the same for its real and imaginary part: sizes [2P] to scales [2P]."""
    pair = np.maximum(*np.split(sizes, 2))
    exponent = -np.floor(np.log2(np.where(pair > SMALLEST_STATE, pair, 1.0)))
    return np.tile(np.exp2(exponent), 2)


def _scaled(ssm: FoldedS5, scale: NDArray[np.float64]) -> FoldedS5:
    by = jnp.asarray(scale, jnp.float32)
    return eqx.tree_at(
        lambda s: (s.B, s.drive_bias, s.C), ssm, (ssm.B * by[:, None], ssm.drive_bias * by, ssm.C / by)
    )
