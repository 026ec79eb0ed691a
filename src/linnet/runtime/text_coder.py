"""Bytes of a text to few bytes and back: the network of a text model, and the engine, which adds what the text shows.

The engine mixes the network's codes with what came behind the last bytes, words and repeats before (predictor.h), in
whole numbers: the same on every machine. Files are the business of text_file.py.
"""

from __future__ import annotations

import ctypes

import numpy as np

from linnet.runtime.library import Block, library
from linnet.runtime.session import Codes, EngineSession
from linnet.runtime.text_network import TextNetwork

CHECKSUM = 6
"""LINNET_ERROR_CHECKSUM of linnet.h."""

AT_ONCE = 2048
"""Bytes that go through the network in one call where all are known."""


class _Mixing:
    """The engine's memory of one text, made when it is first needed; what both directions have in common."""

    def __init__(self, network: TextNetwork) -> None:
        self.network = network
        self._reading = network.reading()
        self._ready = np.empty((0, 0), np.int16)  # what the network says of the next byte: [1, symbols]
        self._handle: ctypes.c_void_p | None = None

    @property
    def handle(self) -> ctypes.c_void_p:
        if self._handle is None:
            engine, symbols = library(), self.network.alphabet.symbols
            self._block = Block(int(engine.linnet_text_size()))
            self._handle = ctypes.c_void_p()
            EngineSession.check(
                engine.linnet_text_init(
                    self._block.pointer, self._block.size, symbols, len(symbols), ctypes.byref(self._handle)
                )
            )
            self._ready = self._reading.step(self.network.alphabet.first)[None]
        return self._handle

    def encode(self, block: bytes, capacity: int) -> tuple[bytes, int]:
        """Learn a block; its first `capacity` bytes, and how many it has in all."""
        packed, size = ctypes.create_string_buffer(max(1, capacity)), ctypes.c_size_t()
        EngineSession.check(library().linnet_text_write(self.handle, packed, capacity))
        for first in range(0, len(block), AT_ONCE):
            part = block[first : first + AT_ONCE]
            codes = np.ascontiguousarray(self._codes_before(part))
            EngineSession.check(library().linnet_text_encode(self.handle, codes.ctypes.data, part, len(part)))
        EngineSession.check(library().linnet_text_end(self.handle, ctypes.byref(size)))
        return packed.raw[: min(capacity, size.value)], size.value

    def _codes_before(self, part: bytes) -> Codes:
        """What the network says before each byte of a part of the text: [bytes, symbols]."""
        behind = self._reading.codes_after(self.network.alphabet.places(part))
        codes = np.concatenate((self._ready, behind[:-1]))
        self._ready = behind[-1:]
        return codes

    def decode(self, data: bytes, length: int) -> bytes | None:
        """A block of `length` bytes; None where `data` ends elsewhere."""
        engine, handle, places = library(), self.handle, self.network.alphabet.place_of
        EngineSession.check(engine.linnet_text_read(handle, data, len(data)))
        codes, block, size = self._ready[0].copy(), bytearray(length), ctypes.c_size_t()
        byte = ctypes.c_uint8()
        decode, arguments = engine.linnet_text_decode, (handle, codes.ctypes.data, ctypes.byref(byte))
        for i in range(length):
            status = decode(*arguments)
            if status:
                EngineSession.check(status)
            block[i] = byte.value
            codes[:] = self._reading.step(places[byte.value])
        self._ready = codes[None]
        status = engine.linnet_text_end(handle, ctypes.byref(size))
        if status not in (0, CHECKSUM):
            EngineSession.check(status)
        return None if status else bytes(block)


class TextEncoder:
    """A text on its way to few bytes, block by block: it remembers the text, each block has its own bytes."""

    def __init__(self, network: TextNetwork) -> None:
        """Begin at rest."""
        self._mixing = _Mixing(network)

    def encode(self, block: bytes) -> bytes | None:
        """The bytes of the next block, of which the decoder must know the length; None where they would not be fewer.

        Either way the block was learned: the decoder must decode it, or be given it.
        """
        packed, size = self._mixing.encode(block, len(block))
        return packed if size < len(block) else None


class TextDecoder:
    """The way back, block by block as they were encoded."""

    def __init__(self, network: TextNetwork) -> None:
        """Begin at rest."""
        self._mixing = _Mixing(network)

    def decode(self, data: bytes, length: int) -> bytes | None:
        """The next block, of `length` bytes; None where `data` cannot be what was encoded."""
        return self._mixing.decode(data, length)

    def learn(self, block: bytes) -> None:
        """The next block, which did not become smaller and was stored."""
        self._mixing.encode(block, 0)
