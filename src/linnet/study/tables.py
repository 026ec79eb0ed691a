"""The results of a study as tables: every trial as CSV and Parquet, points and savings for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from linnet.output.quoting import markdown_row
from linnet.study.fronts import Band, band_of, cost_at, resampled, saving
from linnet.study.points import COSTS, Point, reference_of, series_of

Row = dict[str, Any]


def trial_rows(results: Iterable[dict[str, Any]]) -> list[Row]:
    """One row for every trial: its settings, what it gave and what it cost; all rows have the same columns."""
    rows = [_trial_row(result) for result in results]
    columns = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in columns} for row in rows]


def _trial_row(result: dict[str, Any]) -> Row:
    row: Row = {"key": result["key"], **result["settings"]}
    for split, score in result["scores"].items():
        row |= {f"{split}_{name}": value for name, value in score.items()}
        by_clip = result["by_clip"][split]
        row |= {
            f"{split}_{name}": _mean(values) for name, values in by_clip.items() if name != "noisy_si_snr_db"
        }
    row |= {f"{name}_{cost.unit.replace(' ', '_')}": cost.of(result) for name, cost in COSTS.items()}
    held = result["memory"]["held"]
    return row | {
        "parameters": result["parameters"],
        "weights": result["weights"],
        "nonzeros": result["nonzeros"],
        "file_bytes": result["file_bytes"],
        "model_bytes_held": held and held["model_bytes"],
        "updates": result["trained"]["updates"],
        "training_seconds": result["trained"]["seconds"],
        "life_seconds": result["life_seconds"],
        "processor": result["machine"]["processor"],
        "commit": result["machine"]["commit"],
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def to_csv(rows: Sequence[Row]) -> str:
    """Rows of equal columns as CSV with a head."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def to_parquet(rows: Sequence[Row]) -> bytes | None:
    """The same as Parquet; None where pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        return None
    import pyarrow
    from pyarrow import parquet

    content = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(rows)), content)
    return content.getvalue()


class Table(NamedTuple):
    """A table of texts: its heads, and its lines of as many cells."""

    heads: Sequence[str]
    lines: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The table in Markdown."""
        rule = "|---" * len(self.heads) + "|"
        return "\n".join([markdown_row(self.heads), rule, *map(markdown_row, self.lines)]) + "\n"


def points_table(points: Sequence[Point]) -> Table:
    """A table of all points of one split: quality with its interval, and every cost."""
    drawn = resampled(points)
    heads = ("series", "width", "seeds", "SI-SNR, dB", *(f"{c.name}, {c.unit}" for c in COSTS.values()))
    lines = [
        (
            point.series,
            f"{point.settings.get('model.width', '')}",
            str(len(point.scores)),
            band_text(band_of(point.quality_db, drawn[:, at]), digits=2),
            *(digits_text(point.costs[name]) for name in COSTS),
        )
        for at, point in enumerate(points)
    ]
    return Table(heads, lines)


def equal_quality_table(points: Sequence[Point]) -> Table | None:
    """What every other series needs at the quality of each point of the reference; None without a reference."""
    series = series_of(points)
    reference = reference_of(series)
    if reference is None or len(series) < 2:
        return None
    lines = []
    wanted = np.array([base.quality_db for base in series[reference]])
    for name, others in series.items():
        if name == reference:
            continue
        found = [saving(series[reference], others, cost, wanted).bands for cost in COSTS]
        for base, bands in zip(series[reference], zip(*found, strict=True), strict=True):
            lines.append(
                (
                    name,
                    f"{base.settings.get('model.width', '')}",
                    f"{base.quality_db:.2f}",
                    *(
                        times_text(band)
                        if np.isfinite(band.value)
                        else beyond_text(base, series[reference], others, cost)
                        for band, cost in zip(bands, COSTS, strict=True)
                    ),
                )
            )
    heads = ("series", f"width of {reference}", "at, dB", *(f"times less: {c.name}" for c in COSTS.values()))
    return Table(heads, lines)


def digits_text(value: float) -> str:
    """Three digits, or all before the point where they are more: "0.138", "59.9", "1500"."""
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def band_text(band: Band, *, digits: int) -> str:
    """A value and its interval: "12.31 (12.02 to 12.60)"."""
    return f"{band.value:.{digits}f} ({band.low:.{digits}f} to {band.high:.{digits}f})"


def beyond_text(base: Point, reference: Sequence[Point], others: Sequence[Point], cost: str) -> str:
    """What there is instead of a ratio where a front does not go through the quality of a point."""
    cheapest = min(others, key=lambda point: point.costs[cost])
    if cheapest.quality_db <= base.quality_db:
        return "not reached"
    quality = np.array([point.quality_db for point in reference])
    costs = np.array([point.costs[cost] for point in reference])
    dear = float(cost_at(quality, costs, np.array([base.quality_db]))[0])
    return f"at least {dear / cheapest.costs[cost]:.2f}: its cheapest is better"


def times_text(band: Band) -> str:
    """A ratio and its interval; an interval that too many resamples do not reach is marked."""
    return band_text(band, digits=2) + (
        f", open: {100 * band.reached:.0f} % reach it" if band.is_open else ""
    )
