"""Model files, each with the status that the engine must give it: all refusals of its reader, both sides of its limits.

A case is (name, file, status); the name says what is wrong with the file. What only the readers' agreement is
asked of, and no status, is made by hostile.py.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

import numpy as np

from linnet.ir.gguf import FLOAT32, STRING, UINT32
from tests.ir import test_hostile_files as origin
from tests.readers import cards
from tests.readers.changes import CHANGES, DATA, KIND, NODES, PARAMS, TABLES, TENSORS, Status, card, key, swap
from tests.readers.limits import LIMITS
from tests.readers.mutations import BOOL, Draft, draft_of, sealed, text

Case = tuple[str, bytes, int]


def cases() -> Iterator[Case]:
    """All of them, names unlike each other."""
    for status, changes in (*CHANGES.items(), *LIMITS.items()):
        yield from ((name, origin.rebuilt(change), status) for name, change in changes.items())
    for status, files in FILES.items():
        yield from ((name, data, status) for name, data in files.items())
    yield from settings()
    yield from every_card()
    yield from keys_one_by_one()
    yield from tensors_one_by_one()


def retold(change: Callable[[Draft], object]) -> bytes:
    """The file taken apart, changed and sealed again."""
    draft = draft_of(DATA)
    change(draft)
    return draft.to_bytes()


def with_counts(tensors: int, keys: int) -> bytes:
    """Other counts in the head of the file, its checksum as it was."""
    return DATA[:8] + struct.pack("<QQ", tensors, keys) + DATA[24:]


def renamed(name: bytes) -> bytes:
    """Another name for the last tensor."""
    return retold(lambda d: d.tensors.append((name, d.tensors.pop()[1])))


def with_keys(*entries: tuple[bytes, int, bytes]) -> bytes:
    """These keys and no others."""
    draft = draft_of(DATA)
    draft.keys = list(entries)
    return draft.to_bytes()


def more_keys(*entries: tuple[bytes, int, bytes]) -> bytes:
    """Keys behind the others."""
    return retold(lambda d: d.keys.extend(entries))


def without_tensors() -> bytes:
    """A file that ends with its last key."""

    def change(draft: Draft) -> None:
        draft.tensors = []
        size = 52 + sum(8 + len(name) + 4 + len(value) for name, _, value in draft.keys)
        draft.keys.append((b"x", STRING, text(b"z" * (-(size + 21) % 64))))

    data = retold(change)
    assert data[-1:] == b"z"  # no padding
    return data


LONGEST = 1 << 20
FILES: dict[int, dict[str, bytes]] = {
    Status.OK: {
        "a name of 63 bytes": renamed(b"x" * 63),
        "128 keys": more_keys(*((b"x%d" % i, BOOL, b"\1") for i in range(128 - 15))),
        "a key of 255 bytes": more_keys((b"x" * 255, UINT32, bytes(4))),
        "the least character of three bytes": more_keys((b"x", STRING, text(b"\xe0\xa0\x80"))),
        "the least character of four bytes": more_keys((b"x", STRING, text(b"\xf0\x90\x80\x80"))),
        "the greatest character": more_keys((b"x", STRING, text(b"\xf4\x8f\xbf\xbf"))),
        "the least character of two bytes": more_keys((b"x", STRING, text(b"\xc2\x80"))),
        "a text of 2^20 bytes": more_keys((b"x", STRING, text(b"x" * LONGEST))),
    },
    Status.NOT_A_MODEL: {
        "three bytes": b"GGU",
        "another magic": b"GGUX" + DATA[4:],
        "no keys": with_counts(46, 0),
        "another first key": DATA[:32] + b"linnet.crc33" + DATA[44:],
        "a first key of another type": origin.put(44, "<I", 5),
    },
    Status.VERSION: {"another version of GGUF": origin.put(4, "<I", 2)},
    Status.TRUNCATED: {
        "four bytes": DATA[:4],
        "a head of 23 bytes": DATA[:23],
        "a head without its checksum": DATA[:51],
        "an end among the keys": sealed(DATA[:80]),
        "an end among the tensors": sealed(DATA[: DATA.index(b"n1.weight") + 4]),
        "an end before the first tensor": sealed(DATA[: DATA.index(b"wires") - 8]),
        "an end before a rank": sealed(DATA[: DATA.index(b"n1.weight") + 9]),
        "an end within the first entry": sealed(DATA[: origin.INFO + 6]),
        "an end within the last entry": sealed(DATA[: DATA.index(b"n23.shift") + 15]),
        "an end before the last constant": sealed(DATA[:-1]),
        "a key more than there are": sealed(with_counts(46, 16)),
        "a text that claims 2^63 bytes": origin.put(origin.FIRST_VALUE + 4, "<Q", 2**63),
    },
    Status.CHECKSUM: {"one bit changed": DATA[:-70] + bytes([DATA[-70] ^ 1]) + DATA[-69:]},
    Status.SETTING: {
        "a key of 256 bytes": more_keys((b"x" * 256, UINT32, bytes(4))),
        "a key that is not UTF-8": more_keys((b"\xed\xa0\x80", UINT32, bytes(4))),
        "a second checksum": more_keys((b"linnet.crc32", UINT32, bytes(4))),
        "an unknown key that comes twice": more_keys(*[(b"x", BOOL, b"\1")] * 2),
        "an array": more_keys((b"x", 9, bytes(12))),
        "a type above all": more_keys((b"x", 13, bytes(8))),
        "an unknown text that is not UTF-8": more_keys((b"x", STRING, text(b"\xf4\x90\x80\x80"))),
        "a character of three bytes that two could write": more_keys((b"x", STRING, text(b"\xe0\x9f\xbf"))),
        "a character of four bytes that three could write": more_keys(
            (b"x", STRING, text(b"\xf0\x8f\xbf\xbf"))
        ),
        "a byte that begins no character": more_keys((b"x", STRING, text(b"\x80"))),
        "a character of two bytes that one could write": more_keys((b"x", STRING, text(b"\xc1\xbf"))),
        "a character whose second byte is a letter": more_keys((b"x", STRING, text(b"\xc3x"))),
        "a character whose second byte begins another": more_keys((b"x", STRING, text(b"\xc3\xc3"))),
        "a character whose third byte is a letter": more_keys((b"x", STRING, text(b"\xe2\x82x"))),
        "a character whose fourth byte is missing": more_keys((b"x", STRING, text(b"\xf0\x9f\x98"))),
        "a text of more than 2^20 bytes": more_keys((b"x", STRING, text(b"x" * (LONGEST + 1)))),
    },
    Status.TENSOR: {
        "a name of 64 bytes": renamed(b"x" * 64),
        "16386 tensors, and no more": sealed(with_counts(16386, 15)),
        "keys that end with the file": without_tensors(),
        "a name that is not UTF-8": renamed(b"\xc3("),
        "a rank of 0": origin.put(origin.INFO, "<I", 0),
        "a rank of 3": origin.put(origin.INFO, "<I", 3),
        "no rows": origin.put(origin.INFO + 12, "<Q", 0),
        "no columns": origin.put(origin.INFO + 4, "<Q", 0),
        "more columns than the file has bytes": origin.put(origin.INFO + 4, "<Q", len(DATA) + 1),
        "more numbers than the file has bytes": origin.put(origin.INFO + 12, "<Q", len(DATA)),
        "numbers of an unknown type": origin.put(origin.INFO + 20, "<I", 2),
        "a tensor that lies elsewhere": origin.put(origin.INFO + 24, "<Q", 64),
        "something behind the last tensor": sealed(DATA + bytes(64)),
    },
    Status.TOO_LARGE: {
        "129 keys": sealed(with_counts(46, 129)),
        "16387 tensors": sealed(with_counts(16387, 15)),
    },
}

TINY, GREATEST, NAN, INFINITE = 1e-45, 3.4028234663852886e38, float("nan"), float("inf")
TAKEN = {
    "sample_rate_hz": (1000, 768000),
    "window": (16, 8192),
    "hop": (1, 32),
    "window_kind": (0, 1, 2),
    "compression_roots": (0, 3),
    "phase_bins": (0, 17),
    "band_ratio": (0, 2, 16),
    "level_alpha": (0.0, 1.0),
    "level_initial": (0.0, GREATEST),
    "level_floor": (TINY, GREATEST),
    "offset_alpha": (0.0, 1.0),
    "level_least": (0.0, TINY, 1.0),
    "level_most": (0.0, 1.0, 1000.0),
    "frames_per_second": (0.0, TINY, 768000.0),
}
REFUSED = {
    "sample_rate_hz": (0, 999, 768001, 2**32 - 1),
    "window": (0, 8, 24, 33, 16384, 2**31),
    "hop": (0, 3, 64),
    "window_kind": (3, 2**31),
    "compression_roots": (4,),
    "phase_bins": (18, 2**31),
    "band_ratio": (1, 17),
    "level_alpha": (-TINY, 1.0000001, NAN),
    "level_initial": (-TINY, INFINITE, NAN),
    "level_floor": (0.0, -1.0, INFINITE, NAN),
    "offset_alpha": (-TINY, 1.0000001, NAN),
    "level_least": (-TINY, 1.0000001, NAN),
    "level_most": (-TINY, 0.9999999, 1000.0001, INFINITE, NAN),
    "frames_per_second": (-TINY, 768000.1, INFINITE, NAN),
}


def settings() -> Iterator[Case]:
    """Every setting at its limits, and the first values beyond."""
    for table, status in ((TAKEN, Status.OK), (REFUSED, Status.SETTING)):
        for name, values in table.items():
            for value in values:
                kind = FLOAT32 if isinstance(value, float) else UINT32
                yield f"{name} is {value}", origin.rebuilt(key(f"linnet.{name}", kind, value)), status


def every_card() -> Iterator[Case]:
    """The cards of cards.py."""
    for values, status in ((cards.TAKEN, Status.OK), (cards.REFUSED, Status.SETTING)):
        for value in values:
            yield f"a card with {value!r}", origin.rebuilt(key("linnet.card", STRING, card(value))), status


def keys_one_by_one() -> Iterator[Case]:
    """Every key left out, twice and of another type, every text not UTF-8."""
    entries = draft_of(DATA).keys
    for index, (name, kind, value) in enumerate(entries):
        rest, label = entries[:index] + entries[index + 1 :], name.decode()
        other = (name, UINT32, bytes(4)) if kind == STRING else (name, STRING, text(b"x"))
        missing = Status.NOT_A_MODEL if name == b"general.architecture" else Status.SETTING
        yield f"{label} is missing", with_keys(*rest), missing
        yield f"{label} comes twice", more_keys((name, kind, value)), Status.SETTING
        yield (
            f"{label} has another type",
            with_keys(*rest, other),
            Status.SETTING,
        )
        if kind == STRING:
            bad = (name, kind, text(b"\xc0\x80"))
            yield (
                f"{label} is not UTF-8",
                with_keys(*rest, bad),
                Status.SETTING,
            )


def tensors_one_by_one() -> Iterator[Case]:
    """Every constant of another type, one number shorter, and as a table or a list."""
    for index in range(2, len(TABLES)):
        array, label = TABLES[index], f"tensor {index}"
        yield f"{label} is float32", origin.rebuilt(swap(index, array.astype(np.float32))), Status.TENSOR
        turned = array.reshape(-1) if array.ndim == 2 else array.reshape(1, -1)
        yield f"{label} has another rank", origin.rebuilt(swap(index, turned)), Status.TENSOR
        if not is_free(index):
            yield (
                f"{label} is longer",
                origin.rebuilt(swap(index, np.append(array, array[:1], axis=0))),
                Status.TENSOR,
            )
            yield f"{label} is shorter", origin.rebuilt(swap(index, array[:-1])), Status.TENSOR


def is_free(index: int) -> bool:
    """Whether the length of a constant is for the positions of a sparse matrix to say: its values and gaps."""
    return any(index in row[TENSORS : TENSORS + 2] for row in NODES if row[KIND] == 1 and row[PARAMS] == 1)
