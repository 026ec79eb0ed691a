"""The full scale of a recording that a command was given, and a word on stderr where it is not 1."""

from __future__ import annotations

from linnet.apps.report import stderr
from linnet.audio.files import AudioReader
from linnet.audio.scale import ScaleFinder


def full_scale_of_file(reader: AudioReader, name: str) -> float:
    """Return the full scale of a recording that was opened just now: 1, but for floats that plainly were integers."""
    if reader.info.encoding != "FLOAT":
        return 1.0
    finder = ScaleFinder()
    for block in reader.blocks():
        finder.push(block)
    reader.seek(0)
    scale = finder.full_scale()
    if scale != 1:
        stderr.print(
            f"{name}: most samples are far beyond 1; cleaned on the scale of integers, full scale {scale:g}.",
            soft_wrap=True,
        )
    return scale
