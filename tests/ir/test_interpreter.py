"""The interpreter against plain integers, and its forms against each other: always ==, never close."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linnet.ir import (
    Dequantize,
    DiagonalRecurrence,
    Metadata,
    Program,
    Quantize,
    Wire,
    advance,
    initial_state,
    run,
    run_codes,
    step,
)
from linnet.ir.interpreter import recur
from linnet.ir.nodes import NODE_KINDS, Linear
from tests.ir import reference
from tests.ir.programs import random_codes, random_features, random_program

SEEDS = st.integers(0, 2**32 - 1)
small_program = partial(random_program, bins=9, features=5, states=4)


def same_state(first: tuple[np.ndarray, ...], second: tuple[np.ndarray, ...]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from([None, 0.2, 1.0]), st.sampled_from([0.0, 0.5, 1.0]))
@example(759, None, 0.5)  # a sum of wires 16 bits apart
def test_it_computes_what_plain_integers_compute(seed: int, density: float | None, eight: float) -> None:
    program = small_program(seed, density=density, eight=eight)
    codes = random_codes(seed, program, frames=6)
    assert run_codes(program, codes).tolist() == reference.run_codes(program, codes)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.lists(st.integers(0, 7), min_size=1, max_size=6))
def test_blocks_of_any_length_are_the_whole_clip(seed: int, lengths: list[int]) -> None:
    program = small_program(seed)
    features = random_features(seed, program, frames=sum(lengths))
    state, outputs = initial_state(program), []
    for block in np.split(features, np.cumsum(lengths)[:-1]):
        state, gains = advance(program, state, block)
        outputs.append(gains)
    final, whole = advance(program, initial_state(program), features)
    assert np.array_equal(np.concatenate(outputs), whole)
    assert same_state(state, final)


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_frame_by_frame_is_the_whole_clip(seed: int) -> None:
    program = small_program(seed)
    features = random_features(seed, program)
    state, outputs = initial_state(program), []
    for frame in features:
        state, gains = step(program, state, frame)
        outputs.append(gains)
    assert np.array_equal(np.stack(outputs), run(program, features))


def test_a_step_leaves_the_state_it_was_given_alone() -> None:
    program = small_program(1)
    before = initial_state(program)
    step(program, before, random_features(1, program)[3])
    assert same_state(before, initial_state(program))


@pytest.mark.parametrize("eight", [0.0, 0.5])
def test_the_trace_sees_every_wire_once_in_the_type_it_has(eight: float) -> None:
    program = random_program(2, eight=eight)
    seen: dict[int, np.ndarray] = {}
    outputs = run(program, random_features(2, program, frames=3), trace=seen.__setitem__)
    assert sorted(seen) == list(range(len(program.wires)))
    for index, wire in enumerate(program.wires):
        assert seen[index].shape == (3, wire.width)
        assert wire.bits != 8 or np.array_equal(seen[index], np.clip(seen[index], -128, 127))
        assert seen[index].dtype == {0: np.float32, 8: np.int16, 16: np.int16, 32: np.int32}[wire.bits]
    assert np.array_equal(seen[len(program.wires) - 1], outputs)


def test_the_random_programs_have_every_kind_of_node_dense_and_sparse() -> None:
    program = random_program(3)
    assert {type(node) for node in program.nodes} == set(NODE_KINDS)
    densities = [np.mean(node.weight != 0) for node in program.nodes if isinstance(node, Linear)]
    assert min(densities) < 0.3 < 0.9 < max(densities)
    assert random_program(3) == program != random_program(4)


def ends(exponent: int) -> Program:
    """Quantize and Dequantize with nothing between."""
    wires = (Wire(1, 0), Wire(1, 16, exponent), Wire(1, 0))
    return Program(wires, (Quantize(0, 1), Dequantize(1, 2)), Metadata("ends"))


@given(st.floats(width=32), st.integers(-20, 40))
def test_quantize_rounds_in_float32_and_dequantize_is_exact(value: float, exponent: int) -> None:
    code = float(run(ends(exponent), np.array([[value]], np.float32))[0, 0]) * 2.0**exponent
    assert code == np.float32(code) == int(code)
    assert -32768 <= code <= 32767
    if np.isnan(value):
        assert code == 0
        return
    exact = np.clip(value * 2.0**exponent, -32768, 32767)
    assert abs(code - exact) <= 0.5 + 2**-9  # float32 keeps 24 bits: sums up to 2^15 miss by 2^-9 at most


@pytest.mark.parametrize(
    ("value", "code"),
    [(0.5, 1), (-0.5, 0), (1.49, 1), (-1.5, -1), (1e38, 32767), (-np.inf, -32768), (np.nan, 0)],
)
def test_quantize_takes_ties_upward_and_holds_at_the_rails(value: float, code: int) -> None:
    assert run(ends(0), np.array([[value]], np.float32))[0, 0] == code


def lone_state(mu: complex, places: int) -> DiagonalRecurrence:
    re, im = round(mu.real * 2**places), round(mu.imag * 2**places)
    return DiagonalRecurrence(
        source=0,
        target=1,
        decay_re=np.array([re], np.int16),
        decay_im=np.array([im], np.int16),
        decay_shift=np.array([places], np.uint8),
        out_shift=0,
    )


def test_a_slow_state_keeps_its_time_constant() -> None:
    """1 - |Lambda_bar| = 5e-4 takes 2000 frames to 1/e; the codes hold it within 0.1 percent."""
    mu = np.exp(-5e-4 + 2e-3j) - 1
    node = lone_state(complex(mu), places=23)
    frames = 2000
    drive = np.zeros((frames + 1, 2), np.int32)
    drive[0, 0] = 1 << 28
    (state, _) = recur(node, np.zeros(2, np.int32), [drive], Wire(2, 16))
    found = complex(int(state[0]), int(state[1])) / 2**28
    assert abs(found - np.exp(frames * (-5e-4 + 2e-3j))) < 1e-3 * np.exp(-1)


def test_the_state_saturates_instead_of_wrapping() -> None:
    drive = np.full((3, 2), 2**31 - 1, np.int32)
    drive[:, 1] = -(2**31)
    state, codes = recur(lone_state(0j, 0), np.zeros(2, np.int32), [drive], Wire(2, 16))
    assert state.tolist() == [2**31 - 1, -(2**31)]
    assert codes[-1].tolist() == [32767, -32768]


@pytest.mark.parametrize("shape", [(9,), (4, 8), (2, 2, 9)])
def test_a_block_of_the_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"takes \[frames, 9\]"):
        run(small_program(5), np.zeros(shape, np.float32))


def test_codes_of_the_wrong_type_are_refused() -> None:
    with pytest.raises(ValueError, match="give int16"):
        run_codes(small_program(5), np.zeros((2, 9), np.int32))
