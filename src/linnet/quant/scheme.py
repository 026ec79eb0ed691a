"""How many bits everything gets, and how a power-of-two scale is chosen for a range. NumPy only.

Which exponent every wire of a model has is plan.py's, how a matrix becomes codes matrices.py's.
"""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FINEST_EXPONENT = (
    30  # a wire that never passes 2^-16 is all but dead; finer steps would only strain its shifts
)
SUMMED_WIRES = ("from_state", "skip", "control", "gated", "logit", "gain")  # no matrix reads them
DRIVES = ("drive", "candidate")  # what enters a state, in 32 bits
CANDIDATE_BITS = 24  # of those that a candidate of a gated recurrence uses (ir/nodes.py)


@dataclass(frozen=True)
class Scheme:
    """Widths of the deployed numbers, how scales are chosen, and how far an activation may pass its calibrated range.

    Decays have 16 bits; states have 32, with `state_guard_bits` more fraction bits than what is read out of them.
    Strings and numbers only, so that a table of a recipe can hold one.
    """

    weight_bits: int = 8
    """Of the codes of every matrix, 8 or 4; both lie in the program as int8."""
    weight_bits_of_names: tuple[tuple[str, int], ...] = ()
    """Pairs of pattern and bits, `(("encoder.*", 8),)`: the first pattern that a matrix's name fits decides instead."""
    weight_kind: Literal["integer", "e4m3", "e5m2"] = "integer"
    """Integers, or floats of 8 bits (fp8.py), which can be scored but not lowered."""
    weight_scale: Literal["row", "matrix"] = "row"
    """One power of two for every row, or for a whole matrix."""
    weight_fit: Literal["largest", "least-squares"] = "largest"
    """The scale holds the largest weight, or leaves the least squared error of rounding and saturation."""
    wire_fit: Literal["largest", "least-squares"] = "largest"
    """The same of wires, by what calibration hears: which observer measures them (observers.py, `observer_of`)."""
    equalize: bool = False
    """Whether quiet features of the stream are made louder first, that are read by large weights (equalize.py)."""
    activation_bits: int = 16
    """16 or 8, of all that a matrix reads: features, the stream from layer to layer, what is read out of the states,
    what is gated. What is only summed or goes into a sigmoid has 16 in both."""
    decay_bits: int = 16
    headroom_bits: int = 1
    """By how many doublings an activation may pass its calibrated range."""
    state_guard_bits: int = 13

    def __post_init__(self) -> None:
        for name, bits in (("matrices", self.weight_bits), *self.weight_bits_of_names):
            if bits not in (4, 8):
                raise ValueError(
                    f"{name} with weights of {bits} bits cannot be lowered: the Program holds int8 codes, of which "
                    "4 or all 8 bits are used; give 4 or 8."
                )
        if self.activation_bits not in (8, 16) or self.decay_bits != 16:
            raise ValueError(
                f"A{self.activation_bits} with {self.decay_bits}-bit decays cannot be lowered: the Program holds "
                "activations of 8 or 16 bits and int16 decays; use 8 or 16, and 16."
            )
        if not (0 <= self.headroom_bits <= 4 and 0 <= self.state_guard_bits <= 24):
            raise ValueError(
                f"headroom_bits={self.headroom_bits} and state_guard_bits={self.state_guard_bits} leave no bits to "
                "what they guard; give 0 to 4 and 0 to 24."
            )
        self._refuse_other_words()

    def _refuse_other_words(self) -> None:
        known = {
            "weight_kind": ("integer", "e4m3", "e5m2"),
            "weight_scale": ("row", "matrix"),
            "weight_fit": ("largest", "least-squares"),
            "wire_fit": ("largest", "least-squares"),
        }
        for field, words in known.items():
            if getattr(self, field) not in words:
                raise ValueError(
                    f"{field}={getattr(self, field)!r} is no way to round; choose one of {', '.join(words)}."
                )

    def weight_bits_of(self, name: str) -> int:
        """The bits of a matrix by its tap name, such as "encoder.weight" or "layers.0.ssm.B"."""
        fitting = (bits for pattern, bits in self.weight_bits_of_names if fnmatchcase(name, pattern))
        return next(fitting, self.weight_bits)

    def wire_bits(self, name: str) -> int:
        """The bits of a wire by its tap name, such as "encoded" or "layers.0.ssm.state"."""
        last = name.rsplit(".", 1)[-1]
        if last in DRIVES:
            return 32
        return 16 if last in SUMMED_WIRES else self.activation_bits

    def activation_exponent(self, largest: float, bits: int) -> int:
        """The exponent at which `largest`, with the headroom, still fits a signed code of `bits` bits."""
        exponent = largest_exponent(np.asarray(largest * 2**self.headroom_bits), bits)
        return min(int(exponent), FINEST_EXPONENT)

    def after_training(self, trained_for: "Scheme | None") -> "Scheme":
        """This scheme for a run that learned with weights rounded by another, or by none: equalized where that helps.

        It helps weights that never learned to be rounded so, if their rounding is what is heard: not that of 8-bit
        activations, whose ranges it stretches. Floats and rows that share one scale gain nothing by it.
        """
        learned = trained_for is not None and self._rounds_weights_like(trained_for)
        coarse = self.weight_bits < 8 or self.activation_bits > 8
        by_rows = self.weight_kind == "integer" and self.weight_scale == "row"
        return replace(self, equalize=by_rows and coarse and not learned)

    def _rounds_weights_like(self, other: "Scheme") -> bool:
        names = ("weight_kind", "weight_bits", "weight_bits_of_names")
        return all(getattr(self, name) == getattr(other, name) for name in names)


