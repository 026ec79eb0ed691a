"""Sizes of a program, against counting by hand and against the file."""

from __future__ import annotations

import pytest

from linnet.ir import Linear, packed_sizes, program_to_bytes, read_program
from linnet.ir.gguf import read_container
from tests.ir.programs import random_program


def test_dense_macs_follow_the_formula() -> None:
    bins, features, states = 257, 12, 8
    sizes = packed_sizes(random_program(0, bins=bins, features=features, states=states, layers=3, kinds="dg"))
    rest = features**2 + 2 * features  # W, D and σ
    diagonal = 4 * states * features + 4 * states + rest  # B and C, states
    gated = 3 * states * features + states + rest  # V, G and C, states
    assert sizes.total.dense_macs == 2 * bins * features + 2 * diagonal + gated


@pytest.mark.parametrize("density", [None, 0.0, 0.1, 1.0])
def test_stored_bytes_are_the_constants_in_the_file(density: float | None) -> None:
    program = random_program(1, density=density)
    tensors = read_container(program_to_bytes(program)).tensors
    sizes = packed_sizes(program)
    assert sizes.total.stored_bytes == sum(array.nbytes for _, array in tensors[2:])
    assert packed_sizes(read_program(program_to_bytes(program))) == sizes


def test_density_counts_the_deployed_nonzeros() -> None:
    program = random_program(2, density=0.25)
    node = packed_sizes(program).nodes[1]
    linear = program.nodes[1]
    assert isinstance(linear, Linear)
    assert node.kind == "Linear"
    assert node.nonzeros == (linear.weight != 0).sum()
    assert node.density == node.nonzeros / linear.weight.size
    assert packed_sizes(program).nodes[0].density == 1.0
