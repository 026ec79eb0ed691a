"""How many numbers of a recipe's model are learned, without making it."""

import math

import jax

from linnet.train.recipe import Recipe
from linnet.train.step import initial_state


def parameter_count(recipe: Recipe) -> int:
    """All learned numbers of the model, those that will be pruned with them."""
    model = jax.eval_shape(lambda: initial_state(recipe).model)
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(model))
