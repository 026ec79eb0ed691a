"""Trees on disk: exact, atomic, and refused where they are damaged or another's."""

import errno
import os
from typing import NamedTuple

import numpy as np
import pytest

pytest.importorskip("jax")
import jax
import jax.numpy as jnp

from linnet.train.checkpoint import CheckpointError, load_tree, save_tree


class Pair(NamedTuple):
    left: jax.Array
    right: tuple[jax.Array, ...]


TREE = Pair(jnp.asarray([1.5, -0.0, jnp.inf, 1e-42]), (jnp.zeros((), jnp.int32), jnp.ones((2, 3)).T))


def test_what_is_read_is_what_was_written_bit_for_bit(tmp_path):
    save_tree(tmp_path / "tree", TREE, {"update": 3, "si_snr_db": float("-inf")})
    tree, about = load_tree(tmp_path / "tree", jax.tree.map(jnp.zeros_like, TREE))
    assert about == {"update": 3, "si_snr_db": float("-inf")}
    for one, other in zip(jax.tree.leaves(tree), jax.tree.leaves(TREE), strict=True):
        assert one.dtype == other.dtype
        assert np.asarray(one).tobytes() == np.asarray(other, order="C").tobytes()


@pytest.mark.parametrize(
    "turned",
    [lambda x: x.T, lambda x: x[::-1], lambda x: x[:, ::2], np.asfortranarray, lambda x: x[1:, 1:]],
    ids=["transposed", "reversed", "every second", "Fortran", "a part"],
)
def test_an_array_of_any_strides_is_written_as_it_reads(tmp_path, turned):
    """safetensors 0.8.0 writes the memory of a NumPy array and leaves its strides out."""
    tree = {"x": turned(np.arange(24.0, dtype=np.float32).reshape(4, 6))}
    save_tree(tmp_path / "tree", tree, {})
    assert np.array_equal(load_tree(tmp_path / "tree", tree)[0]["x"], tree["x"])


@pytest.mark.parametrize(
    "other",
    [
        {"left": TREE.left},
        Pair(TREE.left[:2], TREE.right),
        Pair(TREE.left, (jnp.zeros(()), TREE.right[1])),
        Pair(TREE.left, (*TREE.right, TREE.left)),
    ],
    ids=["structure", "shape", "type", "more"],
)
def test_a_tree_of_another_recipe_is_refused(tmp_path, other):
    save_tree(tmp_path / "tree", TREE, {})
    with pytest.raises(CheckpointError, match="use the recipe it was made with"):
        load_tree(tmp_path / "tree", other)


@pytest.mark.parametrize("keep", [0, 5, 40, -1])
def test_a_file_cut_short_is_refused(tmp_path, keep):
    path = tmp_path / "tree"
    save_tree(path, TREE, {})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_tree(path, TREE)


def test_a_missing_file_and_one_of_another_kind_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_tree(tmp_path / "none", TREE)
    (tmp_path / "text").write_text("hello " * 100)
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_tree(tmp_path / "text", TREE)


def test_a_write_that_fails_leaves_the_old_checkpoint_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file"
    save_tree(path, TREE, {"update": 1})
    older = path.read_bytes()

    def fail(*_):
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        save_tree(path, TREE, {"update": 2})
    assert path.read_bytes() == older
    assert list(tmp_path.iterdir()) == [path]
