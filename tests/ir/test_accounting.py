"""The account of a program against a count of product after product, exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.ir import (
    Account,
    ComplexRelu,
    DiagonalRecurrence,
    Gate,
    GatedRecurrence,
    Linear,
    Program,
    Recurrence,
    Relu,
    Scale,
    advance_codes,
    follow,
    initial_state,
    measure_activity,
    node_names,
    nonzero_macs,
    packed_sizes,
    quantize_features,
    sum_course,
    take_account,
)
from linnet.ir.accounting import ndns_proxy
from linnet.ir.program import ACTIVITY_LETTERS
from tests.ir.programs import random_codes, random_features, random_program

programs = st.builds(
    random_program,
    st.integers(0, 1000),
    bins=st.sampled_from([9, 17]),
    features=st.integers(1, 7),
    states=st.integers(1, 5),
    layers=st.integers(0, 2),
    density=st.sampled_from([None, 0.0, 0.2, 1.0]),
    eight=st.sampled_from([0.0, 0.5]),
)


def count_one_by_one(program: Program, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Products [nodes, frames] and codes that are not 0 [wires, frames], each looked at on its own, in plain Python."""
    values: dict[int, list[list[int]]] = {}
    advance_codes(
        program, initial_state(program), codes, trace=lambda wire, seen: values.update({wire: seen.tolist()})
    )
    macs = np.zeros((len(program.nodes), len(codes)), np.int64)
    active = np.zeros((len(program.wires), len(codes)), np.int64)
    for wire, frames in values.items():
        active[wire] = [sum(1 for code in frame if code) for frame in frames]
    for index, node in enumerate(program.nodes):
        for frame in range(len(codes)):
            if isinstance(node, Linear):
                columns = node.weight.shape[1]
                macs[index, frame] = sum(
                    1
                    for row in node.weight.tolist()
                    for place, code in enumerate(values[node.source][frame])
                    if row[place % columns] and code
                )
            elif isinstance(node, Scale):
                inputs = values[node.source][frame]
                macs[index, frame] = sum(
                    1 for weight, code in zip(node.weight.tolist(), inputs, strict=True) if weight and code
                )
            elif isinstance(node, Gate):
                macs[index, frame] = sum(1 for code in values[node.source][frame] if code)
            elif isinstance(node, DiagonalRecurrence):
                macs[index, frame] = sum(4 for _ in node.decay_re)
            elif isinstance(node, GatedRecurrence):
                macs[index, frame] = sum(1 for _ in values[node.target][frame])
    return macs, active


@settings(max_examples=40, deadline=None)
@given(programs, st.integers(0, 1000), st.integers(1, 6))
def test_every_product_is_counted_and_no_other(program: Program, seed: int, frames: int) -> None:
    codes = random_codes(seed, program, frames)
    codes[np.random.default_rng(seed).random(codes.shape) < 0.3] = 0
    macs, active = count_one_by_one(program, codes)
    _, course = follow(program, initial_state(program), codes)
    assert np.array_equal(course.macs, macs)
    assert np.array_equal(course.active, active)
    account = take_account(program, codes)
    assert account == sum_course(course)
    assert account.macs == tuple(macs.sum(axis=1).tolist())
    assert account.active == tuple(active.sum(axis=1).tolist())


@settings(max_examples=20, deadline=None)
@given(programs, st.integers(0, 1000), st.integers(1, 9))
def test_blocks_of_any_length_give_one_account(program: Program, seed: int, cut: int) -> None:
    codes = random_codes(seed, program, 10)
    state, first = follow(program, initial_state(program), codes[:cut])
    _, rest = follow(program, state, codes[cut:])
    assert sum_course(first) + sum_course(rest) == take_account(program, codes)


def test_a_long_clip_is_counted_in_blocks_of_which_none_is_lost() -> None:
    program = random_program(5, bins=9, features=4, states=2, layers=1)
    codes = random_codes(1, program, 1100)
    _, course = follow(program, initial_state(program), codes)
    assert take_account(program, codes) == sum_course(course)


