"""The figures of a benchmark as Markdown, to be put into a document as they are."""

from __future__ import annotations

from typing import Any

from linnet.output.quoting import markdown_row

HEADS = ("", "step", "best", "cold", "from Python", "hop", "× int", "× peer", "× float", "× JAX")
COMPARED = ("dense_integer", "fastest_dense_guest", "dense_float", "jax")


def markdown(measured: dict[str, Any]) -> str:
    """A table for each width of `results.result`, the slowest contender first, and what it was measured on."""
    machine, settings = measured["machine"], measured["settings"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load']}; {machine['system']}; Python "
        f"{machine['python']}; commit {machine['commit']}; {settings['hot_rounds']} rounds hot, "
        f"{settings['cold_rounds']} cold. Microseconds per frame, medians.",
    ]
    for entry in measured["widths"]:
        lines += ["", *_table(entry)]
    return "\n".join(lines) + "\n"


def _table(entry: dict[str, Any]) -> list[str]:
    rows = sorted(entry["contenders"], key=lambda row: -row["microseconds"]["step"]["median"])
    head = (f"k = {entry['width']:g}, {entry['weights']:,} weights", *HEADS[1:])
    return [markdown_row(head), "|---" * len(head) + "|", *(markdown_row(_cells(row)) for row in rows)]


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    times, engine = row["microseconds"], row["runtime"] == "engine"
    name = f"**{row['name']}**" if engine else row["name"]
    ways = ("step_cold", "step_python" if engine else "step", "hop")
    return (
        name,
        digits(times["step"]["median"]),
        digits(times["step"]["minimum"]),
        *(digits(times[way]["median"]) if way in times else "" for way in ways),
        *(_ratio(row["times_faster_than"].get(what)) for what in COMPARED),
    )


def digits(microseconds: float) -> str:
    """Three figures, or whole microseconds."""
    if microseconds < 100:
        return f"{microseconds:.2f}" if microseconds < 10 else f"{microseconds:.1f}"
    return f"{microseconds:,.0f}"


def _ratio(ratio: dict[str, float] | None) -> str:
    return "" if ratio is None else f"{ratio['median']:.2f}"
