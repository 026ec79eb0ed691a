"""Model files bent at random: keys, texts, tables, constants and bytes, sealed with a right checksum."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np

from linnet.ir import program_to_bytes
from linnet.ir.gguf import read_container
from tests.ir.programs import Shape, random_program, with_front_end

U8, U32, F32, BOOL, STRING, ARRAY, U64 = 0, 4, 6, 7, 8, 9, 10
TYPES = {"float32": 0, "int8": 24, "int16": 25, "int32": 26}
NUMBERS = (
    0,
    1,
    2,
    3,
    7,
    15,
    16,
    31,
    32,
    47,
    64,
    127,
    128,
    255,
    4096,
    32767,
    32768,
    2**31 - 1,
    2**31,
    2**32 - 1,
)
FLOATS = (0.0, -0.0, 1.0, 1e-45, 3.4e38, float("inf"), float("-inf"), float("nan"), -1.0, 0.5)
PIECES = (
    *(b'"', b"\\", b"\\u", b"\\ud83d\\ude00", b"\\ud800", b"\\udc00x", b"\\u0063ard", b"{", b"}", b"[", b"]"),
    *(
        b",",
        b":",
        b"null",
        b"true",
        b"NaN",
        b"-Infinity",
        b"1e270",
        b"1e271",
        b"-0",
        b"01",
        b"1.",
        b".5",
        b"1E-5",
    ),
    *(
        b"9" * 32,
        b"9" * 33,
        b"\x00",
        b"\x1f",
        b"\x7f",
        b" ",
        b"\t",
        b"\xef\xbb\xbf",
        b"\xc3\xa9",
        b"\xc0\x80",
    ),
    *(b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf0\x9f\x98\x80", b"\xff", b"\xe2\x82", b"[" * 70 + b"]" * 70),
    *(
        b"[" * 62 + b"]" * 62,
        b'"card":{}',
        b'"card":1',
        b'"recipe":"",',
        b"card",
        b"1e+0000000000000000000000000003",
    ),
)


@dataclass
class Draft:
    """A file before it is written: keys as (name, type, value in bytes), tensors as (name, array)."""

    keys: list[tuple[bytes, int, bytes]]
    tensors: list[tuple[bytes, np.ndarray]]
    tail: bytes = b""
    counts: tuple[int, int] = (0, 0)  # added to those of tensors and keys
    offsets: dict[int, int] = field(default_factory=dict)  # added to those of tensors

    def to_bytes(self) -> bytes:
        """The file, sealed."""
        head = b"".join(text(name) + struct.pack("<I", kind) + value for name, kind, value in self.keys)
        blobs, place = b"", 0
        for index, (name, array) in enumerate(self.tensors):
            shape = struct.pack(f"<I{array.ndim}Q", array.ndim, *reversed(array.shape))
            offset = (place + self.offsets.get(index, 0)) % 2**64
            head += text(name) + shape + struct.pack("<IQ", TYPES[array.dtype.name], offset)
            blob = array.tobytes()
            blobs += blob + bytes(-len(blob) % 64)
            place = len(blobs)
        head += bytes(-(52 + len(head)) % 64)
        tensor_count = (len(self.tensors) + self.counts[0]) % 2**64
        key_count = (len(self.keys) + 1 + self.counts[1]) % 2**64
        start = b"GGUF" + struct.pack("<IQQ", 3, tensor_count, key_count) + text(b"linnet.crc32")
        return sealed(start + struct.pack("<II", U32, 0) + head + blobs + self.tail)


def sealed(data: bytes) -> bytes:
    """`data` with the checksum that it needs."""
    return data[:48] + struct.pack("<I", zlib.crc32(data[52:])) + data[52:]


def text(value: bytes) -> bytes:
    """Length and bytes."""
    return struct.pack("<Q", len(value)) + value


@cache
def originals() -> tuple[bytes, ...]:
    """Good files: dense and sparse, of 8 and 16 bits, with phase, with bands, without offset, without a front end."""
    drawn = partial(random_program, bins=17, features=5, states=3, layers=1)
    shapes: list[Shape] = [{}, {"density": 0.3}, {"eight": 0.5}, {"phase_bins": 3}]
    shapes.append({"phase_bins": 2, "band_ratio": 4})
    programs = [drawn(seed, **shape) for seed, shape in enumerate(shapes)]
    programs[0] = with_front_end(programs[0], offset_alpha=0.02, level_least=0.75, level_most=2.0)
    programs[1] = with_front_end(programs[1], frames_per_second=125.0)
    return tuple(map(program_to_bytes, programs))


def draft_of(data: bytes) -> Draft:
    """A good file, taken apart."""
    container = read_container(data)
    keys = []
    for name, (kind, value) in list(container.values.items())[1:]:
        content = (
            text(value.encode()) if kind == STRING else struct.pack("<f" if kind == F32 else "<I", value)
        )
        keys.append((name.encode(), kind, content))
    return Draft(keys, [(name.encode(), array.copy()) for name, array in container.tensors])


def bent_text(rng: random.Random, value: bytes) -> bytes:
    """`value` with pieces put in, taken out or in place of others."""
    for _ in range(rng.randint(1, 2)):
        place = rng.randint(0, len(value))
        cut = rng.choice((0, 0, 1, rng.randint(0, 8)))
        piece = rng.choice(PIECES) if rng.random() < 0.8 else bytes([rng.randrange(256)])
        value = value[:place] + piece + value[place + cut :]
    return value


def bend_key(rng: random.Random, draft: Draft) -> None:
    """A key's name, type or value."""
    index = rng.randrange(len(draft.keys))
    name, kind, value = draft.keys[index]
    turn = rng.randrange(5)
    if turn == 0:
        name = bent_text(rng, name)
    elif turn == 1:
        kind = rng.choice((U8, U32, F32, BOOL, STRING, ARRAY, U64, 13, 99))
    elif kind == STRING:
        value = text(bent_text(rng, value[8:]))
    elif kind == F32:
        value = struct.pack("<f", rng.choice(FLOATS))
    else:
        value = struct.pack("<I", rng.choice(NUMBERS))
    draft.keys[index] = (name, kind, value)


