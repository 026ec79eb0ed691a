"""Bytes to few bytes and back, by the frequencies of a text model and a range coder; exact integers throughout.

A byte that the alphabet lacks is coded as an escape and then as one of the bytes it lacks. How likely escapes are is
counted as they come, apart behind known and unknown bytes. Files are the business of text_file.py.
"""

from __future__ import annotations

import numpy as np

from linnet.runtime.alphabet import BYTES, UNKNOWN
from linnet.runtime.range_coder import RangeDecoder, RangeEncoder
from linnet.runtime.text_network import Frequencies, Reading, TextNetwork

AT_ONCE = 2048
"""Bytes that go through the network in one call where all are known."""

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


class TextEncoder:
    """A text on its way to few bytes, block by block: the model remembers, each block has its own bytes."""

    def __init__(self, network: TextNetwork) -> None:
        """Begin at rest."""
        self._network = network
        self.rest()

    def rest(self) -> None:
        """Forget what was read."""
        self._reading = self._network.reading()
        self._next = self._reading.after(self._network.alphabet.first)[None]
        self._escapes = Escapes(BYTES - len(self._network.alphabet))

    def encode(self, block: bytes) -> bytes:
        """The bytes of the next block, of which the decoder must know the length."""
        coder, bytes_of = RangeEncoder(), np.frombuffer(block, np.uint8)
        for first in range(0, len(block), AT_ONCE):
            self._encode_part(coder, bytes_of[first : first + AT_ONCE])
        return coder.finish()

    def bits(self, block: bytes) -> float:
        """What the next block would cost, in bits, without the coder's own few bytes."""
        costs = _Costs()
        bytes_of = np.frombuffer(block, np.uint8)
        for first in range(0, len(block), AT_ONCE):
            self._encode_part(costs, bytes_of[first : first + AT_ONCE])
        return costs.bits

    def _encode_part(self, coder: RangeEncoder | _Costs, values: np.ndarray) -> None:
        alphabet = self._network.alphabet
        places = alphabet.places(values)
        ahead = self._reading.frequencies_after(places)
        frequencies = np.concatenate((self._next, ahead[:-1]))
        self._next = ahead[-1:]
        sums, rows = np.cumsum(frequencies, axis=1), np.arange(len(places))
        totals, ends = sums[:, -1].tolist(), sums[rows, places].tolist()
        sizes = frequencies[rows, places].tolist()
        for i, place in enumerate(places.tolist()):
            total, escapes = totals[i], self._escapes.size(totals[i])
            if place == UNKNOWN:
                coder.encode(total, escapes, total + escapes)
                coder.encode(alphabet.missing.index(values[i]), 1, len(alphabet.missing))
            else:
                coder.encode(ends[i] - sizes[i], sizes[i], total + escapes)
            self._escapes.count(place == UNKNOWN)


class _Costs:
    """Stands in for a coder and only counts bits."""

    def __init__(self) -> None:
        self.bits = 0.0

    def encode(self, start: int, size: int, total: int) -> None:
        self.bits += float(np.log2(total / size))


class TextDecoder:
    """The way back, block by block as they were encoded."""

    def __init__(self, network: TextNetwork) -> None:
        """Begin at rest."""
        self._network = network
        self.rest()

    def rest(self) -> None:
        """Forget what was read."""
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
