"""The mapped network against the interpreter: the same codes, bit for bit, in both modes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.hardware.groups import network_of
from linnet.hardware.simulator import Simulation, run_pipelined, run_token_by_token
from linnet.hardware.split import by_place
from linnet.ir import Program, advance_codes, initial_state, run_codes
from tests.hardware.small import mapped, of_small_size, small_program
from tests.ir.programs import random_codes

RUNS = (run_token_by_token, run_pipelined)
small = st.builds(
    small_program, st.integers(0, 1000), layers=st.integers(0, 2), eight=st.sampled_from([0.0, 0.5])
)


@settings(max_examples=12, deadline=None)
@given(small, st.integers(0, 1000), st.integers(0, 20), st.integers(1, 4))
def test_both_modes_give_the_interpreters_codes(program: Program, seed: int, frames: int, cores: int) -> None:
    codes = random_codes(seed, program, frames)
    groups = len(network_of(program).groups)
    mapping = mapped(program, cores=cores * groups)
    expected = run_codes(program, codes)
    for run in RUNS:
        assert np.array_equal(run(mapping, codes).codes, expected)


def test_how_neurons_are_split_changes_no_bit() -> None:
    program = small_program(3)
    codes = random_codes(1, program, 12)
    expected = run_codes(program, codes)
    assert np.array_equal(run_pipelined(mapped(program, cores=19, split=by_place), codes).codes, expected)


def test_both_modes_do_the_same_work_after_the_same_steps() -> None:
    program = small_program(5)
    mapping, codes = mapped(program, cores=20), random_codes(2, program, 9)
    one, other = (run(mapping, codes) for run in RUNS)
    assert np.array_equal(one.synops, other.synops)
    assert np.array_equal(one.messages, other.messages)
    assert one.latency == other.latency == 8  # encoder, two layers of three groups, decoder


def test_a_synapse_works_for_every_message_and_for_nothing_else() -> None:
    program = small_program(7)
    codes = random_codes(4, program, 6)
    codes[2] = 0
    mapping = mapped(program)
    simulation = run_token_by_token(mapping, codes)
    busy: dict[int, np.ndarray] = {}
    advance_codes(
        program, initial_state(program), codes, trace=lambda wire, seen: busy.update({wire: seen != 0})
    )
    for index, core in enumerate(mapping.cores):
        counted = sum(
            busy[each.wire] @ np.count_nonzero(each.weights[:, core.rows], axis=(0, 1))
            for each in mapping.bundles[core.group]
        )
        assert np.array_equal(simulation.synops[:, index], counted)


def largest_bits(program: Program, codes: np.ndarray) -> int:
    state, bits = initial_state(program), 0
    for frame in codes:
        state, _ = advance_codes(program, state, frame[np.newaxis])
        for each in state:
            wide = each.astype(np.int64)
            bits = max(bits, *(int(v if v >= 0 else -v - 1).bit_length() + 1 for v in wide))
    return bits


def test_the_bits_that_states_need_are_counted() -> None:
    program = small_program(2)
    codes = random_codes(2, program, 12)
    assert run_pipelined(mapped(program), codes).state_bits == largest_bits(program, codes)


def test_narrow_states_change_what_comes_out() -> None:
    program = of_small_size(12, layers=1, wild=0.0)
    codes = random_codes(2, program, 12) // 64
    narrow: Simulation = run_pipelined(mapped(program), codes, state_bits=12)
    assert narrow.state_bits <= 12
    assert not np.array_equal(narrow.codes, run_codes(program, codes))
    same = run_pipelined(mapped(program), codes, state_bits=32)
    assert np.array_equal(same.codes, run_codes(program, codes))


def test_codes_of_another_width_are_refused() -> None:
    program = small_program(0)
    with pytest.raises(ValueError, match=r"give int16 \[frames, 17\]"):
        run_pipelined(mapped(program), np.zeros((3, 5), np.int16))