def bend_card(rng: random.Random, draft: Draft) -> None:
    """The card alone, on which the readers have most to agree."""
    for index, (name, kind, value) in enumerate(draft.keys):
        if name == b"linnet.card":
            draft.keys[index] = (name, kind, text(bent_text(rng, value[8:])))


def add_or_drop_key(rng: random.Random, draft: Draft) -> None:
    """A key more, unknown or double, or one less."""
    if rng.random() < 0.25:
        draft.keys.pop(rng.randrange(len(draft.keys)))
        return
    known = rng.choice(draft.keys)
    values = (known, (b"general.author", STRING, text(bent_text(rng, b"x"))), (b"x.bool", BOOL, b"\2"))
    for _ in range(rng.randint(1, 2)):
        draft.keys.insert(rng.randint(0, len(draft.keys)), rng.choice(values))


def bend_table(rng: random.Random, draft: Draft) -> None:
    """A number of the tables of wires or nodes."""
    _, table = draft.tensors[rng.choice((0, 1, 1))]
    if table.ndim != 2 or table.dtype != np.int32:  # something else has been put in its place
        return
    row, column = rng.randrange(table.shape[0]), rng.randrange(table.shape[1])
    number = rng.choice((*NUMBERS, -1, -2, 8, int(table[row, column]) + rng.choice((-1, 1))))
    table[row, column] = np.int64(number).astype(np.int32)


def bend_constant(rng: random.Random, draft: Draft) -> None:
    """Numbers, name, length, shape or type of a constant."""
    index = rng.randrange(len(draft.tensors))
    name, array = draft.tensors[index]
    turn = rng.randrange(6)
    if turn < 2:
        flat = array.reshape(-1)
        if array.dtype == np.float32:
            return
        limits = np.iinfo(array.dtype)
        number = rng.choice((limits.min, limits.max, 0, -1, 15, 47, 48, rng.randint(limits.min, limits.max)))
        flat[rng.randrange(flat.size)] = number
    elif turn == 2:
        name = bent_text(rng, name)
    elif turn == 3 and len(array) > 1:
        array = array[:-1].copy()
    elif turn == 4:
        array = np.concatenate([array, array[:1]])
    else:
        array = array.astype(rng.choice(("int8", "int16", "int32", "float32")))
    draft.tensors[index] = (name, array)


def bend_layout(rng: random.Random, draft: Draft) -> None:
    """Counts, offsets, order and what lies behind the last tensor."""
    turn = rng.randrange(5)
    if turn == 0:
        draft.counts = (rng.choice((-1, 1, 2**63)), rng.choice((0, 0, 1, -1)))
    elif turn == 1:
        draft.offsets[rng.randrange(len(draft.tensors))] = rng.choice((-64, 64, 1, 2**63))
    elif turn == 2:
        draft.tail = bytes(rng.choice((1, 63, 64, 128)))
    elif turn == 3:
        first, second = (rng.randrange(len(draft.tensors)) for _ in range(2))
        draft.tensors[first], draft.tensors[second] = draft.tensors[second], draft.tensors[first]
    else:
        draft.tensors.append(rng.choice(draft.tensors))


BENDS: tuple[Callable[[random.Random, Draft], None], ...] = (
    *(bend_key, bend_card, bend_card, add_or_drop_key),
    *(bend_table, bend_table, bend_constant, bend_constant, bend_layout),
)


def bent_file(rng: random.Random) -> bytes:
    """A file with one to three things changed, now and then byte by byte."""
    data = rng.choice(originals())
    if rng.random() < 0.15:
        raw = bytearray(data)
        for _ in range(rng.randint(1, 3)):
            raw[rng.randrange(4, len(raw))] = rng.choice((0, 1, 2, 127, 128, 254, 255, rng.randrange(256)))
        return sealed(bytes(raw)[: rng.choice((len(raw), len(raw), rng.randint(60, len(raw))))])
    draft = draft_of(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        rng.choice(BENDS)(rng, draft)
    return draft.to_bytes()
