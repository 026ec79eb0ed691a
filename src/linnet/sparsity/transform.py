"""Pruning as an optax transformation, for any Equinox model or other tree of arrays.

Last in a chain, `prune` keeps masks in the optimizer's state, lets pruned weights decay and chooses masks anew every so
many updates; `masked` is what the forward pass uses. Schedule, distribution, pattern and estimator are masks.py's; what
is special about the denoiser (deployed matrices, complex weights) is deployed.py's.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import optax
from jax import Array

from linnet.sparsity.masks import (
    NO_ROWS_FROM,
    Estimator,
    SparsitySettings,
    choose_masks,
    decay_pruned,
    masking,
    straight_through,
)
from linnet.sparsity.regrowth import regrow
from linnet.sparsity.trees import map_named, named_matrices, with_matrices

Tree = TypeVar("Tree")


class PruneState(NamedTuple):
    """Moves made, and the masks (True: stays) of every prunable matrix by its name."""

    moves: Array
    masks: dict[str, Array]


def prune(
    settings: SparsitySettings,
    *,
    updates: int,
    pruned_decay: float = 1.0,
    prunable: Callable[[str, Array], bool] = lambda name, leaf: leaf.ndim >= NO_ROWS_FROM,
) -> optax.GradientTransformation:
    """The transformation that prunes over a run of `updates`; the last of a chain, for it must see whole moves.

    pruned_decay: the share of itself that a pruned weight loses at every update. prunable: which arrays, by name.
    Where settings regrow, the moves that come in say which pruned weights are pulled at hardest; with an estimator
    that moves no pruned weight none comes back.

    Raises:
        ValueError: the last masks would be chosen when the run is over; at `init`, no matrix can be pruned, or one has
            no rows for the pattern; at `update`, no params came.
    """
    if settings.density < 1 and settings.last_choice(updates) >= updates:
        raise ValueError(
            f"the last masks would be chosen after {settings.last_choice(updates)} of {updates} updates, too late to "
            "learn under them; give an earlier end, masks more often (every), or more updates."
        )

    def init(params: Any) -> PruneState:
        matrices = named_matrices(params, prunable=prunable)
        _require_matrices(matrices, settings)
        scores = {name: jnp.abs(each) for name, each in matrices.items()}
        return PruneState(jnp.zeros((), jnp.int32), choose_masks(scores, 0.0, settings))

    def update(steps: Any, state: PruneState, params: Any = None) -> tuple[Any, PruneState]:
        if params is None:
            raise ValueError(
                "prune got no params, and it ranks weights by their size; call update(grads, state, params)."
            )
        before = {name: each for name, each in named_matrices(params).items() if name in state.masks}
        by_name = named_matrices(steps)
        after = {name: each + by_name[name] for name, each in before.items()}
        after = decay_pruned(after, state.masks, pruned_decay)
        count = state.moves + 1
        due = (count % settings.every == 0) & (count <= settings.last_choice(updates))
        scores = {name: jnp.abs(each) for name, each in after.items()}
        pulls = {name: jnp.abs(by_name[name]) for name in after}
        masks = jax.lax.cond(
            due, lambda: _chosen(settings, count / updates, scores, pulls), lambda: state.masks
        )
        changed = {name: after[name] - before[name] for name in after}
        return with_matrices(steps, changed), PruneState(count, masks)

    return optax.GradientTransformation(init, update)


def _chosen(
    settings: SparsitySettings, share: Array, scores: dict[str, Array], pulls: dict[str, Array]
) -> dict[str, Array]:
    masks = choose_masks(scores, share, settings)
    return regrow(masks, scores, pulls, settings.regrown(share)) if settings.regrow else masks


def masked(params: Tree, state: Any, *, estimator: Estimator = straight_through) -> Tree:
    """The tree as it is multiplied: pruned weights 0, their derivatives as the estimator says.

    state: that of `prune`, or of a chain that holds it.

    Raises:
        ValueError: there is not exactly one state of `prune` in it.
    """
    leaves = jax.tree.leaves(state, is_leaf=lambda node: isinstance(node, PruneState))
    found = [node for node in leaves if isinstance(node, PruneState)]
    if len(found) != 1:
        raise ValueError(
            f"the state holds {len(found)} states of prune, so it is not clear which masks are meant; "
            "give that of one chain with one prune in it."
        )
    return map_named(masking(found[0].masks, estimator), params)


def _require_matrices(matrices: dict[str, Array], settings: SparsitySettings) -> None:
    if not matrices:
        raise ValueError(
            "no array of these params is a matrix of JAX, so there is nothing to prune; "
            "give the arrays of a model, or say which are `prunable`."
        )
    odd = [name for name, each in matrices.items() if each.ndim != NO_ROWS_FROM]
    if settings.pattern != "unstructured" and odd:
        raise ValueError(
            f"{odd[0]} is no matrix [out, in], and pattern={settings.pattern!r} works on rows; "
            "leave it out by `prunable`, or choose pattern='unstructured'."
        )
