"""What a program may not be, and that the refusal says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.ir import (
    Add,
    Dequantize,
    DiagonalRecurrence,
    FrontEndSpec,
    Gate,
    Linear,
    Metadata,
    Node,
    Program,
    Quantize,
    Relu,
    Sigmoid,
    Wire,
)
from tests.ir.programs import random_program


def with_node(program: Program, kind: type[Node], **changes: Any) -> Program:
    """`program` with its first node of `kind` changed."""
    place = next(index for index, node in enumerate(program.nodes) if isinstance(node, kind))
    nodes = list(program.nodes)
    nodes[place] = replace(nodes[place], **changes)
    return replace(program, nodes=tuple(nodes))


def with_wire(program: Program, kind: type[Node], **changes: Any) -> Program:
    """`program` with the wire changed that its first node of `kind` writes."""
    place = next(node.writes for node in program.nodes if isinstance(node, kind))
    wires = list(program.wires)
    wires[place] = replace(wires[place], **changes)
    return replace(program, wires=tuple(wires))


PROGRAM = random_program(0, bins=9, features=6, states=4)


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (with_wire(PROGRAM, Linear, width=7), r"node 1 \(Linear\).* is 7 wide"),
        (with_wire(PROGRAM, Quantize, bits=32), "has 32 bits"),
        (with_wire(PROGRAM, Quantize, bits=4), "give 8, 16, 32, or 0"),
        (with_wire(PROGRAM, Relu, bits=8), r"\(Relu\).*target has 8 bits; give a wire of \(16,\) bits"),
        (with_wire(PROGRAM, Sigmoid, bits=8), r"\(Sigmoid\).*target has 8 bits"),
        (with_wire(PROGRAM, DiagonalRecurrence, bits=32), r"give a wire of \(8, 16\) bits"),
        (with_wire(PROGRAM, Quantize, exponent=65), "exponent 65"),
        (with_wire(PROGRAM, Dequantize, exponent=1), "exponent 1"),
        (with_wire(PROGRAM, Relu, width=0), "width 0"),
        (with_wire(PROGRAM, Relu, exponent=3), r"\(Relu\).*exponent 3; the arithmetic gives 10"),
        (with_wire(PROGRAM, DiagonalRecurrence, exponent=1), r"Recurrence\).*exponent 1; the arithmetic"),
        (with_wire(PROGRAM, Gate, exponent=2), r"\(Gate\).*exponent 2"),
        (with_wire(PROGRAM, Add, exponent=2), r"\(Add\).*exponent 2"),
        (with_wire(PROGRAM, Sigmoid, exponent=14), "exponent 14; the arithmetic gives 15"),
        (with_node(PROGRAM, Linear, shift=np.full(6, 48, np.int8)), r"shift spans 48..48; keep it within"),
        (with_node(PROGRAM, Linear, bias=np.zeros(5, np.int32)), "6 rows of weights came with 5 biases"),
        (with_node(PROGRAM, DiagonalRecurrence, decay_shift=np.full(4, 47, np.uint8)), "decay_shift spans"),
        (with_node(PROGRAM, DiagonalRecurrence, decay_im=np.zeros(3, np.int16)), "3 imaginary"),
        (with_node(PROGRAM, DiagonalRecurrence, out_shift=32), "out_shift spans 32"),
        (with_node(PROGRAM, Add, source_shift=16), "source_shift spans 16"),
        (with_node(PROGRAM, Relu, source=9), "reads wire 9 before anything writes it"),
        (with_node(PROGRAM, Relu, source=-1), "reads wire -1 before"),
        (with_node(PROGRAM, Relu, target=1), "writes wire 1, which is not a free one"),
        (with_node(PROGRAM, Relu, target=99), "writes wire 99"),
        (replace(PROGRAM, wires=(*PROGRAM.wires, Wire(1, 16))), "nothing writes wire"),
        (replace(PROGRAM, nodes=PROGRAM.nodes[:-1]), "stands in the wrong place"),
        (replace(PROGRAM, nodes=PROGRAM.nodes[1:]), "stands in the wrong place"),
        (replace(PROGRAM, nodes=(PROGRAM.nodes[0], *PROGRAM.nodes)), "stands in the wrong place"),
        (replace(PROGRAM, nodes=()), "0 nodes"),
    ],
)
def test_a_program_that_does_not_fit_together_is_refused_by_name(program: Program, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        program.validate()


def one_row(weight: list[int], bias: int) -> Program:
    wires = (Wire(len(weight), 0), Wire(len(weight), 16, 12), Wire(1, 16, 0), Wire(1, 0))
    linear = Linear(1, 2, np.array([weight], np.int8), np.array([bias], np.int32), np.zeros(1, np.int8))
    return Program(wires, (Quantize(0, 1), linear, Dequantize(2, 3)), Metadata("row"))


@given(st.integers(500, 520), st.integers(-128, 127), st.integers(-(2**31), 2**31 - 1))
def test_exactly_the_rows_that_cannot_overflow_are_accepted(full: int, last: int, bias: int) -> None:
    weight = [-128] * full + [last]
    largest = (128 * full + abs(last)) * 32768 + abs(bias)
    if largest < 2**31:
        one_row(weight, bias).validate()
    else:
        with pytest.raises(ValueError, match=rf"node 1 \(Linear\): row 0 can reach {largest} >= 2\^31"):
            one_row(weight, bias).validate()


@pytest.mark.parametrize(("bias", "fits"), [(32767, True), (32768, False), (-32768, False)])
def test_the_bound_is_strict_and_counts_minus_128_as_128(bias: int, fits: bool) -> None:
    weight = [-128] * 511 + [127]  # 65535 * 32768 = 2^31 - 32768
    if fits:
        one_row(weight, bias).validate()
    else:
        with pytest.raises(ValueError, match="coarser weight scale"):
            one_row(weight, bias).validate()


@pytest.mark.parametrize(
    ("field", "value"),
    [("weight", np.zeros((2, 2), np.int16)), ("bias", np.zeros((2, 1), np.int32)), ("shift", [0, 0])],
)
def test_a_constant_of_the_wrong_type_or_rank_is_refused_at_once(field: str, value: Any) -> None:
    constants: dict[str, Any] = {
        "weight": np.zeros((2, 2), np.int8),
        "bias": np.zeros(2, np.int32),
        "shift": np.zeros(2, np.int8),
    }
    with pytest.raises(ValueError, match=rf"Linear.{field} came as"):
        Linear(source=0, target=1, **(constants | {field: value}))


def test_the_constants_of_a_node_cannot_be_changed() -> None:
    node = next(node for node in PROGRAM.nodes if isinstance(node, Linear))
    with pytest.raises(ValueError, match="read-only"):
        node.weight[0, 0] = 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"window": 500}, "window=500 .*power of two"),
        ({"hop": 100}, "hop=100 does not divide window=512"),
        ({"hop": 0}, "hop=0"),
        ({"sample_rate_hz": 0}, "no audio rate"),
        ({"window_kind": "hamming"}, "'hamming' is unknown"),
        ({"level_least": 1.5}, "level_least=1.5 is no share"),
        ({"level_most": 0.5}, "level_most=0.5 holds the level below"),
        ({"window_kind": "asymmetric", "window": 64, "hop": 32}, "more than a quarter of window=64"),
        ({"compression_roots": 4}, "outside 0..3"),
        ({"phase_bins": 258}, "phase_bins=258 is outside 0..257, the bins of window=512; give 0"),
        ({"phase_bins": -1}, "phase_bins=-1 is outside"),
        (
            {"band_ratio": 257},
            "band_ratio=257 makes no bands of the 257 bins of window=512; give 0 .* 2 to 256",
        ),
        ({"band_ratio": 1}, "band_ratio=1 makes no bands"),
        ({"band_ratio": -2}, "band_ratio=-2 makes no bands"),
        ({"level_alpha": 1.5}, "level_alpha=1.5"),
        ({"level_floor": 0.0}, "divide by zero"),
        ({"level_initial": float("nan")}, "not all finite"),
        ({"level_initial": 1e300}, "not all finite"),
    ],
)
def test_a_front_end_that_cannot_work_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        FrontEndSpec(**changes)


@pytest.mark.parametrize(
    "card", [{"a": float("nan")}, {"a": np.float32(1)}, {"a": object()}, {"a": "\ud800"}]
)
def test_a_card_that_is_not_plain_json_is_refused(card: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not plain JSON"):
        Metadata("name", card=card)


def test_a_format_of_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match="format version 2"):
        Metadata("name", format_version=2)
