"""What elimination takes out of a program changes no bit of its outputs, and what it should take out is gone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from linnet.compiler.eliminate import STATES_TOGETHER, eliminate_dead
from linnet.ir import DiagonalRecurrence, Linear, Program, Scale, initial_state, program_to_bytes, run_codes
from linnet.runtime import Model, Session
from tests.ir.programs import random_codes, random_program

FRAMES = 40


def sparse_program(seed: int, eight: float = 0.0) -> Program:
    return random_program(
        seed, bins=17, features=20, states=64, layers=3, density=0.03, eight=eight, kinds="d"
    )


def states_of(program: Program) -> list[int]:
    return [state.size // 2 for state in initial_state(program)]


def replaced(program: Program, index: int, **constants: np.ndarray) -> Program:
    nodes = list(program.nodes)
    nodes[index] = replace(nodes[index], **constants)
    return replace(program, nodes=tuple(nodes))


def index_of(program: Program, kind: type, nth: int = 0) -> int:
    return [i for i, node in enumerate(program.nodes) if isinstance(node, kind)][nth]


@pytest.mark.parametrize("eight", [0.0, 0.5])
@pytest.mark.parametrize("seed", range(6))
def test_outputs_keep_every_bit(seed: int, eight: float) -> None:
    program = sparse_program(seed, eight=eight)
    smaller = eliminate_dead(program)
    codes = random_codes(seed, program, frames=FRAMES)
    assert sum(states_of(smaller)) < sum(states_of(program))
    assert np.array_equal(run_codes(smaller, codes), run_codes(program, codes))


def test_the_engine_computes_the_smaller_program() -> None:
    program = sparse_program(5)
    codes = random_codes(5, program, frames=FRAMES)
    session = Session(Model(program_to_bytes(eliminate_dead(program))))
    assert np.array_equal(session.run(codes), run_codes(program, codes))


@pytest.mark.parametrize("kinds", ["dg", "dr", "g"])
def test_gated_recurrences_and_repeated_matrices_keep_every_bit_too(kinds: str) -> None:
    program = random_program(3, bins=17, features=20, states=32, layers=2, density=0.05, kinds=kinds)
    codes = random_codes(3, program, frames=FRAMES)
    assert np.array_equal(run_codes(eliminate_dead(program), codes), run_codes(program, codes))


def test_a_second_elimination_finds_nothing() -> None:
    once = eliminate_dead(sparse_program(1))
    assert eliminate_dead(once) == once


def test_a_program_that_uses_everything_stays_as_it_is() -> None:
    program = random_program(2, bins=17, features=12, states=16, density=1.0, wild=0.0)
    assert eliminate_dead(program) == program


def test_states_that_no_weight_reads_leave_with_their_rows_and_decays() -> None:
    program = random_program(3, bins=17, features=12, states=48, layers=1, density=1.0, wild=0.0)
    at = index_of(program, Linear, 2)
    weight = program.nodes[at].weight.copy()  # type: ignore[attr-defined]
    dead = np.arange(48) % 3 == 0
    weight[:, np.tile(dead, 2)] = 0
    program = replaced(program, at, weight=weight)
    smaller = eliminate_dead(program)
    before, after = (p.nodes[index_of(p, DiagonalRecurrence)] for p in (program, smaller))
    assert states_of(smaller) == [32]
    assert np.array_equal(after.decay_re, before.decay_re[~dead])  # type: ignore[attr-defined]
    assert smaller.nodes[at].weight.shape == (12, 64)  # type: ignore[attr-defined]


def test_states_stay_in_whole_vectors_and_spare_ones_rest_at_zero() -> None:
    program = random_program(3, bins=17, features=12, states=40, layers=1, density=1.0, wild=0.0)
    at = index_of(program, Linear, 2)
    weight = program.nodes[at].weight.copy()  # type: ignore[attr-defined]
    weight[:, np.tile(np.arange(40) >= 10, 2)] = 0
    smaller = eliminate_dead(replaced(program, at, weight=weight))
    drive = smaller.nodes[index_of(smaller, Linear, 1)]
    assert states_of(smaller) == [STATES_TOGETHER]
    spare = np.tile(np.arange(STATES_TOGETHER) >= 10, 2)
    assert not drive.weight[spare].any()  # type: ignore[attr-defined]
    assert not drive.bias[spare].any()  # type: ignore[attr-defined]


def test_a_constant_goes_into_the_bias_of_what_reads_it() -> None:
    program = random_program(4, bins=17, features=12, states=16, layers=0, density=1.0, wild=0.0)
    encoder, decoder = (program.nodes[index_of(program, Linear, nth)] for nth in (0, 1))
    weight = encoder.weight.copy()  # type: ignore[attr-defined]
    weight[7] = 0
    program = replaced(program, index_of(program, Linear), weight=weight)
    smaller = eliminate_dead(program)
    kept = smaller.nodes[index_of(smaller, Linear, 1)]
    codes = random_codes(4, program, frames=FRAMES)
    assert smaller.nodes[index_of(smaller, Linear)].weight.shape[0] == 11  # type: ignore[attr-defined]
    assert np.array_equal(kept.weight, np.delete(decoder.weight, 7, axis=1))  # type: ignore[attr-defined]
    assert np.array_equal(run_codes(smaller, codes), run_codes(program, codes))


def test_a_unit_whose_relu_never_passes_leaves() -> None:
    program = random_program(6, bins=17, features=12, states=16, layers=0, density=1.0, wild=0.0)
    at = index_of(program, Linear)
    node = program.nodes[at]
    bias, weight = node.bias.copy(), node.weight.copy()  # type: ignore[attr-defined]
    weight[3] = np.clip(weight[3], -1, 1)
    bias[3] = -(1 << 30)
    smaller = eliminate_dead(replaced(program, at, bias=bias, weight=weight))
    assert smaller.wires[node.writes].width == 11


def test_a_scale_by_zero_is_no_reason_to_keep_what_it_reads() -> None:
    program = sparse_program(8)
    at = index_of(program, Scale)
    scale = program.nodes[at]
    program = replaced(program, at, weight=np.zeros_like(scale.weight))  # type: ignore[attr-defined]
    codes = random_codes(8, program, frames=FRAMES)
    assert np.array_equal(run_codes(eliminate_dead(program), codes), run_codes(program, codes))
