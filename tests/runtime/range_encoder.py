"""The way there of the range coder of version 1, for tests of the way back: nothing in Linnet writes it any more.

The carry is held back in `_waiting` until it is known.
"""

from __future__ import annotations

from linnet.runtime.range_coder import _LEAST, _WHOLE, BITS, BYTES_AT_END

_BELOW_TOP = _LEAST - 1
_TOP_BYTE_FULL = 0xFF << (BITS - 8)


class RangeEncoder:
    """Symbols in, bytes out."""

    def __init__(self) -> None:
        """Begin with the whole range."""
        self._low, self._range = 0, _WHOLE
        self._held: int | None = None  # the last byte that a carry may still change
        self._waiting = 0  # bytes of 255 behind it, which a carry would pass through
        self._bytes = bytearray()

    def encode(self, start: int, size: int, total: int) -> None:
        """Narrow the range to [start, start + size) of `total`; size >= 1, start + size <= total <= LARGEST_TOTAL."""
        unit = self._range // total
        self._low += unit * start
        self._range = unit * size
        while self._range < _LEAST:
            self._shift()
            self._range <<= 8

    def finish(self) -> bytes:
        """All bytes; nothing may be encoded after that."""
        for _ in range(BYTES_AT_END):
            self._shift()
        self._settle(0)
        return bytes(self._bytes)

    def _shift(self) -> None:
        """Move the top byte out of `_low`."""
        # nothing carries into the first byte, for the range never leaves the numbers below 2^48
        if self._held is None or self._low > _WHOLE or self._low < _TOP_BYTE_FULL:
            self._settle(self._low >> BITS)
            self._held = (self._low >> (BITS - 8)) & 0xFF
        else:
            self._waiting += 1
        self._low = (self._low & _BELOW_TOP) << 8

    def _settle(self, carry: int) -> None:
        """Write what waits, now that its carry, 0 or 1, is known."""
        if self._held is not None:
            self._bytes.append(self._held + carry)
            self._bytes += bytes([(0xFF + carry) & 0xFF]) * self._waiting
        self._waiting = 0
