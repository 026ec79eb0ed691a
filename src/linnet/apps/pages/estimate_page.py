"""The page of an estimate: one HTML file with its figures and pictures, each called an estimate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from linnet.apps.desk import picture
from linnet.apps.desk.estimates import MICRO, case_lines, group_entries, number_text, range_text, row_notes
from linnet.apps.pages import estimate_pictures
from linnet.apps.pages.page_html import Picture, counts, document, figure
from linnet.hardware.comparison import OnMesh, Row
from linnet.hardware.parameters import Chip
from linnet.hardware.published import published_cases
from linnet.hardware.widths import curves
from linnet.output.atomic import write_text

WIDTHS = (0.25, 0.5, 1.0, 2.0, 3.0)
DENSITIES = (1.0, 0.1)


def write_estimate(
    out: Path, title: str, rows: Sequence[Row], placed: OnMesh | None, lines: Iterable[str]
) -> None:
    """Write the page, whole or not at all; `lines` are what else there is to say of the model.

    Raises:
        Refusal: Matplotlib is missing.
    """
    picture.require()
    parts = [
        f"<h1>{escape(title)}: estimate</h1>",
        '<p class="soft">Nothing here was measured on these chips. A figure is the default of the parameters, then '
        "their low and high ends.</p>",
        *(f"<p>{escape(line)}</p>" for line in lines),
        "<h2>On every chip, estimate</h2>",
        rows_html(rows),
        *(f'<p class="soft">{escape(note)}</p>' for note in row_notes(rows)),
    ]
    if placed is not None:
        parts += mesh_html(placed)
    write_text(out, document(f"{title}: estimate", parts))


def rows_html(rows: Sequence[Row]) -> str:
    """Return one line per chip, mode and form."""
    kinds = dict.fromkeys(kind for row in rows for kind in row.energy_j)
    heads = ("chip", "mode", "form", "latency, us", "frames/s", *(f"{kind}, uJ" for kind in kinds))
    lines = [
        (
            row.chip,
            row.mode,
            row.form,
            range_text(row.latency_s, MICRO),
            range_text(row.frames_per_s),
            *(range_text(row.energy_j.get(kind), MICRO) for kind in kinds),
        )
        for row in rows
    ]
    return counts(heads, lines)


def mesh_html(placed: OnMesh) -> list[str]:
    """Return mapping, pictures and published cases of the chip with a mesh."""
    chip = placed.mapping.chip
    drawn = [
        Picture("Cores and links, estimate", _WHERE, estimate_pictures.draw_cores(placed)),
        Picture("The steps of one frame, estimate", _STEPS, estimate_pictures.draw_steps(placed)),
        Picture("Energy by term, estimate", _ENERGY, estimate_pictures.draw_energy(placed)),
        Picture(
            "Latency over the width, estimate",
            "Models of these widths were not trained for this: their weights are drawn.",
            estimate_pictures.draw_widths(curves(chip, WIDTHS, DENSITIES), WIDTHS, title=chip.title),
        ),
    ]
    heads = ("group", "step", "neurons", "cores", "fullest core, %", "synaptic ops a frame", "heaviest core")
    groups = [
        (
            entry["group"],
            str(entry["step"]),
            str(entry["neurons"]),
            str(entry["cores"]),
            f"{100 * entry['fullest_share']:.0f} of {entry['fullest_limit']}",
            number_text(entry["synops"]),
            number_text(entry["heaviest_core_synops"]),
        )
        for entry in group_entries(placed)
    ]
    return [
        f"<h2>Mapping on {escape(chip.title)}, estimate</h2>",
        counts(heads, groups),
        *map(figure, drawn),
        "<h2>Published measurements beside their estimates</h2>",
        *(f"<p>{escape(line)}</p>" for line in case_lines(published_cases(chip))),
        *parameters_html(chip),
    ]


def parameters_html(chip: Chip) -> list[str]:
    """Return every parameter with its kind and source."""
    lines = [
        (
            name,
            f"{each.low:.4g}",
            f"{each.default:.4g}",
            f"{each.high:.4g}",
            f"SI, given in {each.unit}",
            each.kind,
            each.source,
        )
        for name, each in chip.quantities.items()
    ]
    heads = ("parameter", "low", "default", "high", "unit", "kind", "source")
    return [f"<h2>Parameters of {escape(chip.title)}</h2>", counts(heads, lines)]


_WHERE = (
    "Groups are numbered in the order of the table; a router has four cores; messages go along x, then y."
)
_STEPS = "Token by token, default parameters, the mean over frames; a step ends with a barrier."
_ENERGY = "Default parameters at full speed. In real time static power works through all 8 ms, and decides."
