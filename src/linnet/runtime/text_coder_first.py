"""Blocks of compressed files of version 1, read: the frequencies of the network alone, and a range coder.

A byte that the alphabet lacks was coded as an escape (escapes.py) and then as one of the bytes it lacks. Nothing writes
such files any more; text_coder.py reads and writes those of today.
"""

from __future__ import annotations

import numpy as np

from linnet.runtime.alphabet import BYTES, UNKNOWN
from linnet.runtime.escapes import Escapes
from linnet.runtime.range_coder import RangeDecoder
from linnet.runtime.text_network import Frequencies, Reading, TextNetwork


class FirstTextDecoder:
    """The way back, block by block as they were encoded."""

    def __init__(self, network: TextNetwork) -> None:
        """Begin at rest."""
        self._network = network
        self._rest()

    def _rest(self) -> None:
        self._reading: Reading = self._network.reading()
        self._next: Frequencies = self._reading.after(self._network.alphabet.first)
        self._escapes = Escapes(BYTES - len(self._network.alphabet))

    def decode(self, data: bytes, length: int) -> bytes | None:
        """The next block, of `length` bytes; None where `data` cannot be what was encoded."""
        coder, symbols = RangeDecoder(data), self._network.alphabet.symbols
        block = bytearray()
        for _ in range(length):
            place = self._decode_place(coder)
            block.append(symbols[place] if place >= 0 else self._missing(coder))
            self._next = self._reading.after(place)
        return bytes(block) if coder.is_at_end else None

    def _decode_place(self, coder: RangeDecoder) -> int:
        sums = np.cumsum(self._next)
        total = int(sums[-1])
        escapes = self._escapes.size(total)
        target = coder.target(total + escapes)
        self._escapes.count(target >= total)
        if target >= total:
            coder.take(total, escapes)
            return UNKNOWN
        place = int(np.searchsorted(sums, target, side="right"))
        size = int(self._next[place])
        coder.take(int(sums[place]) - size, size)
        return place

    def _missing(self, coder: RangeDecoder) -> int:
        missing = self._network.alphabet.missing
        index = coder.target(len(missing))
        coder.take(index, 1)
        return missing[index]

    def learn(self, block: bytes) -> None:
        """The next block, which was stored: behind it, all was forgotten."""
        self._rest()
