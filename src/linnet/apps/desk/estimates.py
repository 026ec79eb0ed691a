"""Estimates as tables for people and as JSON values. Every table and every value says that it is an estimate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table

from linnet.hardware.comparison import OnMesh, Row
from linnet.hardware.cost import Range
from linnet.hardware.neurobench import Metrics
from linnet.hardware.parameters import CASES
from linnet.hardware.published import Case
from linnet.life.estimating import Narrowing

MICRO, MILLI = 1e6, 1e3
PAPER = {"latency": 42.0, "energy": 149.0}  # arXiv:2502.01330: sparse on Loihi 2 against dense on a Jetson
JETSON_WATTS = (4.4, 12.9)


def number_text(value: float) -> str:
    """Return three significant digits without an exponent: "16.1", "4,060", "0.524"."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:.6g}"


def range_text(values: Range | None, factor: float = 1.0, *, between: str = " ") -> str:
    """Return "15 (2.9 to 79)"; an empty text for what is not known."""
    if values is None:
        return ""
    low, default, high = (number_text(each * factor) for each in (values.low, values.default, values.high))
    return default if low == default == high else f"{default}{between}({low} to {high})"


def rows_tables(rows: Sequence[Row]) -> Iterable[Table]:
    """Return a table for every chip: one line per mode and form; energies in microjoules a frame."""
    for chip in dict.fromkeys(row.chip for row in rows):
        own = [row for row in rows if row.chip == chip]
        kinds = {kind: None for row in own for kind in row.energy_j}
        later = {kind: None for row in own for kind in row.real_time_j if kind != "dynamic"}
        heads = ["form", "latency, us", "frames/s", *(f"{kind}, uJ" for kind in kinds)]
        heads += [f"{kind} in real time, uJ" for kind in later]
        table = Table("mode", *heads, title=f"{chip}, estimate", title_justify="left", box=None)
        for row in own:
            figures = [(row.latency_s, MICRO), (row.frames_per_s, 1.0)]
            figures += [(row.energy_j.get(kind), MICRO) for kind in kinds]
            figures += [(row.real_time_j.get(kind), MICRO) for kind in later]
            table.add_row(
                row.mode, row.form, *(range_text(values, factor, between="\n") for values, factor in figures)
            )
        yield table


def row_notes(rows: Sequence[Row]) -> Iterable[str]:
    """Return what there is to say of rows beside their figures."""
    for row in rows:
        power = f"power {range_text(row.power_w)} W; " if row.power_w else ""
        cores = f"{row.cores} cores on {row.chips} chip{'s'[: row.chips > 1]}; " if row.cores else ""
        yield f"{row.chip}, {row.mode}, {row.form}: {cores}{power}{row.note}"


def groups_table(placed: OnMesh) -> Table:
    """Return one line per neuron group: its cores, and how full and how busy they are in the mean."""
    heads = ("step", "neurons", "cores", "fullest core", "synaptic ops a frame", "heaviest core")
    table = Table("group", *heads, box=None)
    for entry in group_entries(placed):
        table.add_row(
            entry["group"],
            str(entry["step"]),
            f"{entry['neurons']:,}",
            str(entry["cores"]),
            f"{100 * entry['fullest_share']:.0f} % of {entry['fullest_limit']}",
            f"{entry['synops']:,.0f}",
            f"{entry['heaviest_core_synops']:,.0f}",
        )
    return table


def group_entries(placed: OnMesh) -> list[dict[str, Any]]:
    """Return every group as JSON values."""
    mapping, means = placed.mapping, placed.counted.synops.mean(axis=0)
    found = []
    for index, group in enumerate(mapping.network.groups):
        cores = list(mapping.cores_of(index))
        shares = [max((s, n) for n, s in mapping.uses[core].shares(mapping.chip).items()) for core in cores]
        share, limit = max(shares)
        found.append(
            {
                "group": group.name,
                "step": group.level,
                "neurons": group.width,
                "cores": len(cores),
                "fullest_share": share,
                "fullest_limit": limit.replace("_", " "),
                "synops": float(means[cores].sum()),
                "heaviest_core_synops": float(means[cores].max()),
            }
        )
    return found


