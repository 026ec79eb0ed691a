"""A matrix between two wires is its float formula but for the roundings that the scheme makes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.compiler.builder import ProgramBuilder
from linnet.ir import FrontEndSpec, Metadata, Program, run
from linnet.quant.matrices import WireFormat, matrix_codes
from linnet.quant.scheme import W8A16

INPUTS, OUTPUTS = 6, 4


def finished(build: ProgramBuilder, wire: int) -> Program:
    build.dequantize(wire)
    return build.program(Metadata(name="x", licence="Apache-2.0", front_end=FrontEndSpec()))


def exponent_of(program: Program) -> int:
    return program.wires[program.nodes[-1].reads[0]].exponent


def holding(largest: float) -> WireFormat:
    return WireFormat(16, W8A16.activation_exponent(largest, 16))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), spread=st.floats(0, 12), bias=st.sampled_from([0.0, 1.0, 1e4]))
def test_a_linear_map_is_exact_to_half_a_weight_step_and_half_a_code(seed, spread, bias):
    rng = np.random.default_rng(seed)
    weight = rng.standard_normal((OUTPUTS, INPUTS)) * np.exp2(rng.uniform(-spread, spread, (OUTPUTS, 1)))
    offset, features = bias * rng.standard_normal(OUTPUTS), rng.uniform(0, 1, (5, INPUTS))
    expected = features @ weight.T + offset
    source, target = holding(1.0), holding(float(np.abs(expected).max()))
    codes = matrix_codes(weight, offset, source, target, scheme=W8A16, bits=8)
    build = ProgramBuilder(bins=INPUTS)
    program = finished(build, build.linear(build.quantize(source), codes, target))
    found = run(program, features)
    of_input = 2.0**-source.exponent / 2 * np.abs(weight).sum(1)
    row = 2.0 ** -np.floor(np.log2(127.499 / np.abs(weight).max(1)))
    held_back = np.where(offset == 0, 0, np.abs(offset) * 2.0 ** (source.exponent - 28))
    of_weights = np.maximum(row, held_back) / 2 * INPUTS * 1.01
    tolerance = of_input + of_weights + 2.0 ** -exponent_of(program)
    assert (np.abs(found - expected) <= tolerance).all()


def test_a_sum_aligns_its_exponents():
    build, of_source, of_small = ProgramBuilder(bins=3), holding(4.0), holding(0.04)
    source = build.quantize(of_source)
    codes = matrix_codes(np.full(3, 0.01), np.zeros(3), of_source, of_small, scheme=W8A16, bits=8)
    program = finished(build, build.add(source, build.scale(source, codes, of_small), holding(4.04)))
    found = run(program, np.array([[1.0, -2.0, 3.5]]))
    np.testing.assert_allclose(found, 1.01 * np.array([[1.0, -2.0, 3.5]]), atol=2.0**-11, rtol=2.0**-8)


def test_a_wire_that_is_given_a_name_is_found_by_it():
    build = ProgramBuilder(bins=3)
    wire = build.named("features", build.quantize(holding(1.0)))
    assert build.names == {"features": wire}


def test_a_relu_is_a_node_only_where_a_code_may_be_negative():
    build, wide = ProgramBuilder(bins=3), holding(4.0)
    heard = build.quantize(wide)
    rectified, share = build.relu(heard), build.sigmoid(heard, wide)
    gated = build.gate(rectified, heard, wide)
    for never in (rectified, share, gated, build.add(gated, share, wide)):
        assert build.relu(never) == never
    for signed in (heard, build.gate(heard, rectified, wide), build.add(rectified, heard, wide)):
        assert build.relu(signed) != signed