DIAGONALS = (("*.D", 8),)  # one weight per feature: four bits less would save nothing
ENDS = (("encoder.*", 8), ("decoder.*", 8))

W8A16 = Scheme()
W8A8 = Scheme(
    weight_fit="least-squares",
    wire_fit="least-squares",  # 8 bits are too few to hold all that is ever heard
    activation_bits=8,
    headroom_bits=0,
    state_guard_bits=20,  # states as fine as those of W8A16
)
W4A16 = Scheme(weight_bits=4, weight_bits_of_names=DIAGONALS, weight_fit="least-squares")
MIXED = replace(W4A16, weight_bits_of_names=(*ENDS, *DIAGONALS))
SCHEMES = {
    "W8A16": W8A16,
    "W8A8": W8A8,
    "W4A16": W4A16,
    "W4A8": replace(W8A8, weight_bits=4, weight_bits_of_names=DIAGONALS),
    "mixed": MIXED,
    "E4M3A16": replace(W8A16, weight_kind="e4m3"),
    "E5M2A16": replace(W8A16, weight_kind="e5m2"),
}
"""By name. In the mixed one encoder and decoder have 8 bits and the layers between them 4."""


def largest_exponent(largest: NDArray[np.floating], bits: int) -> NDArray[np.int64]:
    """The largest e with round(largest * 2^e) <= 2^(bits-1) - 1, elementwise; 0 where `largest` is 0.

    Exact, for it asks no logarithm: m 2^k with 1/2 <= m < 1 fits at e = bits - 1 - k, or one less where it rounds up.
    """
    mantissa, power = np.frexp(np.abs(np.asarray(largest, np.float64)))
    rounds_up = mantissa >= 1 - 2.0**-bits
    return np.where(mantissa > 0, bits - 1 - power.astype(np.int64) - rounds_up, 0)


def to_codes(
    values: NDArray[np.floating], exponent: NDArray[np.integer] | int, bits: int
) -> NDArray[np.int64]:
    """round(values * 2^exponent), halves up, saturated to `bits`: the rounding rule of numerics/fixed_point.py."""
    scaled = np.asarray(values, np.float64) * np.exp2(np.asarray(exponent, np.float64))
    top = 2 ** (bits - 1)
    return np.clip(np.floor(scaled + 0.5), -top, top - 1).astype(np.int64)
