"""The record of a run: one JSON line per event, and its curves as a picture."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from linnet.output.atomic import append_line, write_bytes, write_text
from linnet.output.quoting import plot_text
from linnet.tasks.contract import Measure

Hear = Callable[[int, dict[str, Any]], None]
_hearers: list[Hear] = []


@contextmanager
def heard_by(hear: Hear) -> Iterator[None]:
    """Let `hear` have the update and the values of every entry that is written inside; what it raises ends the run."""
    _hearers.append(hear)
    try:
        yield
    finally:
        _hearers.pop()


class Journal:
    """Appends to `log.jsonl` of a run folder; every entry has the `update` it belongs to."""

    def __init__(self, path: Path | None, resume_at: int) -> None:
        """Open the log and drop what a killed run wrote after the update it is resumed at; None keeps no log."""
        self._path = path
        if path is None:
            return
        kept = [entry for entry in read_journal(path) if entry["update"] <= resume_at]
        write_text(path, "".join(json.dumps(entry) + "\n" for entry in kept))

    def write(self, update: int, **values: Any) -> None:
        """Append one event: `values` are what JSON can hold."""
        if self._path is None:
            return
        append_line(self._path, json.dumps({"update": update, **values}))
        for hear in _hearers:
            hear(update, values)


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The entries of a log, none if there is no file; a last line that a kill cut short is left out."""
    if not path.exists():
        return []
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entries.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return entries


def draw_curves(journal: Path, picture: Path, title: str, measure: Measure) -> None:
    """Loss and validation score over updates, and the density of the weights where some are pruned, as a PNG."""
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    entries = read_journal(journal)
    unit = f" ({measure.unit})" if measure.unit else ""
    panels = [("loss", f"training loss{unit}"), (measure.key, f"validation {measure.name}{unit}")]
    if any("density" in entry for entry in entries):
        panels.append(("density", "density of the weights"))
    figure = Figure(figsize=(4.5 * len(panels), 4), layout="constrained")
    axes = figure.subplots(1, len(panels))
    right = axes[1]
    for axis, (key, label) in zip(axes, panels, strict=True):
        points = [(e["update"], e[key]) for e in entries if key in e]
        if points:
            axis.plot(*zip(*points, strict=True), linewidth=1.4)
        axis.set(xlabel="update", title=label)
        axis.grid(alpha=0.3)
    key = measure.floor_key
    floors = [e[key] for e in entries if key in e]
    if floors:
        right.axhline(floors[-1], color="grey", linestyle="--", linewidth=1, label=measure.floor)
        right.legend(loc="lower right")
    figure.suptitle(plot_text(title))
    FigureCanvasAgg(figure)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    write_bytes(picture, content.getvalue())
