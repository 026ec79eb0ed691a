"""A matrix that is repeated is the block-diagonal one, stored once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.ir import (
    Dequantize,
    Linear,
    Metadata,
    Program,
    Quantize,
    Wire,
    nonzero_macs,
    packed_sizes,
    program_to_bytes,
    read_program,
    run_codes,
    take_account,
)
from linnet.runtime import Session
from linnet.runtime.library import ISA_ENVIRONMENT, instruction_sets

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 7))  # rows, columns, repeat


def lone_matrix(shape: tuple[int, int, int], seed: int, *, density: float = 1.0, bits: int = 16) -> Program:
    """Quantize, one matrix that is repeated, Dequantize."""
    rows, columns, repeat = shape
    rng = np.random.default_rng(seed)
    weight = rng.integers(-127, 128, (rows, columns)).astype(np.int8)
    weight[rng.random(weight.shape) >= density] = 0
    bias, shift = rng.integers(-1000, 1000, rows).astype(np.int32), rng.integers(0, 12, rows).astype(np.int8)
    wires = (
        Wire(repeat * columns, 0),
        Wire(repeat * columns, bits, 4),
        Wire(repeat * rows, 16, 0),
        Wire(repeat * rows, 0),
    )
    nodes = (Quantize(0, 1), Linear(1, 2, weight, bias, shift, repeat), Dequantize(2, 3))
    return Program(wires, nodes, Metadata("repeated"))


def linear_of(program: Program) -> Linear:
    node = program.nodes[1]
    assert isinstance(node, Linear)
    return node


def block_diagonal(program: Program) -> Program:
    """The same without repetition: the matrix in every block, zeros beside it."""
    node = linear_of(program)
    blocks = np.kron(np.eye(node.repeat, dtype=np.int8), node.weight)
    bias, shift = np.tile(node.bias, node.repeat), np.tile(node.shift, node.repeat)
    whole = replace(node, weight=blocks, bias=bias, shift=shift, repeat=1)
    return replace(program, nodes=(program.nodes[0], whole, program.nodes[2]))


def codes_for(program: Program, seed: int, frames: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-32768, 32768, (frames, program.input_width)).astype(np.int16)


@settings(max_examples=60, deadline=None)
@given(SHAPES, st.integers(0, 1000), st.sampled_from([0.3, 1.0]), st.sampled_from([8, 16]), st.integers(0, 3))
def test_it_gives_what_the_block_diagonal_matrix_gives(
    shape: tuple[int, int, int], seed: int, density: float, bits: int, frames: int
) -> None:
    program = lone_matrix(shape, seed, density=density, bits=bits)
    whole = block_diagonal(program)
    codes = codes_for(program, seed, frames)
    assert np.array_equal(run_codes(program, codes), run_codes(whole, codes))
    assert nonzero_macs(program, program.nodes[1]) == nonzero_macs(whole, whole.nodes[1])
    if frames:
        assert take_account(program, codes).macs == take_account(whole, codes).macs
    assert packed_sizes(program).total.dense_macs == shape[0] * shape[1] * shape[2]


@pytest.mark.parametrize("density", [0.1, 0.6, 1.0])
@pytest.mark.parametrize(
    "shape", [(16, 32, 5), (64, 64, 3), (65, 67, 4), (1, 3, 70), (200, 40, 2), (12, 6, 32)]
)
def test_every_instruction_set_gives_its_bits(
    shape: tuple[int, int, int], density: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = lone_matrix(shape, 1, density=density)
    codes = codes_for(program, 2, 20)
    expected = run_codes(program, codes)
    for name in instruction_sets():
        monkeypatch.setenv(ISA_ENVIRONMENT, name)
        assert np.array_equal(Session(program_to_bytes(program)).run(codes), expected), name


@pytest.mark.parametrize("density", [0.1, 1.0])
def test_it_is_stored_once(density: float) -> None:
    program = lone_matrix((40, 50, 20), 3, density=density)
    data = program_to_bytes(program)
    assert read_program(data) == program
    assert len(data) < len(program_to_bytes(replace_repeat(program, 1))) + 64
    assert packed_sizes(program).total.weights == 2000


def replace_repeat(program: Program, repeat: int) -> Program:
    """The matrix of `program` on so many groups, with wires to match."""
    node = replace(linear_of(program), repeat=repeat)
    rows, columns = node.weight.shape
    widths = (repeat * columns, repeat * columns, repeat * rows, repeat * rows)
    wires = tuple(replace(wire, width=width) for wire, width in zip(program.wires, widths, strict=True))
    return replace(program, wires=wires, nodes=(program.nodes[0], node, program.nodes[2]))


@pytest.mark.parametrize(
    ("repeat", "reason"),
    [
        (0, r"repeat spans 0..0; keep it within 1..32767"),
        (-2, r"repeat spans -2..-2"),
        (2, r"its source is 15 wide, the rest of it 10"),
        (40000, r"repeat spans 40000..40000"),
    ],
)
def test_a_repetition_that_does_not_fit_is_refused(repeat: int, reason: str) -> None:
    program = lone_matrix((4, 5, 3), 0)
    node = replace(linear_of(program), repeat=repeat)
    with pytest.raises(ValueError, match=reason):
        replace(program, nodes=(program.nodes[0], node, program.nodes[2])).validate()


def test_a_matrix_that_is_not_repeated_is_stored_as_ever() -> None:
    program = lone_matrix((4, 5, 1), 0)
    table = np.frombuffer(
        program_to_bytes(program), np.int32
    )  # somewhere in it the row: kind 1, wires, parameters
    row = [1, 1, -1, 2, 0, 0, 0, 0]
    assert any(table[at : at + 8].tolist() == row for at in range(table.size - 8))
