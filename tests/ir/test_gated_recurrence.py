"""The gated recurrence: its range, its two ends, and what it asks of the wires around it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from linnet.ir import (
    Dequantize,
    GatedRecurrence,
    Linear,
    Metadata,
    Program,
    Quantize,
    Wire,
    program_to_bytes,
    read_program,
    run_codes,
)
from linnet.ir.interpreter import recur
from linnet.numerics import sigmoid15

LEAST, MOST = -(1 << 23), (1 << 23) - 1
SHUT, OPEN = -32768, 32767  # sigmoid15 is 0 and 2^15 there
STATES = arrays(np.int32, 4, elements=st.integers(LEAST, MOST))
SOURCES = st.integers(1, 6).flatmap(
    lambda frames: arrays(np.int32, (frames, 4), elements=st.integers(-(1 << 31), (1 << 31) - 1))
)


def advanced(
    state: np.ndarray, source: np.ndarray, control: np.ndarray, *, out_shift: int = 0
) -> list[np.ndarray]:
    """The states after every frame, each from the one before, and the codes that leave the last one."""
    node, seen = GatedRecurrence(source=0, control=1, target=2, out_shift=out_shift), [state]
    for row, gate in zip(source, control, strict=True):
        after, codes = recur(node, seen[-1], [row[None], gate[None]], Wire(4, 16))
        seen.append(after)
    whole, blocks = recur(node, state, [source, control], Wire(4, 16))
    assert np.array_equal(whole, seen[-1])
    assert np.array_equal(blocks[-1], codes[0])
    return [*seen[1:], codes[0]]


def test_the_sigmoid_is_shut_and_open_at_its_ends() -> None:
    assert sigmoid15(np.array([SHUT, OPEN], np.int16)).tolist() == [0, 1 << 15]


@given(STATES, SOURCES, st.data())
def test_every_state_lies_between_the_last_one_and_its_candidate(
    state: np.ndarray, source: np.ndarray, data: st.DataObject
) -> None:
    control = data.draw(arrays(np.int16, source.shape))
    *states, _ = advanced(state, source, control)
    for before, after, candidate in zip([state, *states], states, source, strict=False):
        held = np.clip(candidate, LEAST, MOST)
        assert (np.minimum(before, held) <= after).all()
        assert (after <= np.maximum(before, held)).all()


@given(STATES, SOURCES)
def test_a_shut_gate_keeps_the_state_and_an_open_one_takes_the_candidate(
    state: np.ndarray, source: np.ndarray
) -> None:
    *kept, _ = advanced(state, source, np.full(source.shape, SHUT, np.int16))
    *taken, _ = advanced(state, source, np.full(source.shape, OPEN, np.int16))
    assert all(np.array_equal(each, state) for each in kept)
    assert np.array_equal(taken, np.clip(source, LEAST, MOST))


@given(STATES, SOURCES, st.integers(0, 31))
def test_what_leaves_a_state_is_rounded_and_saturated(
    state: np.ndarray, source: np.ndarray, out_shift: int
) -> None:
    *_, last, codes = advanced(state, source, np.full(source.shape, OPEN, np.int16), out_shift=out_shift)
    exact = np.floor(last / 2.0**out_shift + 0.5)
    assert np.array_equal(codes, np.clip(exact, -32768, 32767))


def test_half_a_way_is_rounded_upward() -> None:
    state = np.array([0, 0, 0, 1], np.int32)
    source = np.array([[1, -1, 3, 0]], np.int32)
    assert advanced(state, source, np.zeros((1, 4), np.int16))[0].tolist() == [1, 0, 2, 1]


def identity(source: int, target: int, *, rows: int) -> Linear:
    """A matrix of ones on the diagonal for a source that is 2 wide."""
    weight = np.eye(rows, 2, dtype=np.int8)
    return Linear(source, target, weight, np.zeros(rows, np.int32), np.zeros(rows, np.int8))


def lone_gate(**changes: Any) -> Program:
    """Features that are candidates and controls at once; `changes` are those of its wires, by name, or out_shift."""
    wires = {
        "candidate": Wire(2, 32, 11),
        "control": Wire(2, 16, 11),
        "target": Wire(2, 16, 8),
    }
    out_shift = changes.pop("out_shift", 3)
    wires |= {name: replace(wires[name], **change) for name, change in changes.items()}
    nodes = (
        Quantize(0, 1),
        identity(1, 2, rows=2),
        identity(1, 3, rows=wires["control"].width),
        GatedRecurrence(2, 3, 4, out_shift),
        Dequantize(4, 5),
    )
    ends = (Wire(2, 0), Wire(2, 16, 11), wires["candidate"], wires["control"], wires["target"])
    return Program((*ends, Wire(wires["target"].width, 0)), nodes, Metadata("gate"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"candidate": {"bits": 16}},
            r"\(GatedRecurrence\): its source has 16 bits; give a wire of \(32,\) bits",
        ),
        ({"control": {"bits": 8}}, r"its control has 8 bits; give a wire of \(16,\) bits"),
        ({"control": {"exponent": 10}}, "its control has exponent 10; the arithmetic gives 11"),
        ({"control": {"width": 3}}, "its control is 3 wide, the rest of it 2"),
        ({"target": {"width": 3}}, "its target is 3 wide, the rest of it 2"),
        ({"target": {"bits": 32}}, r"its target has 32 bits; give a wire of \(8, 16\) bits"),
        ({"target": {"exponent": 9}}, "its target has exponent 9; the arithmetic gives 8"),
        ({"out_shift": -1}, r"out_shift spans -1..-1; keep it within 0..31"),
        ({"out_shift": 32}, r"out_shift spans 32..32"),
    ],
)
def test_what_does_not_fit_a_gated_recurrence_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        lone_gate(**changes).validate()


@pytest.mark.parametrize("bits", [8, 16])
def test_it_comes_back_from_its_file_and_runs_from_there(bits: int) -> None:
    program = lone_gate(target={"bits": bits})
    again = read_program(program_to_bytes(program))
    codes = np.array([[2000, -3000], [32767, -32768], [0, 5]], np.int16)
    assert again == program
    assert run_codes(again, codes).tolist() == run_codes(program, codes).tolist()
