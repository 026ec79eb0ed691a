"""Time and energy of a frame on processors that are not here: microcontrollers, a GPU, and an ideal chip. Estimates.

A microcontroller's instructions are those of the exported C, counted under QEMU for the models that ship and fitted
per weight, nonzero and element; cycles and energy per cycle are published. Of the GPU only power and lower bounds are
known, so it has no latency. The ideal chip is a floor: arithmetic and memory alone, nothing to control them.
"""

from __future__ import annotations

from dataclasses import dataclass

from linnet.hardware.cost import Range
from linnet.hardware.demand import FORMS, Demand, Matrix
from linnet.hardware.parameters import CASES, Chip


@dataclass(frozen=True)
class FrameCost:
    """Estimated cost of a frame. `latency_s` and `energy_j` are None where nothing public tells them.

    `floor` marks figures that are lower bounds. `note` says what they hold for.
    """

    latency_s: Range | None
    energy_j: Range | None
    power_w: Range | None
    floor: bool
    note: str


def cost_of(demand: Demand, chip: Chip) -> FrameCost:
    """The cost of a frame of `demand` on a chip whose architecture is no mesh."""
    models = {"processor": _processor, "gpu": _gpu, "operations": _operations}
    if chip.architecture not in models:
        raise ValueError(
            f"{chip.name} has the architecture {chip.architecture}, which needs a mapping; use hardware.mapping and "
            "hardware.cost for it."
        )
    return models[chip.architecture](demand, chip)


def instructions(demand: Demand, chip: Chip, case: str) -> float:
    """Instructions of a frame, front end included: for each matrix the cheapest layout of weights."""
    matrices = sum(_cheapest(matrix, demand, chip, case) for matrix in demand.matrices)
    return matrices + demand.elements * chip["i_element"].at(case) + chip["i_front_end"].at(case)


def _cheapest(matrix: Matrix, demand: Demand, chip: Chip, case: str) -> float:
    if demand.form == FORMS[2]:
        return matrix.weights * chip["i_float"].at(case)
    ways = [matrix.weights * chip["i_dense"].at(case)]
    if demand.form == FORMS[0]:
        ways += [matrix.nonzeros * chip["i_rows"].at(case), matrix.products * chip["i_columns"].at(case)]
    return min(ways)


def _processor(demand: Demand, chip: Chip) -> FrameCost:
    cycles = {case: instructions(demand, chip, case) * chip["cycles"].at(case) for case in CASES}
    clock = chip["clock"].default
    time = Range(*(cycles[case] / clock for case in CASES))
    energy = Range(*(cycles[case] * chip["e_cycle"].at(case) for case in CASES))
    return FrameCost(time, energy, None, floor=False, note="front end included")


def _gpu(demand: Demand, chip: Chip) -> FrameCost:
    power = Range(*(chip["p_active"].at(case) for case in CASES))
    if demand.form == FORMS[0]:
        note = "skips zeros in patterns of 2 of 4 only; as dense int"
    else:
        floor_s = max(demand.bytes / chip["bandwidth"].default, demand.products / chip["macs"].default)
        note = f"no shorter than {floor_s * 1e6:.0f} us by memory and arithmetic alone"
    return FrameCost(None, None, power, floor=True, note=note)


def _operations(demand: Demand, chip: Chip) -> FrameCost:
    name = "e_mac_float" if demand.weight_bytes == 4 else "e_mac_int8"
    energy = Range(
        *(demand.products * chip[name].at(case) + demand.bytes * chip["e_byte"].at(case) for case in CASES)
    )
    return FrameCost(None, energy, None, floor=True, note="arithmetic and memory alone")
