"""Files made to break the reader: each is refused with a reason, at once and without much memory."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.ir import ArtifactError, program_to_bytes, read_program
from linnet.ir.gguf import FLOAT32, STRING, UINT32, Container, Value, read_container, write_container
from tests.ir.programs import random_program

PROGRAM = random_program(0, bins=17, features=7, states=3, layers=2, density=None)
DATA = program_to_bytes(PROGRAM)


def sealed(data: bytes | bytearray) -> bytes:
    """`data` with the right checksum, as somebody who means harm would write it."""
    return bytes(data[:48]) + struct.pack("<I", zlib.crc32(data[52:])) + bytes(data[52:])


def refused(data: bytes) -> bool:
    """Whether the reader refuses `data` with a reason; any other exception fails the test."""
    try:
        read_program(data)
    except ArtifactError as error:
        return len(str(error)) > 20
    return False


def test_a_file_cut_at_any_length_is_refused() -> None:
    assert all(refused(DATA[:length]) for length in range(len(DATA)))


def test_a_cut_file_is_refused_with_a_right_checksum_too() -> None:
    assert all(refused(sealed(DATA[:length])) for length in range(52, len(DATA), 3))


@pytest.mark.parametrize("extra", [1, 63, 64, 4096])
def test_a_file_with_something_behind_it_is_refused(extra: int) -> None:
    assert refused(DATA + bytes(extra))
    assert refused(sealed(DATA + bytes(extra)))


@given(st.integers(0, len(DATA) * 8 - 1))
def test_any_flipped_bit_is_noticed(bit: int) -> None:
    data = bytearray(DATA)
    data[bit // 8] ^= 1 << (bit % 8)
    assert refused(bytes(data))


META_BYTES = DATA.index(b"n1.weight") + 1500  # keys, names, tables: where lengths and indices are


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(4, META_BYTES), st.sampled_from([0, 1, 2, 127, 128, 254, 255])),
        min_size=1,
        max_size=4,
    )
)
def test_bytes_changed_on_purpose_give_a_program_or_a_refusal(changes: list[tuple[int, int]]) -> None:
    data = bytearray(DATA)
    for place, byte in changes:
        data[place] = byte
    refused(sealed(data))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_behind_a_good_head_are_refused(tail: bytes) -> None:
    assert refused(sealed(DATA[:52] + tail))


def rebuilt(change: Callable[[Container], object]) -> bytes:
    """The file with keys and tensors changed, and sealed again."""
    container = read_container(DATA)
    values = dict(list(container.values.items())[1:])
    tensors = [(name, array.copy()) for name, array in container.tensors]
    change(Container(values, tensors))
    return write_container(values, tensors)


def table(container: Container, row: int, column: int, number: int) -> None:
    """Change one number of the table of nodes."""
    container.tensors[1][1][row, column] = number


def wire(container: Container, row: int, column: int, number: int) -> None:
    container.tensors[0][1][row, column] = number


def key(container: Container, name: str, kind: int, value: object) -> None:
    container.values[name] = Value(kind, value)


def swap_tensor(container: Container, index: int, array: np.ndarray) -> None:
    container.tensors[index] = (container.tensors[index][0], array)


def row_of(kind: str) -> int:
    return next(index for index, node in enumerate(PROGRAM.nodes) if type(node).__name__ == kind)


SPARSE = next(row for row, numbers in enumerate(read_container(DATA).tensors[1][1]) if numbers[4] == 1)
CARD = {"training_data": "", "recipe": "", "card": {}}
BIG = 2**31 - 1


def test_the_file_that_is_changed_below_is_good_unchanged() -> None:
    assert rebuilt(lambda c: None) == DATA
    assert read_program(DATA) == PROGRAM


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c.values.pop("general.name"), "'general.name' .* is missing"),
        (lambda c: key(c, "general.name", UINT32, 1), "'general.name' of type 8"),
        (lambda c: key(c, "general.architecture", STRING, "llama"), "is 'llama', not 'linnet'"),
        (lambda c: key(c, "linnet.phase_bins", STRING, "1"), "'linnet.phase_bins' is of type 8, not 4"),
        (lambda c: key(c, "linnet.phase_bins", UINT32, 2**32 - 1), "phase_bins=4294967295 is outside 0..17"),
        (lambda c: key(c, "linnet.band_ratio", STRING, "2"), "'linnet.band_ratio' is of type 8, not 4"),
        (lambda c: key(c, "linnet.band_ratio", UINT32, 1), "band_ratio=1 makes no bands of the 17 bins"),
        (lambda c: key(c, "linnet.band_ratio", UINT32, 2**32 - 1), "band_ratio=4294967295 makes no bands"),
        (lambda c: key(c, "linnet.offset_alpha", UINT32, 1), "'linnet.offset_alpha' is of type 4, not 6"),
        (lambda c: key(c, "linnet.offset_alpha", FLOAT32, 1.5), "offset_alpha=1.5 is no smoothing factor"),
        (lambda c: key(c, "linnet.activity", UINT32, 1), "'linnet.activity' is of type 4, not 8"),
        (lambda c: key(c, "linnet.activity", STRING, "zz"), "activity 'zz' came"),
        (lambda c: key(c, "general.alignment", UINT32, 32), "general.alignment is 32"),
        (lambda c: key(c, "linnet.format", UINT32, 2), "format version 2"),
        (lambda c: key(c, "linnet.window", UINT32, 0), "window=0"),
        (lambda c: key(c, "linnet.window", UINT32, 2**32 - 1), "window=4294967295"),
        (lambda c: key(c, "linnet.hop", UINT32, 0), "hop=0"),
        (lambda c: key(c, "linnet.window_kind", UINT32, 7), "window kind 7"),
        (lambda c: key(c, "linnet.level_alpha", FLOAT32, float("nan")), "not all finite"),
        (lambda c: key(c, "linnet.level_floor", FLOAT32, 0.0), "divide by zero"),
        (lambda c: key(c, "linnet.card", STRING, "{"), "no valid program"),
        (lambda c: key(c, "linnet.card", STRING, "[]"), "its card is not the object"),
        (lambda c: key(c, "linnet.card", STRING, "[" * 100_000), "no valid program"),
        (lambda c: key(c, "linnet.card", STRING, "1" * 100_000), "no valid program"),
        (lambda c: key(c, "linnet.card", STRING, json.dumps(CARD | {"recipe": 1})), "lacks training_data"),
        (lambda c: key(c, "linnet.card", STRING, json.dumps(CARD)[:-2] + '"a": 1e999}}'), "not plain JSON"),
        (lambda c: key(c, "linnet.card", STRING, json.dumps(CARD)[:-2] + '"a": NaN}}'), "not plain JSON"),
        (lambda c: key(c, "linnet.card", STRING, json.dumps(CARD)[:-2] + '"a": "\\ud800"}}'), "not plain"),
        (lambda c: c.tensors.clear(), "tensor 0 is not 'wires'"),
        (lambda c: c.tensors.reverse(), "tensor 0 is not 'wires'"),
        (lambda c: swap_tensor(c, 0, np.zeros((4, 3), np.int16)), "'wires' is int16"),
        (lambda c: swap_tensor(c, 1, np.zeros((4, 11), np.int32)), r"'nodes' is int32 \(4, 11\)"),
        (lambda c: swap_tensor(c, 1, np.zeros((5000, 12), np.int32)), r"'nodes' is int32 \(5000, 12\)"),
        (lambda c: c.tensors.append(("spare", np.zeros(3, np.int8))), "belongs to no node"),
        (lambda c: c.tensors.pop(), "is missing or belongs to another"),
        (lambda c: table(c, 1, 0, 12), "is of kind 12"),
        (lambda c: table(c, 1, 0, -1), "is of kind -1"),
        (lambda c: table(c, 1, 1, BIG), f"reads wire {BIG}"),
        (lambda c: table(c, 1, 1, -BIG), f"reads wire -{BIG}"),
        (lambda c: table(c, 1, 2, 0), "numbers it does not use"),
        (lambda c: table(c, 1, 3, BIG), f"writes wire {BIG}"),
        (lambda c: table(c, 1, 4, 2), "numbers it does not use"),
        (lambda c: table(c, 1, 8, BIG), "is missing or belongs to another"),
        (lambda c: table(c, 1, 8, -1), "is missing or belongs to another"),
        (lambda c: table(c, 1, 8, 0), "is missing or belongs to another"),
        (lambda c: table(c, 1, 9, 2), "is missing or belongs to another"),
        (lambda c: table(c, 1, 11, 5), "numbers it does not use"),
        (lambda c: table(c, 0, 8, 5), "numbers it does not use"),
        (lambda c: table(c, row_of("Add"), 4, -1), "source_shift spans -1"),
        (lambda c: table(c, row_of("Add"), 6, BIG), "shift spans"),
        (lambda c: table(c, row_of("Gate"), 2, -1), "reads wire -1"),
        (lambda c: table(c, row_of("DiagonalRecurrence"), 4, -BIG), "out_shift spans"),
        (lambda c: table(c, row_of("GatedRecurrence"), 4, 32), "out_shift spans 32"),
        (lambda c: table(c, row_of("GatedRecurrence"), 2, 1), "its control is 17 wide"),
        (lambda c: table(c, row_of("GatedRecurrence"), 5, 1), "numbers it does not use"),
        (lambda c: table(c, row_of("GatedRecurrence"), 8, 2), "numbers it does not use"),
        (lambda c: wire(c, PROGRAM.nodes[row_of("GatedRecurrence")].reads[0], 1, 16), "source has 16 bits"),
        (lambda c: wire(c, PROGRAM.nodes[row_of("GatedRecurrence")].reads[1], 2, 10), "control has exponent"),
        (lambda c: table(c, SPARSE, 1, BIG), "sparse Linear has numbers"),
        (lambda c: table(c, SPARSE, 5, 0), "is missing or belongs to another"),
        (lambda c: table(c, SPARSE, 4, 0), "numbers it does not use|Linear.weight came as"),
        (lambda c: wire(c, 0, 0, 0), "width 0"),
        (lambda c: wire(c, 0, 0, BIG), f"width {BIG}"),
        (lambda c: wire(c, 1, 1, 64), "64 bits"),
        (lambda c: wire(c, 1, 1, 7), "7 bits; give 8, 16, 32"),
        (lambda c: wire(c, 1, 1, -8), "-8 bits"),
        (lambda c: wire(c, PROGRAM.nodes[row_of("Relu")].writes, 1, 8), "target has 8 bits"),
        (lambda c: wire(c, 1, 2, -BIG), f"exponent -{BIG}"),
        (lambda c: wire(c, PROGRAM.nodes[SPARSE].reads[0], 0, BIG), "sparse Linear has values"),
        (lambda c: wire(c, PROGRAM.nodes[SPARSE].reads[0], 0, -1), "sparse Linear has values"),
        (lambda c: swap_tensor(c, 2, np.zeros(119, np.int8)), "Linear.weight came as int8"),
        (lambda c: swap_tensor(c, 2, np.zeros((7, 17), np.float32)), "Linear.weight came as float32"),
        (lambda c: swap_tensor(c, 3, np.full(7, 2**31 - 1, np.int32)), "can reach"),
        (lambda c: swap_tensor(c, 4, np.full(7, 48, np.int8)), "shift spans 48"),
    ],
)
def test_contents_that_make_no_sense_are_refused(change: Callable[[Container], object], reason: str) -> None:
    with pytest.raises(ArtifactError, match=reason):
        read_program(rebuilt(change))


def put(place: int, form: str, number: int) -> bytes:
    data = bytearray(DATA)
    struct.pack_into(form, data, place, number)
    return sealed(data)


FIRST_VALUE = 52 + 8 + len("general.architecture")  # the type of the second key's value
INFO = DATA.index(b"\5\0\0\0\0\0\0\0wires") + 8 + len("wires")  # rank, dims, type, offset of "wires"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (put(4, "<I", 2), "GGUF version 2"),
        (put(4, ">I", 3), "GGUF version 50331648"),
        (put(8, "<Q", 2**64 - 1), "claims 18446744073709551615 tensors"),
        (put(16, "<Q", 2**64 - 1), "18446744073709551615 keys"),
        (put(16, "<Q", 0), "0 keys"),
        (put(24, "<Q", 2**63), "key 0 claims"),
        (put(44, "<I", 5), "first key is"),
        (put(52, "<Q", 2**64 - 1), "key 1 claims"),
        (put(60, "<B", 0xFF), "key 1 is not UTF-8"),
        (put(FIRST_VALUE, "<I", 9), "no scalar and no string"),
        (put(FIRST_VALUE, "<I", 99), "no scalar and no string"),
        (put(FIRST_VALUE + 4, "<Q", 2**40), "claims 1099511627776 bytes"),
        (put(FIRST_VALUE + 4, "<Q", 2**20), "but the file ends"),
        (put(FIRST_VALUE + 12, "<B", 0xC0), "is not UTF-8"),
        (put(INFO, "<I", 0), "rank 0"),
        (put(INFO, "<I", 2**32 - 1), "rank 4294967295"),
        (put(INFO + 4, "<Q", 0), "does not fit"),
        (put(INFO + 4, "<Q", 2**64 - 1), "does not fit"),
        (put(INFO + 12, "<Q", 2**62), "does not fit"),
        (put(INFO + 20, "<I", 2), "has type 2"),
        (put(INFO + 24, "<Q", 64), "lies at"),
        (put(INFO + 24, "<Q", 2**64 - 64), "lies at"),
        (sealed(DATA[:52] + DATA[52:].replace(b"linnet.window_kind", b"general.alignment\0")), "window_kind"),
        (sealed(DATA.replace(b"general.license", b"general.name\0\0\0")), "missing"),
        (
            sealed(DATA.replace(b"\x0a\0\0\0\0\0\0\0linnet.hop", b"\x0a\0\0\0\0\0\0\0linnet.hoq")),
            "linnet.hop",
        ),
    ],
)
def test_lengths_and_types_that_lie_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ArtifactError, match=reason):
        read_program(data)


def test_a_key_that_comes_twice_is_refused() -> None:
    with pytest.raises(ArtifactError, match=r"the key 'linnet\.level_alpha' comes twice"):
        read_program(sealed(DATA.replace(b"linnet.level_floor", b"linnet.level_alpha")))


def test_two_tensors_that_overlap_are_refused() -> None:
    place = DATA.index(b"n1.bias") + 7 + 4 + 8 + 4
    with pytest.raises(ArtifactError, match=r"'n1\.bias' lies at"):
        read_program(put(place, "<Q", 0))


def test_a_small_file_that_claims_a_huge_matrix_takes_no_memory() -> None:
    rows = 32767

    def change(container: Container) -> None:
        wire(container, PROGRAM.nodes[SPARSE].reads[0], 0, 32767)
        counts = np.zeros(rows, np.int16)
        counts[0] = read_container(DATA).tensors[int(container.tensors[1][1][SPARSE, 8])][1].size
        swap_tensor(container, int(container.tensors[1][1][SPARSE, 10]), counts)

    data = rebuilt(change)
    tracemalloc.start()
    try:
        with pytest.raises(ArtifactError, match="more weights than a file of its size may claim"):
            read_program(data)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(data) + (1 << 20)
    finally:
        tracemalloc.stop()


def test_a_small_file_that_claims_many_wide_wires_is_refused() -> None:
    def change(container: Container) -> None:
        swap_tensor(container, 0, np.tile(np.array([[32767, 16, 0]], np.int32), (4000, 1)))

    with pytest.raises(ArtifactError, match="more values than a file of its size may claim"):
        read_program(rebuilt(change))


def test_a_program_that_readers_would_refuse_is_not_written() -> None:
    empty = random_program(0, bins=4097, features=1000, states=2, layers=0, density=1e-5)
    with pytest.raises(ValueError, match="matrices are nearly empty, so make them smaller"):
        program_to_bytes(empty)


def test_a_key_that_linnet_does_not_know_is_passed_over() -> None:
    assert read_program(rebuilt(lambda c: key(c, "general.author", STRING, "somebody else"))) == PROGRAM
