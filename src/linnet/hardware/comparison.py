"""One model on several chips, as rows of estimates: its own form, dense integers and dense float32.

Nothing here is measured. What a processor on this machine takes is measured by bench/, and shown apart.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from linnet.hardware.cost import Estimate, Range, estimate
from linnet.hardware.demand import FORMS, Demand, demands
from linnet.hardware.mapping import Mapping, map_program
from linnet.hardware.parameters import CASES, Chip
from linnet.hardware.processors import cost_of
from linnet.hardware.synapses import Activity
from linnet.hardware.unroll import unrolled
from linnet.hardware.workload import Tally, pipelined, tally, token_by_token
from linnet.ir import Linear, Program


@dataclass(frozen=True)
class Row:
    """The estimate of one form of a model on one chip in one mode; None where nothing public tells a figure.

    `energy_j` is that of a frame at full speed, `real_time_j` with a frame at each of its own times, by boundary.
    """

    chip: str
    mode: str
    form: str
    latency_s: Range | None = None
    frames_per_s: Range | None = None
    energy_j: dict[str, Range] = field(default_factory=dict)
    real_time_j: dict[str, Range] = field(default_factory=dict)
    power_w: Range | None = None
    cores: int = 0
    chips: int = 1
    note: str = ""


@dataclass(frozen=True)
class OnMesh:
    """One form of a model on a mesh of cores: where it lies, what it does, and the estimate of every mode."""

    form: str
    mapping: Mapping
    counted: Tally
    estimates: dict[str, Estimate]
    copies: int
    frame_s: float
    """From one frame of sound to the next."""


def on_mesh(
    program: Program,
    chip: Chip,
    activity: Activity,
    *,
    form: str = FORMS[0],
    cores: int | None = None,
    chips: int | None = None,
) -> OnMesh:
    """Map a program, count its work, and estimate token by token, pipelined, and offline with copies.

    Raises:
        ValueError: the program does not fit.
    """
    mapping = map_program(program, chip, activity=activity, cores=cores, chips=chips)
    counted = tally(mapping, activity)
    copies = max(1, chip.count("cores") * mapping.chips // len(mapping.cores))
    frame_s = program.metadata.front_end.frame_seconds
    works = {
        "token by token": token_by_token(counted),
        "pipelined": pipelined(counted),
        f"offline, {copies} copies": pipelined(counted, copies=copies),
    }
    if copies == 1:
        works.popitem()
    estimates = {mode: estimate(work, chip, frame_s=frame_s) for mode, work in works.items()}
    return OnMesh(form, mapping, counted, estimates, copies, frame_s)


def filled(program: Program) -> Program:
    """The same shape with no weight 0: for counting and mapping only, its outputs mean nothing."""
    nodes = tuple(
        dataclasses.replace(node, weight=np.where(node.weight == 0, 1, node.weight).astype(np.int8))
        if isinstance(node, Linear)
        else node
        for node in unrolled(program).nodes
    )
    return dataclasses.replace(program, nodes=nodes)


def always(activity: Activity) -> Activity:
    """The activity of wires on which no code is ever 0."""
    return {wire: np.ones((1, values.shape[1])) for wire, values in activity.items()}


def rows_on_mesh(placed: OnMesh) -> list[Row]:
    """The rows of one form on a mesh."""
    cores, chips = len(placed.mapping.cores), placed.mapping.chips
    return [
        Row(
            chip=placed.mapping.chip.title,
            mode=mode,
            form=placed.form,
            latency_s=each.latency_s,
            frames_per_s=_rate(each.period_s),
            energy_j=each.energy_j,
            real_time_j=each.real_time_j,
            cores=cores * (placed.copies if mode.startswith("offline") else 1),
            chips=chips,
            note=_bound(each),
        )
        for mode, each in placed.estimates.items()
    ]


def _bound(each: Estimate) -> str:
    """Which term bounds how many of the steps, most first."""
    shares = sorted(((share, term) for term, share in each.bound.items() if share > 0), reverse=True)
    return "bounded by " + ", ".join(f"{term} ({100 * share:.0f} %)" for share, term in shares)


def _rate(period: Range) -> Range:
    return Range(1 / period.high, 1 / period.default, 1 / period.low)


def rows_on_processor(chip: Chip, forms: Sequence[Demand], frame_s: float) -> list[Row]:
    """The rows of all forms on a chip that is no mesh."""
    return [_processor_row(chip, demand, frame_s) for demand in forms]


def _processor_row(chip: Chip, demand: Demand, frame_s: float) -> Row:
    cost = cost_of(demand, chip)
    energy = {} if cost.energy_j is None else {"floor" if cost.floor else "chip": cost.energy_j}
    rate = None if cost.latency_s is None else _rate(cost.latency_s)
    late = cost.latency_s is not None and cost.latency_s.default > frame_s
    note = cost.note + (f"; slower than the {1000 * frame_s:g} ms of a frame" if late else "")
    return Row(
        chip.title, "frame by frame", demand.form, cost.latency_s, rate, energy, {}, cost.power_w, note=note
    )


def compare(program: Program, activity: Activity, chips: Sequence[Chip], first: OnMesh | None) -> list[Row]:
    """All rows: every chip, every form that it can run.

    `first` is the model on the mesh of the first such chip, where that is made already.
    """
    frame_s = program.metadata.front_end.frame_seconds
    forms = demands(program, activity)
    rows: list[Row] = []
    for chip in chips:
        if chip.architecture != "mesh":
            rows += rows_on_processor(chip, forms, frame_s)
            continue
        same = first is not None and first.mapping.chip == chip
        rows += rows_on_mesh(first if same and first is not None else on_mesh(program, chip, activity))
        rows += rows_on_mesh(on_mesh(filled(program), chip, always(activity), form=FORMS[1]))
        rows.append(Row(chip.title, "any", FORMS[2], note="no floating point on this chip"))
    return rows


def ratios(dense: OnMesh, sparse: OnMesh) -> dict[str, Range]:
    """How many times longer a frame of `dense` takes than one of `sparse`, and how many times more energy sound takes.

    Token by token, parameter case by parameter case. The frames of the two may be of different lengths.
    """
    frames = sparse.frame_s / dense.frame_s  # of the dense model in the time of one of the sparse model
    one, other = (placed.estimates["token by token"] for placed in (dense, sparse))
    found = {"latency": _over(one.latency_s, other.latency_s)}
    for boundary in one.energy_j:
        found[f"energy, {boundary}"] = _over(one.energy_j[boundary], other.energy_j[boundary], frames)
    for boundary in one.real_time_j:
        found[f"energy in real time, {boundary}"] = _over(
            one.real_time_j[boundary], other.real_time_j[boundary], frames
        )
    return found


def _over(one: Range, other: Range, times: float = 1.0) -> Range:
    values = sorted(times * getattr(one, case) / getattr(other, case) for case in CASES)
    return Range(values[0], times * one.default / other.default, values[-1])
