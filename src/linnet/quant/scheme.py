"""How many bits everything gets, and how a power-of-two scale is chosen for a range. NumPy only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FINEST_EXPONENT = (
    30  # a wire that never passes 2^-16 is all but dead; finer steps would only strain its shifts
)


@dataclass(frozen=True)
class Scheme:
    """Widths of the deployed numbers, and by how many doublings an activation may pass its calibrated range.

    Weights have 8 bits and a power-of-two scale per row, decays 16; states have 32, with `state_guard_bits` more
    fraction bits than what is read out of them. `activation_bits`, 8 or 16, are those of all that a matrix reads:
    features, the stream from layer to layer, what is read out of the states, what is gated. What is only summed or goes
    into a sigmoid has 16 in both.
    """

    weight_bits: int = 8
    activation_bits: int = 16
    decay_bits: int = 16
    headroom_bits: int = 1
    state_guard_bits: int = 13

    def __post_init__(self) -> None:
        known = self.activation_bits in (8, 16)
        if not known or (self.weight_bits, self.decay_bits) != (8, 16):
            raise ValueError(
                f"W{self.weight_bits}A{self.activation_bits} with {self.decay_bits}-bit decays cannot be lowered: "
                "the Program holds int8 weights, activations of 8 or 16 bits and int16 decays; use 8, 8 or 16, and 16."
            )

    def activation_exponent(self, largest: float, bits: int) -> int:
        """The exponent at which `largest`, with the headroom, still fits a signed code of `bits` bits."""
        exponent = largest_exponent(np.asarray(largest * 2**self.headroom_bits), bits)
        return min(int(exponent), FINEST_EXPONENT)


W8A16 = Scheme()
W8A8 = Scheme(activation_bits=8, headroom_bits=0, state_guard_bits=20)  # states as fine as those of W8A16
SCHEMES = {8: W8A8, 16: W8A16}  # by the bits of activations


def largest_exponent(largest: NDArray[np.floating], bits: int) -> NDArray[np.int64]:
    """The largest e with round(largest * 2^e) <= 2^(bits-1) - 1, elementwise; 0 where `largest` is 0."""
    top = 2 ** (bits - 1) - 1
    magnitude = np.abs(np.asarray(largest, np.float64))
    safe = np.where(magnitude > 0, magnitude, 1.0)
    exponent = np.floor(np.log2((top + 0.499) / safe)).astype(np.int64)
    return np.where(magnitude > 0, exponent, 0)


def to_codes(
    values: NDArray[np.floating], exponent: NDArray[np.integer] | int, bits: int
) -> NDArray[np.int64]:
    """round(values * 2^exponent), halves up, saturated to `bits`: the rounding rule of numerics/fixed_point.py."""
    scaled = np.asarray(values, np.float64) * np.exp2(np.asarray(exponent, np.float64))
    top = 2 ** (bits - 1)
    return np.clip(np.floor(scaled + 0.5), -top, top - 1).astype(np.int64)
