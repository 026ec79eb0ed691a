"""Names of matrices are paths; what is taken out by name goes in again by name."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")
import jax.numpy as jnp

from linnet.nn.layers import Linear
from linnet.sparsity.trees import map_named, named_matrices, with_matrices

TREE: dict[str, Any] = {
    "gate": Linear(jnp.ones((2, 3)), jnp.zeros(2)),
    "parts": [jnp.ones((4, 4)), (jnp.ones((1, 1, 1)), None, "x")],
}


def test_matrices_are_named_by_their_path_and_vectors_and_other_leaves_are_none():
    assert set(named_matrices(TREE)) == {"gate.weight", "parts.0", "parts.1.0"}


def test_what_can_be_pruned_is_the_callers_to_say():
    assert set(named_matrices(TREE, prunable=lambda name, leaf: leaf.ndim == 1)) == {"gate.bias"}
    assert set(named_matrices(TREE, prunable=lambda name, leaf: name == "parts.0")) == {"parts.0"}


def test_matrices_take_the_place_of_their_names_and_nothing_else_changes():
    changed: dict[str, Any] = with_matrices(TREE, {"parts.0": jnp.zeros((4, 4))})
    assert np.array_equal(changed["parts"][0], np.zeros((4, 4)))
    assert changed["gate"].weight is TREE["gate"].weight
    assert changed["parts"][1][2] == "x"


def test_every_leaf_is_mapped_with_its_name():
    # a tree of the same shape, whose leaves are of another type
    names: object = map_named(lambda name, _: name, {"a": [1, 2]})
    assert names == {"a": ["a.0", "a.1"]}
