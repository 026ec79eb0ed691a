"""Bytes that the alphabet of a text model lacks: how likely one comes next, counted as they come.

Apart behind known and unknown bytes. Whole numbers throughout.
"""

from __future__ import annotations

ONE = 1 << 16
"""The share of escapes that stands for all bytes."""
RATE = 5
"""An escape moves the share by 2^-5 of what is missing."""
LEAST_SHARE = (1 << RATE) - 1
LARGEST_SHARE = ONE * 15 // 16


class Escapes:
    """How often bytes are not in the alphabet: a share of ONE behind a known byte, and one behind an unknown byte."""

    def __init__(self, missing: int) -> None:
        """Begin with few; `missing` bytes are not in the alphabet, and where none is, no escape is possible."""
        self._shares = [LEAST_SHARE, LEAST_SHARE]
        self._behind = 0
        self._possible = missing > 0

    def size(self, total: int) -> int:
        """The frequency of an escape beside symbols of this total."""
        share = self._shares[self._behind]
        return total * share // (ONE - share) + 1 if self._possible else 0

    def count(self, is_unknown: bool) -> None:
        """Learn what the next byte was."""
        share = self._shares[self._behind]
        moved = share + ((ONE - share) >> RATE) if is_unknown else share - (share >> RATE)
        self._shares[self._behind] = min(moved, LARGEST_SHARE)
        self._behind = int(is_unknown)
