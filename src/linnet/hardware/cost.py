"""Time and energy of a workload on a mesh of cores, each as a range: an estimate, never a measurement.

A step lasts as long as its slowest term: synapses, neurons or memory of the heaviest core, the fullest link, or the
barrier that ends every step (form: arXiv:2601.10035; a lower bound). Energy is a sum over operations, plus static power
over the time. Where the parameters come from stands beside each in the chip's file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from linnet.hardware.parameters import CASES, Chip
from linnet.hardware.workload import Floats, Workload

TERMS = ("synapses", "neurons", "memory", "links", "chip links", "barrier")
BOUNDARIES = ("dynamic", "rails", "board")


@dataclass(frozen=True)
class Range:
    """A figure at the low, default and high end of the parameters."""

    low: float
    default: float
    high: float

    def at(self, case: str) -> float:
        """The figure for "low", "default" or "high"."""
        return float(getattr(self, case))

    def times(self, factor: float) -> Range:
        """The range in another unit."""
        return Range(self.low * factor, self.default * factor, self.high * factor)


@dataclass(frozen=True)
class Estimate:
    """Estimated time and energy of a frame, the mean over frames.

    `latency_s` from entry to outputs, `period_s` between frames; `energy_j` by boundary, at full speed and
    (`real_time_j`) with a frame every `frame_s`. `terms_j` is the dynamic energy by operation, at the default. `bound`
    is the share of steps that each term bounds at the default, `step_s` [steps] the mean time of every step.
    """

    latency_s: Range
    period_s: Range
    energy_j: dict[str, Range]
    real_time_j: dict[str, Range]
    terms_j: dict[str, float]
    bound: dict[str, float]
    step_s: npt.NDArray[np.float64]


def step_terms(work: Workload, chip: Chip, case: str) -> Floats:
    """Seconds that each of TERMS would take alone: [terms, frames, steps]."""
    barrier = np.full_like(work.synops, chip["t_bar"].at(case))
    return np.stack(
        [
            work.synops * chip["t_syn"].at(case),
            work.neurons * chip["t_neu"].at(case),
            work.words * chip["t_read"].at(case),
            work.link_bits / 8 / chip["link_bandwidth"].at(case),
            work.chip_link_bits / 8 / chip["chip_link_bandwidth"].at(case),
            barrier,
        ]
    )


def estimate(work: Workload, chip: Chip, *, frame_s: float) -> Estimate:
    """The estimate of a workload on a chip; in real time a frame comes every `frame_s`."""
    steps = {case: step_terms(work, chip, case).max(axis=0) for case in CASES}
    entry = {case: work.inputs * chip["t_in"].at(case) for case in CASES}
    busy = {case: float(steps[case].sum(axis=1).mean()) for case in CASES}
    latency = {case: busy[case] * work.depth / work.steps + entry[case] for case in CASES}
    period = {case: max(busy[case], entry[case]) if work.steps == 1 else latency[case] for case in CASES}
    terms = {case: _operations(work, chip, case) for case in CASES}
    dynamic = {case: sum(terms[case].values()) for case in CASES}
    shared = {case: period[case] / work.copies for case in CASES}
    alone = step_terms(work, chip, "default")
    bounding = np.argmax(alone, axis=0)
    return Estimate(
        latency_s=_range(latency),
        period_s=_range(shared),
        energy_j=_with_static(work, chip, dynamic, shared),
        real_time_j=_with_static(
            work, chip, dynamic, {case: max(period[case], frame_s) / work.copies for case in CASES}
        ),
        terms_j=terms["default"],
        bound={term: float((bounding == place).mean()) for place, term in enumerate(TERMS)},
        step_s=steps["default"].mean(axis=0),
    )


def _operations(work: Workload, chip: Chip, case: str) -> dict[str, float]:
    """Dynamic energy of a frame by kind of operation, in joules."""
    return {
        "synapses": float(work.all_synops.mean()) * chip["e_syn"].at(case),
        "neurons": float(work.updates.mean()) * chip["e_neu"].at(case),
        "messages": float(work.messages.mean()) * chip["e_msg"].at(case),
        "hops": float(work.hops.mean()) * chip["e_hop"].at(case),
        "steps": chip["e_step"].at(case) * work.chips * work.steps / work.copies,
    }


def _with_static(
    work: Workload, chip: Chip, dynamic: dict[str, float], seconds: dict[str, float]
) -> dict[str, Range]:
    """Energy at the three boundaries; static power is that of every chip."""
    watts = {
        "dynamic": dict.fromkeys(CASES, 0.0),
        "rails": {case: work.chips * chip["p_rails"].at(case) for case in CASES},
        "board": {case: work.chips * chip["p_board"].at(case) for case in CASES},
    }
    return {
        name: _range({case: dynamic[case] + watts[name][case] * seconds[case] for case in CASES})
        for name in BOUNDARIES
    }


def _range(values: dict[str, float]) -> Range:
    return Range(*(values[case] for case in CASES))
