"""What a person sees of a run while it goes on: the bar, the loss, the best score, how long the devices were idle."""

from math import isfinite

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from linnet.tasks.contract import Measure

SPEED_OVER_SECONDS = 600.0
"""From so long the time left is told; an update may take many seconds."""


def progress_bar(console: Console) -> Progress:
    """A bar whose tasks have the fields loss, best and idle, texts each."""
    columns = (
        "{task.description}",
        BarColumn(),
        "{task.completed}/{task.total}",
        "{task.fields[loss]}",
        "{task.fields[best]}",
        "{task.fields[idle]}",
    )
    return Progress(
        *(TextColumn(c, markup=False) if isinstance(c, str) else c for c in columns),
        TimeRemainingColumn(),
        console=console,
        speed_estimate_period=SPEED_OVER_SECONDS,
    )


def score_text(measure: Measure, last: float, best: float) -> str:
    """The last score, and the best where there is one yet that may be kept."""
    return f"last {measure.text(last)}" + (
        f", best {measure.text(best)}" if isfinite(best) else ", none to keep yet"
    )
