"""Pruned weights that come back because the loss pulls at them, in place of the weakest that stay.

By its size alone a weight that starts from 0 after every update hardly ever returns. `regrow` exchanges some at every
choice of masks, so that the search for the best places goes on while the number of weights is the schedule's.
Source: Evci et al., "Rigging the lottery", arXiv:1911.11134, for growth by gradients; Liu et al., "Sparse training via
boosting pruning plasticity", arXiv:2106.10404, for growth within gradual pruning.
"""

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array

from linnet.sparsity.patterns import keep_best


def regrow(
    masks: Mapping[str, Array],
    scores: Mapping[str, Array],
    pulls: Mapping[str, Array],
    share: Array | float,
) -> dict[str, Array]:
    """The masks after this share of each one's weights was exchanged: as many stay as before.

    Those of the lowest scores go; among all that then are pruned those of the largest pulls come, which can be one
    that has just gone: where nothing pulls at any other, it stays. scores, pulls: non-negative, of the shapes of the
    masks.
    """
    return {name: _exchanged(masks[name], scores[name], pulls[name], share) for name in masks}


def _exchanged(mask: Array, scores: Array, pulls: Array, share: Array | float) -> Array:
    count = jnp.sum(mask)
    staying = keep_best(jnp.where(mask, scores, -1.0), jnp.round((1.0 - share) * count).astype(jnp.int32))
    wanted = jnp.where(mask | (pulls > 0), pulls, -1.0)
    return keep_best(jnp.where(staying, jnp.inf, wanted), count)
