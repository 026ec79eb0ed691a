"""Matrices as they lie in flash: four layouts, and the rule that chooses one. Mirror of engine/src/flash/flash.h.

Only NumPy: `linnet export c` works where JAX is not installed. How the numbers become C text is to_c.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

QUAD, ROWS = 4, 4  # LN_FLASH_QUAD, LN_FLASH_ROWS: what dense matrices are padded to
QUAD_ORDER = (0, 2, 1, 3)  # columns within four bytes, as the SXTB16 instruction wants them
LONGEST_GAP = 255
NIBBLE_ON = 15  # LN_FLASH_NIBBLE_ON
STEP = 4  # LN_FLASH_STEP

# Instructions, counted under QEMU for a Cortex-M4F at k = 0.5 and 90 % zeros, all around them included: per weight,
# per nonzero, per nonzero whose input is not 0.
DENSE_COST, ROWS_COST, COLUMNS_COST = 1.8, 7.6, 8.6


class Layout(Enum):
    """How a matrix lies in flash; the value is the word that people read."""

    DENSE = "dense"
    ROWS = "rows"
    COLUMNS = "columns"
    PACKED = "packed"


Choice = Callable[[npt.NDArray[np.int8], float], Layout]  # (weight [out, in], share of inputs that are not 0)


def choose(weight: npt.NDArray[np.int8], activity: float) -> Layout:
    """The layout with the fewest instructions, of those that take no more flash than the dense one."""
    nonzeros = np.count_nonzero(weight)
    costs = {
        Layout.DENSE: DENSE_COST * weight.size,
        Layout.ROWS: ROWS_COST * nonzeros,
        Layout.COLUMNS: COLUMNS_COST * nonzeros * activity,
    }
    if 2 * nonzeros > weight.size:
        return Layout.DENSE
    return min(costs, key=lambda layout: costs[layout])


@dataclass(frozen=True)
class FlashMatrix:
    """A matrix laid out. Dense: `weights` int8, padded. Sparse: `steps` uint16 and `gaps` uint8 beside `weights`.

    Packed: `steps` counts the nonzeros of each row, and a byte of `gaps` has two nibbles.
    """

    layout: Layout
    rows: int
    columns: int
    weights: npt.NDArray[np.int8]
    steps: npt.NDArray[np.uint16] | None = None
    gaps: npt.NDArray[np.uint8] | None = None

    @property
    def flash_bytes(self) -> int:
        """Bytes of its constants, biases and shifts left out."""
        arrays = (self.weights, self.steps, self.gaps)
        return sum(array.nbytes for array in arrays if array is not None)


def lay_out(weight: npt.NDArray[np.int8], layout: Layout) -> FlashMatrix:
    """`weight` [out, in] in the layout asked for."""
    rows, columns = weight.shape
    if layout is Layout.DENSE:
        padded = np.zeros((-(-rows // ROWS) * ROWS, -(-columns // QUAD) * QUAD), np.int8)
        padded[:rows, :columns] = weight
        quads = padded.reshape(padded.shape[0] // ROWS, ROWS, -1, QUAD)[..., QUAD_ORDER]
        return FlashMatrix(layout, rows, columns, quads.transpose(0, 2, 1, 3).reshape(-1))
    if layout is Layout.PACKED:
        counts = np.count_nonzero(weight, axis=1).astype(np.uint16)
        return FlashMatrix(layout, rows, columns, weight[weight != 0], counts, _nibbles(weight))
    lines = weight if layout is Layout.ROWS else weight.T
    steps, gaps, weights = _entries(lines)
    return FlashMatrix(layout, rows, columns, weights, steps, gaps)


def _nibbles(weight: npt.NDArray[np.int8]) -> npt.NDArray[np.uint8]:
    """The ways to all nonzeros, row after row, two nibbles a byte, whole words of four bytes."""
    nibbles: list[int] = []
    for line in weight:
        for between in np.diff(np.flatnonzero(line), prepend=-1) - 1:
            nibbles += [NIBBLE_ON] * (int(between) // NIBBLE_ON) + [int(between) % NIBBLE_ON]
    pairs = np.array(nibbles + [0] * (-len(nibbles) % 8), np.uint8).reshape(-1, 2)
    return np.asarray(pairs[:, 0] | pairs[:, 1] << 4, np.uint8)


def _entries(
    lines: npt.NDArray[np.int8],
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8], npt.NDArray[np.int8]]:
    """Line after line of nonzeros: steps per line, the way to each from the last one (or the start), weights."""
    steps: list[int] = []
    gaps: list[int] = []
    weights: list[int] = []
    for line in lines:
        places = np.flatnonzero(line)
        before = len(gaps)
        for way, value in zip(np.diff(places, prepend=0), line[places], strict=True):
            fillers = (int(way) - 1) // LONGEST_GAP if way else 0
            gaps += [LONGEST_GAP] * fillers + [int(way) - LONGEST_GAP * fillers]
            weights += [0] * fillers + [int(value)]
        missing = (before - len(gaps)) % STEP
        gaps += [0] * missing
        weights += [0] * missing
        steps.append((len(gaps) - before) // STEP)
    return np.array(steps, np.uint16), np.array(gaps, np.uint8), np.array(weights, np.int8)
