"""What the commands print: to stdout what was asked for, to stderr what is passing by."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from typing import Any, TypeVar

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from linnet.output.quoting import terminal

Item = TypeVar("Item")

PIPED_WIDTH = 100  # columns of a table that nobody watches being printed


class Terminal(Console):
    """A console on which text only shows: what would act in a terminal comes out as an escape."""

    def on_broken_pipe(self) -> None:
        """Let the command end well where its reader has gone; Rich would end it with 1."""
        raise BrokenPipeError

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Return the segments of anything that is printed."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(terminal(segment.text), segment.style)


# Names of files and models are printed as they are: no markup in [brackets], no pictures for :words:.
stdout = Terminal(
    width=None if sys.stdout and sys.stdout.isatty() else PIPED_WIDTH, markup=False, emoji=False
)
stderr = Terminal(stderr=True, markup=False, emoji=False)


def counted(items: Iterable[Item], doing: str, total: int | None = None) -> Iterable[Item]:
    """Return the items one by one, with a bar on the way where somebody looks; `total` counts those of an iterator."""
    from rich.progress import track

    return track(items, doing, total=total, console=stderr, transient=True, disable=not stderr.is_terminal)


def bytes_text(count: int) -> str:
    """Return a count of bytes for people: "512 bytes", "131 kB", "1.4 MB"; k is 1000."""
    if count < 1000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"


def duration_text(seconds: float) -> str:
    """Return a duration for people: "4.5 s", "2:05 min", "1:00:00 h"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d} h"


def finite(value: Any) -> Any:
    """Return plain JSON values: what is not a finite number becomes null."""
    if isinstance(value, dict):
        return {name: finite(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