def case_lines(cases: Iterable[Case]) -> Iterable[str]:
    """Return published figures beside their estimates, one line each."""
    for case in cases:
        off = "" if case.inside else ", outside the range"
        yield (
            f"case {case.number}, {case.workload}: {case.quantity}, published {number_text(case.published)} "
            f"{case.unit}, estimate {range_text(case.predicted)}, ratio {case.ratio:.2f}{off}; "
            + (f"not independent, it set {case.sets}" if case.sets else "independent")
        )


def ratio_lines(found: dict[str, Range], other: str, sparse: OnMesh) -> list[str]:
    """Return how this model compares with another on one chip, and what the paper's ratios would need of the Jetson."""
    title = sparse.mapping.chip.title
    lines = [
        f"{other} over this model on {title}, token by token, latency a frame and energy a second of sound, estimate: "
        + "; ".join(f"{name} {range_text(values)}" for name, values in found.items())
    ]
    one = sparse.estimates["token by token"]
    seconds = PAPER["latency"] * one.latency_s.default
    watts = {name: PAPER["energy"] * one.energy_j[name].default / seconds for name in ("rails", "board")}
    return [
        *lines,
        "The paper measured 42x latency and 149x energy, sparse on Loihi 2 against dense float32 on a Jetson Orin "
        f"Nano. With this estimate its Jetson took {seconds * MICRO:.0f} us a frame and {watts['rails']:.1f} W if "
        f"energy is counted at the rails, {watts['board']:.1f} W at the board; published are {JETSON_WATTS[0]} to "
        f"{JETSON_WATTS[1]} W. Its latency for such a model is not public, so no ratio to a Jetson is estimated here.",
    ]


def narrowing_line(found: Narrowing) -> str:
    """Return what narrow states cost, measured in the engine."""
    return (
        f"states of {found.state_bits} bits in place of 32, measured on {found.clips} clips: SI-SNR "
        f"{found.program_db:.3f} -> {found.narrow_db:.3f} dB, {found.cost_db:+.3f} dB lost; the widest state used "
        f"{found.bits_used} bits"
    )


def metrics_line(found: Metrics) -> str:
    """Return NeuroBench's metrics, counted, with what ours count beside them."""
    return (
        f"NeuroBench, counted over {found.frames:,} frames, per frame where its samples are clips: footprint "
        f"{found.footprint_bytes:,} bytes (packed as the model file stores it {found.packed_bytes:,}), "
        f"{found.parameter_count:,} parameters, connection sparsity {found.connection_sparsity:.4f}, activation "
        f"sparsity {found.activation_sparsity:.4f}, synaptic operations {found.dense:,.0f} dense, "
        f"{found.effective_macs:,.0f} effective MACs, {found.effective_acs:,.0f} effective ACs; not counted there: "
        f"{found.element_macs:,.0f} products of recurrence, gate and diagonal; execution rate "
        f"{found.execution_rate_hz:g} Hz"
    )


def row_entry(row: Row) -> dict[str, Any]:
    """Return a row as JSON values, units in the names."""
    return {
        "kind": "estimate",
        "chip": row.chip,
        "mode": row.mode,
        "form": row.form,
        "latency_us": _range_entry(row.latency_s, MICRO),
        "frames_per_s": _range_entry(row.frames_per_s),
        "energy_uj": {name: _range_entry(values, MICRO) for name, values in row.energy_j.items()},
        "real_time_energy_uj": {
            name: _range_entry(values, MICRO) for name, values in row.real_time_j.items()
        },
        "power_w": _range_entry(row.power_w),
        "cores": row.cores,
        "chips": row.chips,
        "note": row.note,
    }


def ratio_entry(found: dict[str, Range]) -> dict[str, Any]:
    """Return ratios as JSON values."""
    return {"kind": "estimate"} | {name: _range_entry(values) for name, values in found.items()}


def case_entry(case: Case) -> dict[str, Any]:
    """Return a published case as JSON values."""
    return {
        "kind": "estimate",
        "case": case.number,
        "workload": case.workload,
        "quantity": case.quantity,
        "unit": case.unit,
        "published": case.published,
        "predicted": _range_entry(case.predicted),
        "ratio": case.ratio,
        "independent": case.independent,
        "within_range": case.inside,
        "source": case.source,
    }


def _range_entry(values: Range | None, factor: float = 1.0) -> dict[str, float] | None:
    if values is None:
        return None
    return {case: float(f"{values.at(case) * factor:.6g}") for case in CASES}
