"""The container: GGUF version 3 with a checksum, written and read without trust.

Key-values and aligned tensors, as GGUF tools know them; the first key is linnet.crc32, the CRC-32 of
every byte after its value. Tensors lie one after the other, each on 64 bytes, and end the file. What
the keys and tensors mean is artifact.py's business. Format: github.com/ggml-org/ggml docs/gguf.md.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

MAGIC, VERSION, ALIGNMENT = b"GGUF", 3, 64
CRC_KEY = "linnet.crc32"
CHECKED_FROM = 4 + 4 + 8 + 8 + 8 + len(CRC_KEY) + 4 + 4  # the first byte the checksum covers: 52
UINT32, FLOAT32, STRING = 4, 6, 8
# Every scalar type of GGUF, as struct knows it; 7 is bool. Arrays (9) have no place in a Linnet model.
_SCALARS = {0: "B", 1: "b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "?", 10: "<Q", 11: "<q", 12: "<d"}
_TENSOR_TYPES = {0: "<f4", 24: "<i1", 25: "<i2", 26: "<i4"}
_TENSOR_CODES = {"float32": 0, "int8": 24, "int16": 25, "int32": 26}

# Caps, far above any model: a length read from a file never decides an allocation on its own.
MAX_FILE_BYTES = 1 << 28
MAX_KEYS = 128
MAX_TENSORS = 4 * 4096 + 2  # what the largest program needs
MAX_NAME_BYTES = 63  # ggml's own limit for a tensor's name
MAX_KEY_BYTES = 255
MAX_STRING_BYTES = 1 << 20
MOST_KEY_BYTES = 1 << 16  # within so many, every key of a rewritten file is looked for


class ArtifactError(ValueError):
    """A model file that cannot be read or written, with what came, why not and what to do."""


class Value(NamedTuple):
    """One value of a key: its GGUF type (UINT32, FLOAT32, STRING, ...) and itself."""

    type: int
    value: Any


class Container(NamedTuple):
    """What a file holds: values by key, and (name, array) in the order of the file."""

    values: dict[str, Value]
    tensors: list[tuple[str, npt.NDArray[Any]]]


def damaged(reason: str) -> ArtifactError:
    """The error for bytes that are not as they should be."""
    return ArtifactError(f"{reason}; the file is damaged or no Linnet model: fetch it or write it again.")


def padded(size: int) -> int:
    """`size` rounded up to the alignment."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def write_container(values: Mapping[str, Value], tensors: Sequence[tuple[str, npt.NDArray[Any]]]) -> bytes:
    """The bytes of a file with `values` (the checksum is put before them) and `tensors`, in order."""
    meta = b"".join(_string(key, MAX_KEY_BYTES) + _value(value) for key, value in values.items())
    blobs = []
    offset = 0
    for name, array in tensors:
        kind = _TENSOR_CODES[str(array.dtype)]
        shape = struct.pack(f"<I{array.ndim}Q", array.ndim, *reversed(array.shape))
        meta += _string(name, MAX_NAME_BYTES) + shape + struct.pack("<IQ", kind, offset)
        blob = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        blobs.append(blob.ljust(padded(len(blob)), b"\0"))
        offset += len(blobs[-1])
    meta += bytes(padded(CHECKED_FROM + len(meta)) - CHECKED_FROM - len(meta))
    checked = meta + b"".join(blobs)
    if CHECKED_FROM + len(checked) > MAX_FILE_BYTES or len(tensors) > MAX_TENSORS:
        raise ArtifactError(
            f"the model would take {len(checked)} bytes and {len(tensors)} tensors, more than the "
            f"{MAX_FILE_BYTES} bytes and {MAX_TENSORS} tensors a file may have; make it smaller."
        )
    head = MAGIC + struct.pack("<IQQ", VERSION, len(tensors), len(values) + 1)
    return head + _string(CRC_KEY, MAX_KEY_BYTES) + _value(Value(UINT32, zlib.crc32(checked))) + checked


def _string(text: str, limit: int) -> bytes:
    encoded = text.encode()
    if len(encoded) > limit:
        raise ArtifactError(f"{text[:40]!r}... has {len(encoded)} bytes, the limit is {limit}; shorten it.")
    return struct.pack("<Q", len(encoded)) + encoded


def _value(value: Value) -> bytes:
    if value.type == STRING:
        return struct.pack("<I", STRING) + _string(value.value, MAX_STRING_BYTES)
    return struct.pack("<I", value.type) + struct.pack(_SCALARS[value.type], value.value)


