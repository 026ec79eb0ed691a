"""One-shot pruning of a Network: which weights go, by their size alone or also by what they multiply.

Rules compare the weights of a row with one another, so every output keeps as many inputs (Wanda, arXiv:2306.11695). The
weights that stay take over what those that go gave on the examples: least squares, row by row, and the bias the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linnet.foreign.network import Network, Step
from linnet.foreign.reference import run

Array = NDArray[Any]
BIASES = {
    "weight": "bias",
    "value": "value_bias",
    "gate": "gate_bias",
    "B": "drive_bias",
    "C": "bias",
    "D": "bias",
}

DAMPING = 0.01  # of the mean variance of the inputs, added to each: few examples may not move weights far

Rule = Callable[[Array, Array], Array]
"""Scores [out, in] of weights [out, in] whose inputs have rms sizes [in]: the lowest of a row go."""


def magnitude(weight: Array, sizes: Array) -> Array:
    """|w|."""
    del sizes
    return np.abs(weight)


def wanda(weight: Array, sizes: Array) -> Array:
    """|w| times the rms of what it multiplies."""
    return np.abs(weight) * sizes


RULES: Mapping[str, Rule] = {"magnitude": magnitude, "wanda": wanda}


def prune(
    network: Network, inputs: Array, *, density: float, rule: Rule, keep: Sequence[str] = ()
) -> Network:
    """The network with a share `density` of the nonzero weights of each row, as `rule` chooses.

    Inputs [n, frames, in] say what the weights multiply. Matrices stay whole whose name ("layers.0.mixer.gate") fits a
    pattern of `keep`.

    Raises:
        ValueError: the density is no share, or a pattern fits no matrix.
    """
    if not 0 < density <= 1:
        raise ValueError(f"density={density} is no share of the weights; give more than 0, up to 1.")
    names = [f"{step.name}.{name}" for step in network.steps() for name in step.matrices()]
    for pattern in keep:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise ValueError(
                f"{pattern} names no matrix, so nothing would be kept; choose among {', '.join(names)}."
            )
    moments = _moments(network, inputs)
    pruned = {
        step.name: _pruned(step, moments, density=density, rule=rule, keep=keep) for step in network.steps()
    }
    return network.with_steps(pruned)


class Moments(NamedTuple):
    """Of what a matrix multiplies: mean [width] and covariance [width, width]."""

    mean: Array
    covariance: Array

    @property
    def rms(self) -> Array:
        """Root of the mean square [width]."""
        return np.sqrt(np.diag(self.covariance) + self.mean**2)


def _moments(network: Network, inputs: Array) -> dict[str, Moments]:
    """Those of everything that a matrix multiplies, by the name of its tap."""
    moments: dict[str, Moments] = {}

    def note(name: str, values: Array) -> None:
        if name.endswith((".in", ".state")):
            flat = values.reshape(-1, values.shape[-1])
            mean = np.mean(flat, axis=0)
            moments[name] = Moments(mean, (flat - mean).T @ (flat - mean) / len(flat))

    run(network, inputs, tap=note)
    return moments


def _pruned(
    step: Step, moments: Mapping[str, Moments], *, density: float, rule: Rule, keep: Sequence[str]
) -> Step:
    changed: dict[str, Array] = {}
    for name, weight in step.matrices().items():
        if any(fnmatchcase(f"{step.name}.{name}", pattern) for pattern in keep):
            continue
        multiplied = moments[f"{step.name}.{step.READS[name]}"]
        stays = kept(rule(weight, multiplied.rms), weight != 0, density)
        changed[name] = refitted(weight, stays, multiplied.covariance)
        bias = BIASES[name]
        changed[bias] = changed.get(bias, getattr(step, bias)) + (weight - changed[name]) @ multiplied.mean
    return step.with_arrays(changed)


def refitted(weight: Array, stays: NDArray[np.bool_], covariance: Array) -> Array:
    """Weights [out, in] that are 0 where they do not stay, and whose products are nearest to those of all weights."""
    damped = covariance + DAMPING * np.mean(np.diag(covariance)) * np.eye(len(covariance))
    fitted = np.where(stays, weight, 0.0)
    for row, own in enumerate(stays):
        gone = ~own & (weight[row] != 0)
        if gone.any() and np.any(damped):
            lost = damped[np.ix_(own, gone)] @ weight[row, gone]
            fitted[row, own] += np.linalg.solve(damped[np.ix_(own, own)], lost)
    return fitted


def kept(scores: Array, nonzero: NDArray[np.bool_], density: float) -> NDArray[np.bool_]:
    """Which weights stay, [out, in]: of each row the share `density` of its nonzero ones, at least one, rounded up."""
    counts = np.ceil(density * nonzero.sum(axis=1)).astype(int)
    order = np.argsort(np.where(nonzero, -scores, np.inf), axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(scores.shape[1])[None, :], axis=1)
    return np.asarray((places < counts[:, None]) & nonzero)
