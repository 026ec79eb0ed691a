"""The report of a study: pictures, tables, and a page that explains them, written into one folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from linnet.apps.desk import picture
from linnet.apps.pages import study_pictures
from linnet.apps.pages.page_html import Picture, counts, document, figure
from linnet.output.atomic import write_together
from linnet.output.quoting import html_text
from linnet.study import tables
from linnet.study.points import COSTS, Point, points_of

FRONT = (
    "A dot is a model, a line joins the means over seeds of a series. The band is the 95 % interval from resampling "
    "seeds and clips; where there is one seed, it says nothing of seeds."
)
SAVING = (
    "Cost of the dense front divided by that of the series at the same quality. A front is the cheapest cost at which "
    "a quality is reached; between its points the logarithm of the cost is linear in dB. Nothing is read beyond its "
    "ends. For the interval, what a clip adds to all models alike is taken out."
)
ACTIVITY = "The mean share of codes that are not 0, on the first validation mixtures, wire by wire through the model."
INTEGERS = "Mean SI-SNR by the integer engine less that by the float model it was lowered from."
BARS = "The interval is that of the fronts."


def write_study(out: Path, results: Sequence[dict[str, Any]], told: str) -> list[Path]:
    """Write the report of some results into the folder `out`; return what was written.

    Args:
        out: the folder, which is made.
        results: of the trials, at least one.
        told: one sentence on what is done and what is not.

    Raises:
        Refusal: Matplotlib is missing.
        WriteError: the disk does not take it; an older report stays as it was.
    """
    picture.require()
    out.mkdir(parents=True, exist_ok=True)
    splits = {split: points_of(results, split) for split in ("val", "test")}
    splits = {split: points for split, points in splits.items() if points}
    rows = tables.trial_rows(results)
    files: dict[str, bytes] = {"trials.csv": tables.to_csv(rows).encode()}
    if (parquet := tables.to_parquet(rows)) is not None:
        files["trials.parquet"] = parquet
    markdown, parts = (
        [told + "\n"],
        [f"<p>{html_text(told)}</p>", f"<p>{html_text(_conditions(results))}</p>"],
    )
    markdown.append(_conditions(results) + "\n")
    for split, points in splits.items():
        drawn = _pictures(points, split)
        parts.append(f"<h1>{split}</h1>")
        for name, (heading, caption, kinds) in drawn.items():
            files |= {f"{split}_{name}.{kind}": data for kind, data in kinds.items()}
            parts.append(figure(Picture(heading, caption, kinds["png"])))
        for heading, table in _tables(points):
            markdown.append(f"{heading}, on `{split}`:\n\n{table.markdown()}")
            parts.append(f"<h2>{heading}</h2>\n{counts(*table)}")
    files["report.md"] = "\n".join(markdown).encode()
    page = document("A study", ["<h1>A study</h1>", *parts])
    files["report.html"] = page.encode("utf-8", "backslashreplace")
    written = {out / name: data for name, data in files.items()}
    write_together(written)
    return list(written)


def _tables(points: Sequence[Point]) -> list[tuple[str, tables.Table]]:
    found = [("Every point", tables.points_table(points))]
    equal = tables.equal_quality_table(points)
    return [*found, ("At equal quality", equal)] if equal else found


def _pictures(points: Sequence[Point], split: str) -> dict[str, tuple[str, str, study_pictures.Drawn]]:
    found = {}
    for cost, named in COSTS.items():
        found[f"front_{cost}"] = (
            f"Quality against {named.name}",
            FRONT,
            study_pictures.draw_fronts(points, cost, split),
        )
        saved = study_pictures.draw_savings(points, cost, split)
        if saved is not None:
            found[f"saving_{cost}"] = (f"Saving at equal quality: {named.name}", SAVING, saved)
    found["activity"] = ("Activity", ACTIVITY, study_pictures.draw_activity(points, split))
    found["integers"] = ("Integers against float", INTEGERS, study_pictures.draw_integers(points, split))
    found["bars"] = ("All points", BARS, study_pictures.draw_bars(points, split))
    return found


def _conditions(results: Sequence[dict[str, Any]]) -> str:
    """Where and how long the trials ran, in one sentence or two."""
    hours = sum(result["life_seconds"] for result in results) / 3600
    machines = sorted({result["machine"]["processor"] for result in results})
    commits = sorted({str(result["machine"]["commit"]) for result in results})
    updates = sorted({result["trained"]["updates"] for result in results})
    return (
        f"{len(results)} trials, {' or '.join(map(str, updates))} updates each, {hours:.1f} hours on the clock in all; "
        f"{', '.join(machines)}; commit {', '.join(commits)}."
    )
