"""The counts of a workload against the simulator, which makes them message by message."""

from __future__ import annotations

import numpy as np
import pytest

from linnet.hardware.mapping import Mapping
from linnet.hardware.mesh import PORT
from linnet.hardware.simulator import run_pipelined
from linnet.hardware.workload import expect, observe, pipelined, tally, token_by_token
from linnet.ir import take_account
from tests.hardware.small import mapped, small_program
from tests.ir.programs import random_codes, random_program


def some(seed: int = 3) -> tuple[Mapping, np.ndarray]:
    program = small_program(seed)
    return mapped(program, cores=21), random_codes(seed, program, 30)


def test_counts_are_those_of_the_simulator() -> None:
    mapping, codes = some()
    program = mapping.network.program
    counted, simulated = tally(mapping, observe(program, codes)), run_pipelined(mapping, codes)
    assert np.array_equal(counted.synops, simulated.synops)
    assert np.array_equal(counted.sent, simulated.messages)


def test_synaptic_operations_are_the_effective_macs_and_values_handed_over() -> None:
    mapping, codes = some()
    program = mapping.network.program
    activity = observe(program, codes)
    account = take_account(program, codes)
    matrices = {each.node for each in mapping.network.connections if each.node is not None}
    macs = sum(account.macs[node] for node in matrices)
    handed = sum(activity[each.wire].sum() for each in mapping.network.connections if each.node is None)
    assert tally(mapping, activity).synops.sum() == macs + handed


def test_bits_on_links_are_messages_times_hops() -> None:
    mapping, codes = some()
    counted = tally(mapping, observe(mapping.network.program, codes))
    size = mapping.chip.count("message_size")
    assert counted.traffic.sum() == size * counted.hops.sum()
    far = [core for core in mapping.cores if core.place != PORT]
    assert far
    assert counted.hops.sum() > 0


def test_pipelined_every_group_works_on_another_frame() -> None:
    mapping, codes = some()
    counted = tally(mapping, observe(mapping.network.program, codes))
    steps = mapping.network.steps
    work = pipelined(counted)
    assert work.synops.shape == (len(codes) - steps, 1)
    for row, step in enumerate(range(steps, len(codes))):
        loads = [counted.synops[step - level, core] for core, level in enumerate(counted.levels)]
        assert work.synops[row, 0] == max(loads)


def test_token_by_token_only_one_group_works_in_a_step() -> None:
    mapping, codes = some()
    counted = tally(mapping, observe(mapping.network.program, codes))
    work = token_by_token(counted)
    for step in range(mapping.network.steps):
        here = counted.levels == step + 1
        assert np.array_equal(work.synops[:, step], counted.synops[:, here].max(axis=1))
    assert work.updates[0] == sum(core.rows.size for core in mapping.cores) * mapping.network.steps


def test_short_clips_are_counted_too() -> None:
    mapping, codes = some()
    counted = tally(mapping, observe(mapping.network.program, codes[:3]))
    assert pipelined(counted).synops.shape == (3, 1)


def test_without_sound_the_file_says_how_active_wires_are() -> None:
    program = random_program(1)
    every = expect(program)
    assert all(np.all(values == 1) for values in every.values())


def test_copies_share_the_chips() -> None:
    mapping, codes = some()
    work = pipelined(tally(mapping, observe(mapping.network.program, codes)), copies=7)
    assert work.cores == 7 * len(mapping.cores)
    assert work.chips == -(-work.cores // 120) == 2


def test_a_frame_of_silence_costs_what_biases_alone_cost() -> None:
    mapping, codes = some()
    codes[:] = 0
    counted = tally(mapping, observe(mapping.network.program, codes))
    first = mapping.cores_of(0)
    assert counted.synops[:, list(first)].sum() == pytest.approx(0)
