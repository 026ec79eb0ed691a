"""Every node the builder adds is its float formula but for the roundings it makes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jax")

from linnet.compiler.builder import ProgramBuilder
from linnet.ir import FrontEndSpec, Metadata, Program, run
from linnet.quant.scheme import W8A16

INPUTS, OUTPUTS = 6, 4


def finished(build: ProgramBuilder, wire: int) -> Program:
    build.dequantize(wire)
    return build.program(Metadata(name="x", licence="Apache-2.0", front_end=FrontEndSpec()))


def exponent_of(program: Program) -> int:
    return program.wires[program.nodes[-1].reads[0]].exponent


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), spread=st.floats(0, 12), bias=st.sampled_from([0.0, 1.0, 1e4]))
def test_a_linear_map_is_exact_to_half_a_weight_step_and_half_a_code(seed, spread, bias):
    rng = np.random.default_rng(seed)
    weight = rng.standard_normal((OUTPUTS, INPUTS)) * np.exp2(rng.uniform(-spread, spread, (OUTPUTS, 1)))
    offset, features = bias * rng.standard_normal(OUTPUTS), rng.uniform(0, 1, (5, INPUTS))
    expected = features @ weight.T + offset
    build = ProgramBuilder(W8A16, bins=INPUTS)
    source = build.quantize(1.0)
    program = finished(build, build.linear(source, weight, offset, largest=float(np.abs(expected).max())))
    found = run(program, features)
    of_input = 2.0 ** -program.wires[source].exponent / 2 * np.abs(weight).sum(1)
    row = 2.0 ** -np.floor(np.log2(127.499 / np.abs(weight).max(1)))
    held_back = np.where(offset == 0, 0, np.abs(offset) * 2.0 ** (program.wires[source].exponent - 28))
    of_weights = np.maximum(row, held_back) / 2 * INPUTS * 1.01
    tolerance = of_input + of_weights + 2.0 ** -exponent_of(program)
    assert (np.abs(found - expected) <= tolerance).all()


def test_a_sum_aligns_its_exponents():
    build = ProgramBuilder(W8A16, bins=3)
    source = build.quantize(4.0)
    small = build.scale(source, np.full(3, 0.01), np.zeros(3), largest=0.04)
    program = finished(build, build.add(source, small, largest=4.04))
    found = run(program, np.array([[1.0, -2.0, 3.5]]))
    np.testing.assert_allclose(found, 1.01 * np.array([[1.0, -2.0, 3.5]]), atol=2.0**-11, rtol=2.0**-8)


def test_a_sum_whose_sides_lie_too_far_apart_is_refused():
    build = ProgramBuilder(W8A16, bins=3)
    source = build.quantize(1000.0)
    tiny = build.scale(source, np.full(3, 1e-6), np.zeros(3), largest=1e-3)
    with pytest.raises(ValueError, match="lie more than 15 apart"):
        build.add(source, tiny, largest=1000.0)
