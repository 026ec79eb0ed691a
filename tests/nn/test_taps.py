"""Taps pass through, nest their names, and chain in order."""

import pytest

pytest.importorskip("jax")

from linnet.nn.taps import chained, passthrough, within


def test_the_passthrough_changes_nothing():
    value = object()
    assert passthrough("any", value) is value


def test_names_within_a_part_start_with_its_own():
    names = []
    tap = within("ssm", within("layers.0", lambda name, value: names.append(name) or value))
    assert tap("state", 3) == 3
    assert names == ["layers.0.ssm.state"]


def test_a_chain_goes_from_first_to_last():
    assert chained(lambda _, v: v + 1, lambda _, v: v * 10)("x", 2) == 30
