"""Trees of arrays on disk: safetensors files, written aside and renamed, so that a kill leaves the old or the new one.

A tree is stored by the path of each leaf; reading needs a tree of the same structure, and refuses any other.
"""

import json
from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from linnet.output.atomic import write_bytes

Tree = TypeVar("Tree")


class CheckpointError(ValueError):
    """A checkpoint that is damaged or belongs to another model."""


def save_tree(path: Path, tree: Any, about: dict[str, Any]) -> None:
    """Write every array of `tree`, and `about` as JSON, to `path` in one atomic move."""
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    arrays = {jax.tree_util.keystr(where): np.array(leaf, order="C") for where, leaf in leaves}
    write_bytes(path, save(arrays, metadata={"about": json.dumps(about)}))


def load_tree(path: Path, like: Tree) -> tuple[Tree, dict[str, Any]]:
    """The tree and the `about` of a file that `save_tree` wrote; `like` gives the structure, shapes and types."""
    leaves, structure = jax.tree_util.tree_flatten_with_path(like)
    try:
        with safe_open(path, framework="numpy") as stored:
            about = json.loads((stored.metadata() or {}).get("about", "{}"))
            names = set(stored.keys())
            wanted = [jax.tree_util.keystr(where) for where, _ in leaves]
            if names != set(wanted):
                odd = sorted(names ^ set(wanted))[0]
                raise CheckpointError(
                    f"{path} does not fit this recipe: {odd} is on one side only; use the recipe it was made with."
                )
            arrays = [stored.get_tensor(name) for name in wanted]
    except (OSError, SafetensorError, json.JSONDecodeError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({error}); remove it to start over, or restore a copy."
        ) from error
    for name, array, (_, leaf) in zip(wanted, arrays, leaves, strict=True):
        if array.shape != leaf.shape or array.dtype != leaf.dtype:
            raise CheckpointError(
                f"{path}: {name} is {array.dtype}{array.shape}, the recipe needs {leaf.dtype}{leaf.shape}; "
                "use the recipe it was made with."
            )
    return jax.tree_util.tree_unflatten(structure, [jnp.asarray(a) for a in arrays]), about