@pytest.mark.parametrize("density", [None, 0.1, 1.0])
def test_effective_is_at_most_nonzero_is_at_most_dense(density: float | None) -> None:
    program = random_program(7, density=density, layers=3)
    account = take_account(program, quantize_features(program, random_features(1, program)))
    sizes = packed_sizes(program)
    for node, size, effective in zip(program.nodes, sizes.nodes, account.effective_macs, strict=True):
        assert effective <= nonzero_macs(program, node) <= size.dense_macs
    assert (
        sum(nonzero_macs(program, node) for node in program.nodes) < sizes.total.dense_macs or density == 1.0
    )
    read_outs = [node for node in program.nodes if isinstance(node, ComplexRelu)]
    shares = [account.shares(program)[node.target] for node in read_outs]
    assert all(share is not None and 0 < share < 1 for share in shares)


def test_silence_costs_what_biases_and_recurrences_make_of_it() -> None:
    program = random_program(2, layers=2, density=1.0)
    account = take_account(program, np.zeros((3, program.input_width), np.int16))
    encoder = next(index for index, node in enumerate(program.nodes) if isinstance(node, Linear))
    assert account.macs[encoder] == 0
    assert account.shares(program)[1] == 0
    recurrences = [index for index, node in enumerate(program.nodes) if isinstance(node, Recurrence)]
    assert [account.macs[index] for index in recurrences] == [3 * 4 * 8, 3 * 8]


def test_the_letters_of_activity_are_the_shares_in_steps_of_4_percent() -> None:
    program = random_program(4)
    codes = random_codes(2, program)
    shares = take_account(program, codes).shares(program)
    letters = measure_activity(program, codes)
    assert shares[0] is None
    assert shares[-1] is None
    inner = [share for share in shares[1:-1] if share is not None]
    assert [ACTIVITY_LETTERS[round(share * 25)] for share in inner] == list(letters[1:-1])


def test_the_proxies_follow_the_rule_of_the_challenge() -> None:
    bins, features, states, layers = 257, 12, 8, 2
    program = random_program(0, bins=bins, features=features, states=states, layers=layers)
    account = take_account(program, random_codes(0, program, 30))
    proxy = ndns_proxy(program, account)
    linear = [index for index, node in enumerate(program.nodes) if isinstance(node, Linear)]
    assert proxy.synops == sum(account.macs[index] for index in linear) / 30
    # input, encoder, and in both layers two neurons per state (real and imaginary part, or candidate and control), the
    # read-out and the gate; not the decoder
    assert proxy.neuronops == bins + features + layers * (2 * states + features + features)
    assert proxy.frame_seconds == 128 / 16000
    assert proxy.latency_seconds == 512 / 16000
    assert proxy.power_ops_per_second == pytest.approx((proxy.synops + 10 * proxy.neuronops) / 0.008)
    assert proxy.power_delay_ops == pytest.approx(proxy.power_ops_per_second * 0.032)
    measured = ndns_proxy(program, account, latency_seconds=0.0325)
    assert measured.power_delay_ops == pytest.approx(proxy.power_ops_per_second * 0.0325)


def test_nothing_cannot_be_averaged() -> None:
    program = random_program(0)
    with pytest.raises(ValueError, match="give frames"):
        take_account(program, np.zeros((0, program.input_width), np.int16))


def test_accounts_of_two_clips_add_up() -> None:
    assert Account(2, (3, 4), (5, 6, 7)) + Account(1, (1, 0), (1, 1, 1)) == Account(3, (4, 4), (6, 7, 8))


def test_nodes_are_named_by_their_place() -> None:
    program = random_program(0, layers=2)
    rectified = isinstance(next(n for n in program.nodes if program.recurrences[1].target in n.reads), Relu)
    after = ["C", "D", "add", "ReLU", "W", "gate", "add"]
    gated = ["V", "G", "gated recurrence", *(["ReLU"] if rectified else [])]
    assert list(node_names(program)) == [
        *("quantize", "encoder", "ReLU"),
        *(f"layer 1 {name}" for name in ["B", "recurrence", "complex ReLU", *after]),
        *(f"layer 2 {name}" for name in [*gated, *after]),
        *("decoder", "sigmoid", "dequantize"),
    ]


def test_matrices_without_a_recurrence_have_no_layer() -> None:
    names = node_names(random_program(0, layers=0))
    assert names == ("quantize", "matrix", "ReLU", "matrix", "sigmoid", "dequantize")
