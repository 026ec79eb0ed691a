"""Matrices of any pytree by name, out of it and into it: what masks, scores and rules of pruning work on.

A name is the path to the array, as in "layers.0.gate.weight". Those of a folded denoiser are the names of its taps.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import jax
from jax import Array
from jax.tree_util import DictKey, GetAttrKey, SequenceKey

Tree = TypeVar("Tree")
Path = tuple[Any, ...]

SMALLEST_RANK = (
    2  # biases, norms, timescales and decays are few, and no matrix is made smaller by their zeros
)


def path_name(path: Path) -> str:
    """The dotted name of a leaf."""
    parts = []
    for key in path:
        if isinstance(key, GetAttrKey):
            parts.append(key.name)
        elif isinstance(key, SequenceKey):
            parts.append(str(key.idx))
        elif isinstance(key, DictKey):
            parts.append(str(key.key))
        else:
            parts.append(str(key).strip(".[]"))
    return ".".join(parts)


def named_matrices(
    tree: Any, *, prunable: Callable[[str, Array], bool] = lambda name, leaf: leaf.ndim >= SMALLEST_RANK
) -> dict[str, Array]:
    """The arrays of a pytree that can be pruned, by name: all of two or more dimensions unless told otherwise."""
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    named = ((path_name(path), leaf) for path, leaf in leaves if isinstance(leaf, jax.Array))
    return {name: leaf for name, leaf in named if prunable(name, leaf)}


def map_named(change: Callable[[str, Array], Any], tree: Tree) -> Tree:
    """The same tree with every leaf replaced by change(name, leaf)."""
    return jax.tree_util.tree_map_with_path(lambda path, leaf: change(path_name(path), leaf), tree)


def with_matrices(tree: Tree, matrices: Mapping[str, Array]) -> Tree:
    """The same tree with these arrays in the place of those of their names."""
    return map_named(lambda name, leaf: matrices.get(name, leaf), tree)
