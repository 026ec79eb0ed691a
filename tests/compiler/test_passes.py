"""Balancing the states changes their scale and nothing else."""

import numpy as np
import pytest

pytest.importorskip("jax")
import jax

from linnet.compiler.passes import SMALLEST_STATE, balance_states, state_scales
from tests.compiler.small import small


def test_every_state_comes_to_lie_between_one_and_two():
    balanced, known = balance_states(small().model, small().ranges)
    del balanced
    for i in range(2):
        pair = np.maximum(*np.split(known[f"layers.{i}.ssm.state"], 2))
        assert ((pair >= 1) & (pair < 2)).all()


def test_the_outputs_stay_the_same_bits():
    balanced, _ = balance_states(small().model, small().ranges)
    gains = jax.jit(lambda m: m.apply(small().features))(balanced)
    assert np.array_equal(gains, small().gains)


def test_only_the_ranges_of_the_states_change():
    _, known = balance_states(small().model, small().ranges)
    changed = {name for name, size in known.items() if not np.array_equal(size, small().ranges[name])}
    of_states = {f"layers.{i}.ssm.{wire}" for i in range(2) for wire in ("drive", "state", "state_relu")}
    assert changed == of_states


def test_scales_are_powers_of_two_shared_by_both_parts_and_leave_silent_states_alone():
    sizes = np.array([3.0, 0.01, 0.0, SMALLEST_STATE / 2, 0.5, 0.3, 0.0, 0.0])
    scales = state_scales(sizes)
    assert list(scales) == [0.5, 4.0, 1.0, 1.0] * 2
