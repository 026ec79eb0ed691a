"""Compressed files of version 1, as Linnet wrote them until its engine learned from the text: tests read them back."""

from __future__ import annotations

import zlib

import numpy as np

from linnet.runtime.alphabet import BYTES, UNKNOWN
from linnet.runtime.escapes import Escapes
from linnet.runtime.text_file import _number, checksum_of
from linnet.runtime.text_network import TextNetwork
from tests.runtime.range_encoder import RangeEncoder


class FirstTextEncoder:
    """A text on its way to few bytes, block by block: the model remembers, each block has its own bytes."""

    def __init__(self, network: TextNetwork) -> None:
        self._network = network
        self.rest()

    def rest(self) -> None:
        self._reading = self._network.reading()
        self._next = self._reading.after(self._network.alphabet.first)
        self._escapes = Escapes(BYTES - len(self._network.alphabet))

    def encode(self, block: bytes) -> bytes:
        coder, alphabet = RangeEncoder(), self._network.alphabet
        for byte, place in zip(block, alphabet.places(block).tolist(), strict=True):
            sums = np.cumsum(self._next).tolist()
            escape = self._escapes.size(sums[-1])
            if place == UNKNOWN:
                coder.encode(sums[-1], escape, sums[-1] + escape)
                coder.encode(alphabet.missing.index(byte), 1, len(alphabet.missing))
            else:
                size = int(self._next[place])
                coder.encode(sums[place] - size, size, sums[-1] + escape)
            self._escapes.count(place == UNKNOWN)
            self._next = self._reading.after(place)
        return coder.finish()


def compressed_first(network: TextNetwork, text: bytes, block_bytes: int) -> bytes:
    """The file of version 1 of a text, in blocks of this size."""
    encoder, written = FirstTextEncoder(network), b"LNTX\1" + checksum_of(network)
    for first in range(0, len(text), block_bytes):
        block = text[first : first + block_bytes]
        coded = encoder.encode(block)
        if len(coded) < len(block):
            written += _number(2 * len(block)) + _number(len(coded)) + coded
        else:
            encoder.rest()
            written += _number(2 * len(block) + 1) + block
    return written + _number(0) + _number(len(text)) + zlib.crc32(text).to_bytes(4, "little")