class _Cursor:
    """A place in untrusted bytes; every read is checked against the end."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.place = 0

    def take(self, size: int, what: str) -> memoryview:
        if size > len(self.data) - self.place:
            raise damaged(f"{what} needs {size} bytes at {self.place}, but the file ends at {len(self.data)}")
        self.place += size
        return self.data[self.place - size : self.place]

    def number(self, form: str, what: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form), what))[0]

    def string(self, limit: int, what: str) -> str:
        size = self.number("<Q", what)
        if size > limit:
            raise damaged(f"{what} claims {size} bytes, the limit is {limit}")
        try:
            return str(self.take(size, what), "utf-8")
        except UnicodeDecodeError as error:
            raise damaged(f"{what} is not UTF-8") from error

    def value(self, what: str) -> Value:
        kind = self.number("<I", what)
        if kind == STRING:
            return Value(kind, self.string(MAX_STRING_BYTES, what))
        if kind not in _SCALARS:
            raise damaged(f"{what} has type {kind}, which is no scalar and no string")
        return Value(kind, self.number(_SCALARS[kind], what))


def read_container(data: bytes | bytearray | memoryview) -> Container:
    """Read a file's bytes; ArtifactError with the reason where anything is out of order."""
    view = memoryview(data).cast("B")
    if len(view) > MAX_FILE_BYTES:
        raise damaged(f"it has {len(view)} bytes, more than {MAX_FILE_BYTES}")
    cursor = _Cursor(view)
    tensor_count, key_count = _read_head(cursor)
    values: dict[str, Value] = {}
    for index in range(key_count):
        key = cursor.string(MAX_KEY_BYTES, f"key {index}")
        if key in values:
            raise damaged(f"the key {key!r} comes twice")
        values[key] = cursor.value(f"the value of {key!r}")
        if index == 0:
            _check_sum(view, cursor.place, key, values[key])
    infos = [_read_info(cursor, index) for index in range(tensor_count)]
    return Container(values, _read_tensors(view, padded(cursor.place), infos))


def _read_head(cursor: _Cursor) -> tuple[int, int]:
    """Counts of tensors and of keys, once magic, version and caps have been checked."""
    if bytes(cursor.take(4, "the magic")) != MAGIC:
        raise damaged("it does not begin with 'GGUF'")
    version = cursor.number("<I", "the version")
    if version != VERSION:
        raise damaged(f"it is GGUF version {version}, not {VERSION}")
    tensor_count = cursor.number("<Q", "the count of tensors")
    key_count = cursor.number("<Q", "the count of keys")
    if tensor_count > MAX_TENSORS or not 1 <= key_count <= MAX_KEYS:
        raise damaged(
            f"it claims {tensor_count} tensors and {key_count} keys, more than {MAX_TENSORS} and {MAX_KEYS} "
            "or none"
        )
    return tensor_count, key_count


def _check_sum(view: memoryview, place: int, key: str, value: Value) -> None:
    if key != CRC_KEY and CRC_KEY.encode() in bytes(view[:MOST_KEY_BYTES]):
        raise ArtifactError(
            f"its first key is {key!r} and the checksum {CRC_KEY!r} comes later, so another program rewrote the file "
            "and nothing vouches for it; take the original, and give it a name or licence with linnet rename."
        )
    if key != CRC_KEY or value.type != UINT32:
        raise damaged(f"its first key is {key!r}, not the checksum {CRC_KEY!r}")
    actual = zlib.crc32(view[place:])
    if actual != value.value:
        raise ArtifactError(
            f"its checksum is {actual:08x}, but it was written with {value.value:08x}; the file is damaged, or another "
            "program changed it: take the original (linnet rename gives it a name or licence), or write it again."
        )


def _read_info(cursor: _Cursor, index: int) -> tuple[str, tuple[int, ...], int, int]:
    """(name, shape, type, offset) of one tensor; nothing is checked against the data yet."""
    name = cursor.string(MAX_NAME_BYTES, f"the name of tensor {index}")
    rank = cursor.number("<I", f"the rank of {name!r}")
    if rank not in (1, 2):
        raise damaged(f"tensor {name!r} has rank {rank}, not 1 or 2")
    shape = tuple(cursor.number("<Q", f"a dimension of {name!r}") for _ in range(rank))
    return name, shape[::-1], cursor.number("<I", "a type"), cursor.number("<Q", "an offset")


def _read_tensors(
    view: memoryview, start: int, infos: Sequence[tuple[str, tuple[int, ...], int, int]]
) -> list[tuple[str, npt.NDArray[Any]]]:
    """The arrays, each a read-only copy in native order; they must tile the file to its end."""
    tensors = []
    place = start
    for name, shape, kind, offset in infos:
        if kind not in _TENSOR_TYPES:
            raise damaged(f"tensor {name!r} has type {kind}, not one of {sorted(_TENSOR_TYPES)}")
        dtype = np.dtype(_TENSOR_TYPES[kind])
        count = shape[0] * (shape[1] if len(shape) == 2 else 1)
        size = count * dtype.itemsize
        if count < 1 or size > len(view) - place:
            raise damaged(f"tensor {name!r} of shape {shape} does not fit in the file")
        if start + offset != place:
            raise damaged(f"tensor {name!r} lies at {start + offset}, but the one before ends at {place}")
        array = np.frombuffer(view, dtype, count, place).reshape(shape).astype(dtype.newbyteorder("="))
        array.flags.writeable = False
        tensors.append((name, array))
        place += padded(size)
    if place != len(view):
        raise damaged(f"its tensors end at {place}, the file at {len(view)}")
    return tensors
