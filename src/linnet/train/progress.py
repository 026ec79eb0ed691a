"""What a person sees of a run while it goes on: the bar, the loss, the best score, how long the devices were idle."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


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
    )
