"""How busy the wires of a program are: the share of their codes that is not 0, as a letter each.

An engine may skip inputs that are 0, and chooses at load where that pays; so a model file may say how often
they are. It changes how fast a program runs, never what it computes. `Metadata.activity` keeps the letters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from linnet.ir.interpreter import advance_codes, initial_state
from linnet.ir.program import ACTIVITY_LETTERS, Program

BUSIEST = len(ACTIVITY_LETTERS) - 1  # a: always 0, z: never 0, in steps of 4 %


def measure_activity(program: Program, codes: npt.ArrayLike) -> str:
    """One letter per wire, from what `codes` [frames, in] int16 do to the program; the two float wires get z."""
    letters = [ACTIVITY_LETTERS[BUSIEST]] * len(program.wires)

    def trace(wire: int, values: npt.NDArray[Any]) -> None:
        share = np.count_nonzero(values) / max(values.size, 1)
        letters[wire] = ACTIVITY_LETTERS[round(share * BUSIEST)]

    advance_codes(program, initial_state(program), codes, trace=trace)
    return "".join(letters)
