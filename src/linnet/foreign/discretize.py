"""From the parameters of known layers to decays and input matrices for one frame: one function for each variant.

All work in the type of number that they are given. Sources: S4D (arXiv:2206.11893) and its code, S5 (arXiv:2208.04933),
LRU (arXiv:2303.06349).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[Any]
Discrete = tuple[Complex, Complex]
"""Lambda_bar and what the rows of B are multiplied by, each of the shape of Lambda."""

LARGEST_REAL = -1e-4  # what S5 clips the real parts of its eigenvalues to, where it is told to


def zero_order_hold(Lambda: Complex, step: NDArray[Any]) -> Discrete:
    """The input stays as it is for a step: exp(Lambda step), (exp(Lambda step) - 1) / Lambda.

    The second is `step` where Lambda is 0, its limit.
    """
    decay = np.exp(Lambda * step)
    at_zero = Lambda == 0
    return decay, np.where(at_zero, step, (decay - 1) / np.where(at_zero, 1, Lambda))


def bilinear(Lambda: Complex, step: NDArray[Any]) -> Discrete:
    """Tustin's rule: (1 + Lambda step / 2) / (1 - Lambda step / 2), step / (1 - Lambda step / 2)."""
    inverse = 1 / (1 - Lambda * (step / 2))
    return inverse * (1 + Lambda * (step / 2)), inverse * step


DISCRETIZATIONS: dict[str, Callable[[Complex, NDArray[Any]], Discrete]] = {
    "zoh": zero_order_hold,
    "bilinear": bilinear,
}


def clipped(Lambda: Complex) -> Complex:
    """Lambda with its real part at most LARGEST_REAL, as S5 does with clip_eigs."""
    largest = np.asarray(LARGEST_REAL, Lambda.real.dtype)
    return (np.minimum(Lambda.real, largest) + 1j * Lambda.imag).astype(Lambda.dtype)


def linear_recurrent_unit(
    nu_log: NDArray[Any], theta_log: NDArray[Any], gamma_log: NDArray[Any] | None
) -> Discrete:
    """LRU: exp(-exp(nu_log) + i exp(theta_log)), exp(gamma_log); without gamma_log, sqrt(1 - |decay|^2)."""
    size = np.exp(-np.exp(nu_log))
    angle = np.exp(theta_log)
    decay = size * (np.cos(angle) + 1j * np.sin(angle)).astype(np.result_type(size, np.complex64))
    gamma = np.exp(gamma_log) if gamma_log is not None else np.sqrt(1 - size**2)
    return decay, gamma


def per_channel(B: Complex, C: Complex) -> tuple[Complex, Complex]:
    """S4D's separate recurrences, one for each of H channels, as one: B and C [H, N] to [H N, H] and [H, H N]."""
    channels, states = B.shape
    own = np.repeat(np.eye(channels, dtype=B.dtype), states, axis=0)
    return own * B.reshape(-1, 1), own.T * C.reshape(1, -1)
