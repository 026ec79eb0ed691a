"""The tables of a recipe that impose something on the model: zeros, bits, rectified wires, a price on activations.

What they do to it is constraints.py's and penalty.py's.
"""

import math
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from linnet.nn.activations import Activations
from linnet.sparsity.masks import ROUNDING_OF_SHARES, SparsitySettings


def reached(share: float, updates: int) -> int:
    """How many of `updates` moves are made when this share of them is."""
    return math.ceil(share * updates - ROUNDING_OF_SHARES)


@dataclass(frozen=True)
class PruningSettings(SparsitySettings):
    """What is pruned in the denoiser, and how its weights learn meanwhile; see `SparsitySettings` for the rest."""

    target: Literal["deployed", "parameters"] = "deployed"
    """Masks on the matrices that are multiplied, or, as published, on the parameters they are made of."""
    score: Literal["magnitude", "effect"] = "magnitude"
    """|w|, or |w| times the root mean square of what it is multiplied with; of parameters only |w|."""
    complex: Literal["separate", "joint"] = "separate"
    """Whether real and imaginary parts of B and C are masked on their own or stay and go together."""
    learning: Literal["straight-through", "none"] = "straight-through"
    """Whether a pruned weight is moved by the derivative it would have if it were there, or by none."""
    pruned_decay: float = 1.0
    """Which share of itself a pruned weight loses at every update: at 1 it starts from 0 each time, as published;
    at 0 it wanders freely, and Adam, which makes all steps equally large, brings back more noise than signal."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.pruned_decay <= 1:
            raise ValueError(f"pruned_decay={self.pruned_decay} is no share of a weight; choose 0 to 1.")
        if self.target == "parameters" and (self.score, self.complex) != ("magnitude", "separate"):
            raise ValueError(
                f"score={self.score!r} and complex={self.complex!r} are known of deployed matrices only; "
                "choose target='deployed', or leave both out."
            )
        if self.learning == "none" and self.regrow:
            raise ValueError(
                f"regrow={self.regrow} brings back what the loss pulls at, and learning='none' lets it pull at nothing "
                "that is pruned; choose learning='straight-through', or regrow=0."
            )
        if self.complex == "joint" and self.regrow:
            raise ValueError(
                f"regrow={self.regrow} exchanges single weights, and complex='joint' keeps two parts together; "
                "choose complex='separate', or regrow=0."
            )
        if self.complex == "joint" and self.pattern != "unstructured":
            raise ValueError(
                f"complex='joint' puts the two parts of a weight half a row apart, where pattern="
                f"{self.pattern!r} cannot count them; choose pattern='unstructured', or complex='separate'."
            )


@dataclass(frozen=True)
class QuantizationSettings:
    """Rounding during training, as deployed, with derivatives passed straight through."""

    scheme: Literal["none", "W8A16", "W8A8", "W4A16", "W4A8", "mixed"] = "none"
    """Of those in quant/scheme.py; the model is then lowered by it, too, unless told otherwise."""
    start: float = 0.75
    """From which share of the updates."""
    activations: bool = True
    """Whether wires are rounded too, or weights alone: 16 bits are so fine that it hardly matters."""

    def __post_init__(self) -> None:
        if not 0 <= self.start <= 1:
            raise ValueError(f"start={self.start} is no share of the updates; choose 0 to 1.")


WIRES = ("encoded", "state", "activation", "output")


@dataclass(frozen=True)
class RelufySettings:
    """From which share of the updates on each wire is rectified: 0 always, 1 never.

    Before that it is left as it is, or, on `activation`, goes through a GELU.
    """

    encoded: float = 0.0
    state: float = 0.0
    activation: float = 0.0
    output: float = 0.0
    top: float = 1.0
    """Share of every frame's values that pass on `encoded`, `activation` and `output`, the largest; 1 lets all pass.
    A study's option: the integer program has no node for it."""

    def __post_init__(self) -> None:
        for name in (*WIRES, "top"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(
                    f"{name}={getattr(self, name)} is no share of the run; choose 0 (always) to 1 (never)."
                )
        if self.top == 0:
            raise ValueError("top=0 lets nothing pass; choose more than 0, up to 1.")

    def at(self, share: float) -> Activations:
        """The activations after this share of the updates."""
        smooth = {name: "gelu" if name == "activation" else "identity" for name in WIRES}
        starts = {name: getattr(self, name) for name in WIRES}
        kinds = {
            name: "relu" if start <= share and start < 1 else smooth[name] for name, start in starts.items()
        }
        return Activations(**kinds, top=self.top)  # type: ignore[arg-type]

    def moments(self) -> tuple[float, ...]:
        """The shares at which something changes."""
        starts = (getattr(self, name) for name in WIRES)
        return tuple(start for start in starts if start < 1)


@dataclass(frozen=True)
class DistillationSettings:
    """Learning from what a trained model, the teacher, makes of the same noisy clips, beside the clean ones."""

    weight: float = 0.0
    """Share of the loss that is the distance to the teacher's estimate; the rest is that to the clean clip."""

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1:
            raise ValueError(f"weight={self.weight} is no share of the loss; choose 0 to 1.")


@dataclass(frozen=True)
class PenaltySettings:
    """A price on activations that are not 0, of every rectified wire that a matrix of a layer or the decoder reads."""

    kind: Literal["l1", "hoyer"] = "l1"
    """Mean absolute value; or (sum |x|)^2 / sum x^2 / size, which does not ask for small values, only for few."""
    weight: float = 0.0
    """In dB of the loss per unit, on the mean over the wires."""

    def __post_init__(self) -> None:
        if not (self.weight >= 0 and isfinite(self.weight)):
            raise ValueError(f"weight={self.weight} is no price; give a finite number, 0 or more.")
