"""One-shot pruning of a Network: which weights go, by their size alone or also by what they multiply.

The mean of what a removed weight contributed on the examples goes into the bias, which costs nothing. Rules compare the
weights of a row with one another, so every output keeps as many inputs (Wanda, arXiv:2306.11695).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

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


def _moments(network: Network, inputs: Array) -> dict[str, tuple[Array, Array]]:
    """Mean and rms [width] of everything that a matrix multiplies, by the name of its tap."""
    moments: dict[str, tuple[Array, Array]] = {}

    def note(name: str, values: Array) -> None:
        if name.endswith((".in", ".state")):
            rms = np.sqrt(np.mean(values**2, axis=(0, 1)))
            moments[name] = np.mean(values, axis=(0, 1)), rms

    run(network, inputs, tap=note)
    return moments


def _pruned(
    step: Step, moments: Mapping[str, tuple[Array, Array]], *, density: float, rule: Rule, keep: Sequence[str]
) -> Step:
    changed: dict[str, Array] = {}
    for name, weight in step.matrices().items():
        if any(fnmatchcase(f"{step.name}.{name}", pattern) for pattern in keep):
            continue
        mean, rms = moments[f"{step.name}.{step.READS[name]}"]
        stays = kept(rule(weight, rms), weight != 0, density)
        changed[name] = np.where(stays, weight, 0)
        bias = BIASES[name]
        changed[bias] = changed.get(bias, getattr(step, bias)) + np.where(stays, 0, weight) @ mean
    return step.with_arrays(changed)


def kept(scores: Array, nonzero: NDArray[np.bool_], density: float) -> NDArray[np.bool_]:
    """Which weights stay, [out, in]: of each row the share `density` of its nonzero ones, at least one, rounded up."""
    counts = np.ceil(density * nonzero.sum(axis=1)).astype(int)
    order = np.argsort(np.where(nonzero, -scores, np.inf), axis=1, kind="stable")
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(scores.shape[1])[None, :], axis=1)
    return np.asarray((places < counts[:, None]) & nonzero)
