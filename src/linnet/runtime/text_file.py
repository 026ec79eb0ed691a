"""The compressed file: what stands around the blocks of a text, and everything that is refused in one.

    "LNTX"  version 2 (1 byte)  checksum of the model (8 bytes: the first of its SHA-256)
    blocks: 2 n + s (n bytes of content; s = 1 where they follow as they are); unless s: how many bytes follow; these
    0  bytes of content in all  CRC-32 of the content (4 bytes, little endian)

Numbers are LEB128: 7 bits a byte, the lowest first, bit 7 where more follow. A block that would not become smaller is
stored as it is, and learned from all the same. The checksum of the model is that of its file, since another model
predicts otherwise.

Version 1 has the same frame. Its blocks have other bytes, by the network alone (text_coder_first.py), which is at rest
behind a block that is stored. It is read and no longer written.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

from linnet.runtime.text_coder import TextDecoder, TextEncoder
from linnet.runtime.text_coder_first import FirstTextDecoder
from linnet.runtime.text_network import TextNetwork

MAGIC, VERSION = b"LNTX", 2
DECODERS: dict[int, type[TextDecoder | FirstTextDecoder]] = {1: FirstTextDecoder, VERSION: TextDecoder}
"""Of each version that is read."""
BLOCK = 1 << 16
"""Bytes of content in a block, at most."""
MODEL_BYTES, CRC_BYTES, MOST_NUMBER_BYTES = 8, 4, 9


class PackedError(ValueError):
    """A compressed text that cannot be unpacked: what came, why not, what to do."""


class Source(Protocol):
    """What compressed bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """The next `size` bytes, fewer only at the end."""


def checksum_of(network: TextNetwork) -> bytes:
    """What stands in a file for the model that made it."""
    return hashlib.sha256(network.model.content).digest()[:MODEL_BYTES]


def compressed(network: TextNetwork, content: Iterable[bytes]) -> Iterator[bytes]:
    """The compressed file of a content that comes in pieces of any size, in pieces; memory does not grow with it."""
    encoder, check, size = TextEncoder(network), 0, 0
    yield MAGIC + bytes([VERSION]) + checksum_of(network)
    for block in _in_blocks(content):
        check, size = zlib.crc32(block, check), size + len(block)
        coded = encoder.encode(block)
        if coded is not None:
            yield _number(2 * len(block)) + _number(len(coded)) + coded
        else:
            yield _number(2 * len(block) + 1) + block
    yield _number(0) + _number(size) + check.to_bytes(CRC_BYTES, "little")


def decompressed(network: TextNetwork, file: Source, label: str = "the file") -> Iterator[bytes]:
    """The content of a compressed file, block by block; `label` names it in errors.

    All of it is right only once the iterator has ended without an error.

    Raises:
        PackedError: it is no such file, it was made with another model, it is damaged, or it ends too early.
    """
    reader = _Reader(file, label)
    decoder = DECODERS[reader.version(network)](network)
    check, size = 0, 0
    while head := reader.number():
        length, is_stored = divmod(head, 2)
        if not 0 < length <= BLOCK:
            raise reader.damaged(f"a block of {length} bytes cannot be in it")
        if is_stored:
            block = reader.exactly(length)
            decoder.learn(block)
        else:
            coded = reader.number()
            if coded >= length:
                raise reader.damaged("a block says that it is larger than its content")
            decoded = decoder.decode(reader.exactly(coded), length)
            if decoded is None:
                raise reader.damaged("a block ends elsewhere than it says")
            block = decoded
        check, size = zlib.crc32(block, check), size + len(block)
        yield block
    if reader.number() != size or reader.exactly(CRC_BYTES) != check.to_bytes(CRC_BYTES, "little"):
        raise reader.damaged("its content has another length or checksum than it had when it was packed")
    if file.read(1):
        raise reader.damaged("more bytes follow behind its end")


def _in_blocks(content: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for piece in content:
        waiting += piece
        while len(waiting) >= BLOCK:
            yield bytes(waiting[:BLOCK])
            del waiting[:BLOCK]
    if waiting:
        yield bytes(waiting)


def _number(value: int) -> bytes:
    """A number >= 0 in LEB128."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


class _Reader:
    """A compressed file, read from its beginning to its end."""

    def __init__(self, file: Source, label: str) -> None:
        self._file, self._label = file, label

    def version(self, network: TextNetwork) -> int:
        """Read the head, refuse what is no file of this network, and tell its version."""
        head = self._file.read(len(MAGIC) + 1)
        if head[: len(MAGIC)] != MAGIC[: len(head)] or not head:
            raise PackedError(
                f"{self._label} does not begin as a text that linnet compress wrote, so it cannot be unpacked; check "
                "the path."
            )
        if len(head) > len(MAGIC) and head[-1] not in DECODERS:
            raise PackedError(
                f"{self._label} is of version {head[-1]}, and this Linnet knows versions 1 to {VERSION}; take a newer "
                "Linnet."
            )
        theirs, ours = self.exactly(MODEL_BYTES), checksum_of(network)
        if theirs != ours:
            raise PackedError(
                f"{self._label} was compressed with a model of checksum {theirs.hex()}, and {network.model.label} has "
                f"{ours.hex()}, so it is another file, which may predict otherwise; give the model file that it was "
                "made with, not renamed since."
            )
        return head[-1]

    def exactly(self, size: int) -> bytes:
        found = self._file.read(size)
        if len(found) < size:
            raise PackedError(
                f"{self._label} ends too early, so the end of its text is missing; fetch or copy it again."
            )
        return found

    def number(self) -> int:
        value = 0
        for place in range(MOST_NUMBER_BYTES):
            (byte,) = self.exactly(1)
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value
        raise self.damaged("a number in it has no end")

    def damaged(self, why: str) -> PackedError:
        return PackedError(f"{self._label} is damaged: {why}; fetch or copy it again.")
