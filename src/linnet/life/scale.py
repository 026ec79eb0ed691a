"""The full scale of a recording that was just opened."""

from linnet.audio.files import AudioReader
from linnet.audio.scale import ScaleFinder


def full_scale_of_file(reader: AudioReader) -> float:
    """Return the full scale of a recording that was opened just now: 1, but for floats that plainly were integers."""
    if reader.info.encoding != "FLOAT":
        return 1.0
    finder = ScaleFinder()
    for block in reader.blocks():
        finder.push(block)
    reader.seek(0)
    return finder.full_scale()
