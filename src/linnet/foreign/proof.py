"""The proof that a Network computes what its author's program computed: outputs compared, to within rounding.

The tolerance is derived from the model itself: the same description is computed in float64 and, from the tensors on, in
float32. Their largest difference is what float32 does to this model on these inputs. The author's program is another
float32 computation of it: as far from the truth on the other side, and in another order (a parallel scan, a Fourier
transform, fused products), by which every value has up to log2(frames) roundings more. LEEWAY allows for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linnet.foreign.network import Network
from linnet.foreign.reference import run

Array = NDArray[Any]
LEEWAY = 16  # 2 computations, each with up to 8 times the roundings: the log2 of 256 frames


class ProofError(ValueError):
    """The description gives other outputs than the model; the message says where and by how much."""


@dataclass(frozen=True)
class Examples:
    """What a model was shown and what it gave: inputs [n, frames, in], outputs [n, frames, out], values inside.

    `taps` are outputs of blocks by name, [n, frames, width] each: "encoder", "layers.0".
    """

    inputs: Array
    outputs: Array
    taps: Mapping[str, Array]


@dataclass(frozen=True)
class Proof:
    """That the outputs agree: how far they are apart at most, how far they may be, and what the outputs are."""

    largest_difference: float
    tolerance: float
    values: int
    taps: tuple[str, ...]
    reference: Array


def examples_of(arrays: Mapping[str, Array], label: str) -> Examples:
    """The examples of an .npz file.

    Raises:
        ValueError: an array is missing, empty, not finite, of an unfit shape, or less exact than float32; or the
            inputs are one number everywhere.
    """
    for name in ("inputs", "outputs"):
        if name not in arrays:
            raise ValueError(
                f"{label} has no array {name!r}, only {', '.join(sorted(arrays)) or 'none'}; give inputs "
                "[n, frames, in] and outputs [n, frames, out] of the model."
            )
    for name, array in arrays.items():
        if array.ndim != 3 or array.size == 0:
            raise ValueError(
                f"{name} of {label} has shape {array.shape}, and [n, frames, width] is wanted, with at least one "
                "of each; give sequences that the model was shown, a single one as array[None]."
            )
        if array.shape[:2] != arrays["inputs"].shape[:2]:
            raise ValueError(
                f"{name} of {label} has shape {array.shape} beside inputs of {arrays['inputs'].shape}; give every "
                "array as [n, frames, width], of the same sequences."
            )
        if array.dtype not in (np.float32, np.float64):
            raise ValueError(
                f"{name} of {label} is {array.dtype}, too coarse to prove anything by; run the model in float32."
            )
        if not np.all(np.isfinite(array)):
            raise ValueError(
                f"{name} of {label} is not finite everywhere, so nothing can be compared; leave that out."
            )
    if np.ptp(arrays["inputs"]) == 0:
        raise ValueError(
            f"inputs of {label} are {arrays['inputs'].flat[0]:g} everywhere, which proves nothing and tells no "
            "range; give inputs as the model gets them in use."
        )
    taps = {name: array for name, array in arrays.items() if name not in ("inputs", "outputs")}
    return Examples(arrays["inputs"], arrays["outputs"], taps)


def prove(network: Network, rounded: Network, examples: Examples) -> Proof:
    """Compare what the network gives with what its author's program gave.

    Args:
        network: the description in float64.
        rounded: the same in float32.
        examples: what is compared.

    Raises:
        ProofError: they differ by more than float32 can explain.
        ValueError: the examples are of another width, or name a block that there is not.
    """
    exact, coarse = _seen(network, examples), _seen(rounded, examples)
    proofs = [_agreement(name, given, exact, coarse) for name, given in _given(network, examples).items()]
    return Proof(*proofs[-1], examples.outputs.size, tuple(examples.taps), exact["outputs"])


def _given(network: Network, examples: Examples) -> dict[str, Array]:
    """The taps in the order of the blocks, then the outputs: so the first that differs is where it begins."""
    names = [block.name for block in network.blocks]
    for name in examples.taps:
        if name not in names:
            raise ValueError(
                f"{name!r} of the examples is no block of the map; name one of {', '.join(names)}."
            )
    ordered = {name: examples.taps[name] for name in names if name in examples.taps}
    return ordered | {"outputs": examples.outputs}


def _seen(network: Network, examples: Examples) -> dict[str, Array]:
    seen: dict[str, Array] = {}

    def note(name: str, values: Array) -> None:
        if name in examples.taps:
            seen[name] = values

    seen["outputs"] = run(network, examples.inputs, tap=note)
    return seen


def _agreement(
    name: str, given: Array, exact: Mapping[str, Array], coarse: Mapping[str, Array]
) -> tuple[float, float]:
    """Largest difference and tolerance of one array."""
    ours, rounded = exact[name], coarse[name].astype(np.float64)
    if given.shape != ours.shape:
        raise ProofError(
            f"{name} of the examples has {given.shape[-1]} values a frame, but the map gives {ours.shape[-1]}; correct "
            "the map, or give the examples of this model."
        )
    unit = float(np.finfo(np.float32).eps) * float(np.max(np.abs(ours)))
    tolerance = LEEWAY * max(float(np.max(np.abs(rounded - ours))), unit)
    apart = np.abs(given.astype(np.float64) - ours)
    if not np.max(apart) <= tolerance:
        raise ProofError(_difference(name, apart, ours, tolerance))
    return float(np.max(apart)), tolerance


def _difference(name: str, apart: Array, ours: Array, tolerance: float) -> str:
    """The message of a failed proof: where it is worst, and where in time it begins."""
    example, frame, value = (int(i) for i in np.unravel_index(np.argmax(apart), apart.shape))
    begins = int(np.argmax(np.any(apart > tolerance, axis=(0, 2))))
    hint = (
        "it differs from the first frame on, so look at matrices, norms, activations and D"
        if begins == 0
        else f"the {begins} frames before agree, so look at decays, steps and discretization"
    )
    size = float(np.sqrt(np.mean(ours**2)))
    return (
        f"{name} differ by up to {apart[example, frame, value]:.3g} (sequence {example}, frame {frame}, value {value}; "
        f"their rms is {size:.3g}), but rounding to float32 explains {tolerance:.2g} at most; {hint}"
        f"{'' if name != 'outputs' else ', and give the values after each block to see where it begins'}."
    )
