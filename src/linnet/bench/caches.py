"""How a call finds the caches: as the call before left them, or holding other things, as after a pause."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CACHE_LINE_BYTES = 64
LEAST_BYTES, MOST_BYTES = 64 << 20, 512 << 20
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}

_other: list[NDArray[np.uint8]] = []


def evict(size_bytes: int) -> int:
    """Read other memory of this size, so that the caches hold nothing of ours; return something of what was read."""
    if not _other or _other[0].size != size_bytes:
        _other[:] = [np.ones(size_bytes, np.uint8)]
    return int(_other[0][::CACHE_LINE_BYTES].sum())


def evicting_bytes(folder: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> int:
    """How much memory to read: twice the largest cache that the system knows of, within bounds."""
    sizes = [parsed_bytes(path.read_text("ascii")) for path in sorted(folder.glob("index*/size"))]
    return min(max([LEAST_BYTES, *(2 * size for size in sizes)]), MOST_BYTES)


def parsed_bytes(text: str) -> int:
    """The size that Linux writes as 32768K."""
    digits, unit = text.strip().rstrip("KMG"), text.strip()[-1:]
    return int(digits) * UNITS.get(unit, 1)
