"""A range coder: symbols with whole-number frequencies to bytes and back, within a fraction of a bit of their entropy.

Each symbol is a part [start, start + size) of a total. The coder keeps a part of the numbers below 2^48 and narrows it
by every symbol; bytes at the top that are settled leave it. All is exact integers below 2^64. Which frequencies a
symbol has is the business of text_coder.py.

Source: G. N. N. Martin, "Range encoding: an algorithm for removing redundancy from a digitised message", 1979; the
carry is held back in `_waiting` until it is known.
"""

from __future__ import annotations

BITS = 48
"""Of the range at most."""
LARGEST_TOTAL = 1 << 28
"""Of frequencies: the range never falls below 2^40, so what a division cuts off is less than 2^-12 of it."""

_WHOLE = (1 << BITS) - 1
_LEAST = 1 << (BITS - 8)
_BELOW_TOP = _LEAST - 1
_TOP_BYTE_FULL = 0xFF << (BITS - 8)
BYTES_AT_END = BITS // 8


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


class RangeDecoder:
    """Bytes in, symbols out: `target` tells where in a total the next symbol is, `take` moves on behind it."""

    def __init__(self, data: bytes) -> None:
        """Begin with what `RangeEncoder.finish` gave. Damaged bytes give other symbols, never an error."""
        self._data, self._place = data, BYTES_AT_END
        self._range, self._unit = _WHOLE, 1
        self._code = int.from_bytes(data[:BYTES_AT_END].ljust(BYTES_AT_END, b"\0"), "big")

    @property
    def is_at_end(self) -> bool:
        """Whether all bytes were read, and none beyond them."""
        return self._place == len(self._data)

    def target(self, total: int) -> int:
        """A number below `total` that lies in the part of the next symbol."""
        self._unit = self._range // total
        return min(self._code // self._unit, total - 1)

    def take(self, start: int, size: int) -> None:
        """Move on behind the symbol with the part [start, start + size) of the total that `target` was given."""
        self._code -= self._unit * start
        self._range = self._unit * size
        while self._range < _LEAST:
            following = self._data[self._place] if self._place < len(self._data) else 0
            self._code = (self._code << 8 | following) & _WHOLE
            self._range <<= 8
            self._place += 1
