"""Taps pass through, nest their names, and chain in order."""

import pytest

pytest.importorskip("jax")
import jax.numpy as jnp

from linnet.nn.taps import chained, passthrough, within


def test_the_passthrough_changes_nothing():
    value = jnp.asarray(3)
    assert passthrough("any", value) is value


def test_names_within_a_part_start_with_its_own():
    names: list[str] = []

    def note(name, value):
        names.append(name)
        return value

    value = jnp.asarray(3)
    assert within("ssm", within("layers.0", note))("state", value) is value
    assert names == ["layers.0.ssm.state"]


def test_a_chain_goes_from_first_to_last():
    assert chained(lambda _, v: v + 1, lambda _, v: v * 10)("x", jnp.asarray(2)) == 30
