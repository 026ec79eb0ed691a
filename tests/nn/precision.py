"""Float64 for the tests of the mathematics, and bounds on what rounding can do to the model's two forms.

`largest_*` run the same network on absolute values with every nonlinearity replaced by its steepest slope: the
result bounds how far an early relative error can grow, so `roundings * unit * largest` is a derived tolerance.
"""

from contextlib import AbstractContextManager

import jax
import numpy as np

UNIT = 2.0**-53  # unit roundoff of float64


def float64() -> AbstractContextManager[None]:
    """JAX computes in float64 inside this context."""
    return jax.enable_x64(True)


def widened(tree):
    """Every array of a tree as float64; call inside `float64()`."""
    return jax.tree.map(lambda leaf: jax.numpy.asarray(leaf, jax.numpy.float64), tree)


def largest_of_ssm(ssm, u: np.ndarray) -> np.ndarray:
    """u [frames, H] to a bound [frames, H] on every sum inside FoldedS5 that leads to y."""
    a_re, a_im = (np.abs(part) for part in ssm.Lambda_bar)
    drive = np.abs(u) @ np.abs(ssm.B).T + np.abs(ssm.drive_bias)
    half, states = a_re.size, []
    re = im = np.zeros(half)
    for d in drive:
        re, im = a_re * re + a_im * im + d[:half], a_re * im + a_im * re + d[half:]
        states.append(np.concatenate([re, im]))
    return np.stack(states) @ np.abs(ssm.C).T + np.abs(ssm.D) * np.abs(u) + np.abs(ssm.D_bias)


def largest_of_denoiser(model, features: np.ndarray) -> np.ndarray:
    """features [frames, bins] to a bound [frames, bins] on the sums behind every gain."""
    u = _largest_of_linear(model.encoder, features)
    for layer in model.layers:
        y = largest_of_ssm(layer.ssm, u)
        u = u + y * (1 + _largest_of_linear(layer.gate, y) / 4)  # |sigmoid'| <= 1/4
    return 1 + _largest_of_linear(model.decoder, u) / 4


def roundings(model, frames: int) -> int:
    """Roundings on the longest way from an input to a gain: every sum of every matrix, four a frame per state."""
    of_layers = sum(
        sum(layer.ssm.B.shape) + layer.gate.weight.shape[1] + 4 * frames + 16 for layer in model.layers
    )
    return model.encoder.weight.shape[1] + model.decoder.weight.shape[1] + of_layers + 8


def _largest_of_linear(linear, x: np.ndarray) -> np.ndarray:
    return np.abs(x) @ np.abs(linear.weight).T + np.abs(linear.bias)
