"""What a frame asks of a processor, and what it is estimated to cost there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from linnet.hardware.comparison import always, filled, on_mesh, ratios
from linnet.hardware.demand import FORMS, Demand, Matrix, demands
from linnet.hardware.narrow import narrowed
from linnet.hardware.parameters import load_chip
from linnet.hardware.processors import cost_of, instructions
from linnet.hardware.unroll import unrolled
from linnet.hardware.workload import expect, observe
from linnet.ir import Linear, run_codes, take_account
from tests.hardware.small import loihi2, small_program
from tests.ir.programs import random_codes, random_program

ONE = Demand(FORMS[0], (Matrix(1000, 100, 40.0),), 50, 1)


def test_products_are_the_effective_macs_of_the_matrices() -> None:
    program = small_program(1)
    codes = random_codes(1, program, 20)
    account = take_account(program, codes)
    matrices = [index for index, node in enumerate(program.nodes) if isinstance(node, Linear)]
    sparse, dense, real = demands(program, observe(program, codes))
    assert sparse.products == pytest.approx(sum(account.macs[index] for index in matrices) / 20)
    assert (
        dense.products
        == real.products
        == sum(node.weight.size for node in unrolled(program).nodes if isinstance(node, Linear))
    )


def test_an_ideal_chip_pays_for_arithmetic_and_bytes_alone() -> None:
    cost = cost_of(ONE, load_chip("ideal-7nm"))
    assert cost.floor
    assert cost.latency_s is None
    assert cost.energy_j is not None
    assert cost.energy_j.default == pytest.approx((40 * 0.10 + (2 * 40 + 2 * 2 * 50) * 1.75) * 1e-12)


def test_a_microcontroller_takes_the_cheapest_layout() -> None:
    chip = load_chip("cortex-m4f")
    assert instructions(ONE, chip, "default") == pytest.approx(40 * 8.6 + 50 * 15 + 75000)
    busy = Demand(FORMS[0], (Matrix(1000, 900, 800.0),), 50, 1)
    assert instructions(busy, chip, "default") == pytest.approx(1000 * 1.8 + 50 * 15 + 75000)


def test_instructions_are_near_those_counted_under_qemu() -> None:
    # the sparse row of engine/ports/cortex_m/README.md whose weights are drawn: k = 0.5, 90 % zeros, 255 k counted
    program = random_program(17, features=96, states=64, layers=3, density=0.1)
    demand = demands(program, observe(program, random_codes(1, program, 8)))[0]
    chip = load_chip("cortex-m4f")
    low, high = (instructions(demand, chip, case) for case in ("low", "high"))
    assert 0.85 * low <= 255_000 <= 1.15 * high


def test_a_gpu_has_power_and_no_invented_latency() -> None:
    cost = cost_of(Demand(FORMS[2], (Matrix(10**6, 10**6, 1e6),), 100, 4), load_chip("jetson-orin-nano"))
    assert cost.latency_s is None
    assert cost.energy_j is None
    assert cost.power_w is not None
    assert "no shorter than 39 us" in cost.note


def test_a_mesh_needs_a_mapping() -> None:
    with pytest.raises(ValueError, match="needs a mapping"):
        cost_of(ONE, loihi2())


def test_a_dense_form_takes_longer_and_never_less_energy() -> None:
    program = random_program(4, features=64, states=64, layers=1, density=0.1)
    activity = expect(program)
    sparse = on_mesh(program, loihi2(), activity, cores=8)
    dense = on_mesh(filled(program), loihi2(), always(activity), cores=8)
    found = ratios(dense, sparse)
    assert found["latency"].default > 1
    assert found["energy, dynamic"].default > 1


def test_energy_is_compared_by_the_second_where_frames_are_of_different_lengths() -> None:
    program = random_program(4, features=64, states=64, layers=1, density=0.1)
    placed = on_mesh(program, loihi2(), expect(program), cores=8)
    halved = replace(placed, frame_s=placed.frame_s / 2)
    assert ratios(placed, placed)["energy, dynamic"].default == 1
    assert ratios(halved, placed)["energy, dynamic"].default == 2
    assert ratios(halved, placed)["latency"].default == 1


def test_narrow_states_are_the_programs_own_where_nothing_is_lost() -> None:
    program = small_program(2, layers=1)
    codes = random_codes(2, program, 8)
    assert np.array_equal(run_codes(narrowed(program, state_bits=32), codes), run_codes(program, codes))
    with pytest.raises(ValueError, match="give 1 to 32"):
        narrowed(program, state_bits=0)


def test_a_narrowed_program_is_what_the_simulator_does_with_narrow_states() -> None:
    from linnet.hardware.simulator import run_pipelined
    from tests.hardware.small import mapped

    program = random_program(12, bins=17, features=9, states=5, layers=1, wild=0.0)
    codes = random_codes(2, program, 12) // 64
    bits = 32 - min(8, min(node.out_shift for node in program.recurrences))
    simulated = run_pipelined(mapped(program), codes, state_bits=bits)
    assert simulated.state_bits < bits
    narrow = run_pipelined(mapped(narrowed(program, state_bits=bits)), codes)
    assert narrow.state_bits <= bits
    difference = np.abs(simulated.codes.astype(int) - narrow.codes.astype(int))
    assert difference.max() <= 64  # rounded once in place of twice


def test_gated_states_are_not_made_narrower_than_they_need() -> None:
    program = random_program(4, bins=17, features=9, states=6, layers=1, kinds="g")
    assert narrowed(program, state_bits=24) == program
    with pytest.raises(ValueError, match="12 bits of state were asked for, but a gated recurrence needs 24"):
        narrowed(program, state_bits=12)
