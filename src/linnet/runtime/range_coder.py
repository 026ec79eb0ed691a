"""A range coder, read: bytes back to the symbols with whole-number frequencies that were coded in them.

Each symbol is a part [start, start + size) of a total. The coder keeps a part of the numbers below 2^48 and narrows it
by every symbol. All is exact integers below 2^64. Which frequencies a symbol has is the business of
text_coder_first.py. Only the way back is left here: nothing writes files of this kind any more.

Source: G. N. N. Martin, "Range encoding: an algorithm for removing redundancy from a digitised message", 1979.
"""

from __future__ import annotations

BITS = 48
"""Of the range at most."""
LARGEST_TOTAL = 1 << 28
"""Of frequencies: the range never falls below 2^40, so what a division cuts off is less than 2^-12 of it."""

_WHOLE = (1 << BITS) - 1
_LEAST = 1 << (BITS - 8)
BYTES_AT_END = BITS // 8


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
