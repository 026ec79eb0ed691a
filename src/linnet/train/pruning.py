"""Which weights of the denoiser stay, as a recipe asks: masks chosen anew in training, and what becomes of the rest.

The rules are sparsity/'s; here they meet what a run knows: its share of all updates, the ranges heard, and the
optimizer's running mean of every gradient, which says how hard the loss pulls at a weight that is pruned.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from linnet.nn.network import FoldedNetwork, Network
from linnet.sparsity import deployed
from linnet.sparsity.masks import choose_masks, decay_pruned
from linnet.sparsity.regrowth import regrow
from linnet.sparsity.trees import named_matrices, with_matrices
from linnet.train.constraints import Constraints, state_scales
from linnet.train.recipe import Recipe


class Weights(NamedTuple):
    """What masks are chosen from: parameters, what is deployed of them, and what the optimizer remembers."""

    model: Network
    folded: FoldedNetwork
    optimizer_state: optax.OptState


def renewed_masks(
    recipe: Recipe, weights: Weights, constraints: Constraints, share: Array
) -> dict[str, Array]:
    """The masks at this share of all updates, from weights and from the ranges last heard."""
    asked, given = recipe.sparsity, constraints.masks
    if not given:
        return given
    found = _scores(recipe, weights, constraints)
    shapes = {name: each.shape for name, each in found.items()}

    def choose(scores: dict[str, Array], shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
        return choose_masks(scores, share, asked, shapes=shapes)

    masks = deployed.jointly(choose, found) if asked.complex == "joint" else choose(found, shapes)
    if asked.regrow:
        masks = regrow(masks, found, _pulls(recipe, weights), asked.regrown(share))
    updates = recipe.training.updates
    open_yet = share < (asked.last_choice(updates) + 0.5) / updates
    return {name: jnp.where(open_yet, masks[name], given[name]) for name in masks}


def _scores(recipe: Recipe, weights: Weights, constraints: Constraints) -> dict[str, Array]:
    if recipe.sparsity.target == "parameters":
        return {name: jnp.abs(each) for name, each in named_matrices(weights.model).items()}
    sizes = {name: jnp.sqrt(square) for name, square in constraints.mean_square.items()}
    return deployed.scores(weights.folded, state_scales(constraints), sizes, recipe.sparsity.score)


def _pulls(recipe: Recipe, weights: Weights) -> dict[str, Array]:
    """How hard the loss pulls at every weight: the size of its mean gradient over the last few updates."""
    gradients = running_gradients(weights.optimizer_state)
    if recipe.sparsity.target == "parameters":
        return {name: jnp.abs(each) for name, each in gradients.items()}
    return deployed.pulls(weights.model, gradients)


def running_gradients(optimizer_state: optax.OptState) -> dict[str, Array]:
    """The running means of gradients that the optimizer keeps, of every matrix by its name."""

    def remembers(node: object) -> bool:
        return hasattr(node, "mu")  # Adam and Muon both call it so

    found: dict[str, Array] = {}
    for node in jax.tree.leaves(optimizer_state, is_leaf=remembers):
        if remembers(node):
            found.update(named_matrices(node.mu))
    return found


def decayed(recipe: Recipe, model: Network, masks: dict[str, Array]) -> Network:
    """The model after a move: what is pruned is made smaller by the share that the recipe says."""
    share = recipe.sparsity.pruned_decay
    if not masks or share == 0:
        return model
    if recipe.sparsity.target == "deployed":
        return deployed.decayed(model, masks, share)
    return with_matrices(model, decay_pruned(named_matrices(model), masks, share))
