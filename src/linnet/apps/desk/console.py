"""What the commands print: to stdout what was asked for, to stderr what is passing by."""

from __future__ import annotations

import sys

from rich.console import Console

PIPED_WIDTH = 100  # columns of a table that nobody watches being printed

# Names of files and models are printed as they are: no markup in [brackets], no pictures for :words:.
stdout = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, markup=False, emoji=False)
stderr = Console(stderr=True, markup=False, emoji=False)


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
