"""Masks over named matrices: how they are chosen, and how weights go on learning beneath them.

A mask is True where a weight stays. `choose_masks` puts schedule, distribution, scores and pattern together;
`straight_through` is what a matrix becomes in the forward pass. Which matrices those are is deployed.py's for the
denoiser, transform.py's for any other model.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
from jax import Array

from linnet.nn.taps import OnWeights, Tap
from linnet.sparsity.distribution import DISTRIBUTIONS
from linnet.sparsity.patterns import (
    keep_best,
    keep_best_of_all,
    keep_best_packed,
    keep_best_sliced,
    keep_n_of_m,
)
from linnet.sparsity.schedule import cubic_density

Matrices = Mapping[str, Array]
"""Arrays by name: weights, scores or masks."""

NO_ROWS_FROM = 2  # an array of fewer dimensions has no rows for a pattern to work on


@dataclass(frozen=True)
class SparsitySettings:
    """What share of the weights stays, which, and from when. `density` 1 prunes nothing."""

    density: float = 1.0
    """Share of the weights that stay, over all matrices together."""
    distribution: Literal["erk", "uniform", "global"] = "erk"
    """How it is shared out: ERK (small matrices denser), the same everywhere, or by comparing all scores."""
    pattern: Literal["unstructured", "packed", "sliced", "n:m"] = "unstructured"
    """Any weights; rows with a multiple of 4 per `window` columns, as the engine packs them; two in each of 16 rows per
    16 columns, as its steps on AVX2 are; the n best of every m."""
    window: int = 64
    """Columns of a window where the pattern is packed: 64 suits AVX-512 and WebAssembly, 32 AVX2 and NEON."""
    m: int = 16
    """Neighbours of which round(m * density) stay where the pattern is n:m."""
    start: float = 0.05
    end: float = 0.75
    """From which share of the updates to which the density falls, along a cubic."""
    every: int = 100
    """Updates between two choices of masks."""
    regrow: float = 0.0
    """Share of the weights kept that is exchanged at a choice of masks, the weakest for the pruned ones that the loss
    pulls at hardest; at the first update, and less and less until none at `end`. 0 leaves all to the scores."""

    def __post_init__(self) -> None:
        if not 0 < self.density <= 1:
            raise ValueError(
                f"density={self.density} is no share of the weights; choose more than 0, up to 1."
            )
        if not 0 <= self.start <= self.end <= 1:
            raise ValueError(
                f"start={self.start} and end={self.end} are not in order within the run; choose 0 <= start <= end <= 1."
            )
        for name in ("every", "window", "m"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} counts nothing; give 1 or more.")
        if not 0 <= self.regrow < 1:
            raise ValueError(
                f"regrow={self.regrow} is no share of the weights that can be exchanged; choose 0 up to less than 1."
            )
        if self.regrow and self.pattern != "unstructured":
            raise ValueError(
                f"regrow={self.regrow} exchanges single weights, which pattern={self.pattern!r} does not allow; "
                "choose pattern='unstructured', or regrow=0."
            )
        if self.regrow and not self.end:
            raise ValueError(
                f"regrow={self.regrow} exchanges weights until end={self.end}, so never; "
                "choose an end later in the run, or regrow=0."
            )
        if self.window % 4:
            raise ValueError(f"window={self.window} holds no whole groups of 4; give a multiple of 4.")
        if self.pattern != "unstructured" and self.distribution == "global":
            raise ValueError(
                f"pattern={self.pattern!r} shares weights out within each matrix, distribution='global' does not; "
                "choose 'erk' or 'uniform'."
            )
        if self.pattern == "n:m" and round(self.m * self.density) < 1:
            raise ValueError(
                f"density={self.density} leaves none of every m={self.m} weights; choose a larger m or density."
            )

    def regrown(self, share: Array | float) -> Array:
        """The share of the weights kept that is exchanged after this share of all updates."""
        if not self.regrow:
            return jnp.zeros(())
        return self.regrow * jnp.maximum(1.0 - share / self.end, 0.0)

    def last_choice(self, updates: int) -> int:
        """How many of `updates` moves are made at the last choice of masks, which is the first from `end` on."""
        return self.every * math.ceil(self.end * updates / self.every - ROUNDING_OF_SHARES)


ROUNDING_OF_SHARES = 1e-9  # 0.07 * 100 is a little more than 7


def choose_masks(
    scores: Matrices,
    share: Array | float,
    settings: SparsitySettings,
    *,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
) -> dict[str, Array]:
    """Masks at this share of all updates, from non-negative scores.

    The total is exact for unstructured masks (to half a weight per matrix), to half a group per matrix for packed ones,
    and less by up to a group of 32 per matrix for sliced ones. N:M masks know no density in between: they are whole
    until `start`, and all they will be after it.
    shapes: of the matrices, where a score stands for more than one weight (both parts of a complex one).
    """
    shapes = shapes or {name: each.shape for name, each in scores.items()}
    sizes = {name: math.prod(shape) for name, shape in shapes.items()}
    worth = {name: sizes[name] // each.size for name, each in scores.items()}
    density = cubic_density(share, final=settings.density, start=settings.start, end=settings.end)
    if settings.distribution == "global":
        return keep_best_of_all(scores, _count(density, sum(sizes.values())), worth=worth)
    if settings.pattern == "n:m":
        kept = jnp.where(density < 1, round(settings.m * settings.density), settings.m)
        return {name: keep_n_of_m(each, kept, settings.m) for name, each in scores.items()}
    final = DISTRIBUTIONS[settings.distribution](shapes, settings.density)
    # every matrix falls from 1 to its own share along the same cubic
    progress = (1.0 - density) / max(1.0 - settings.density, 1e-9)
    masks = {}
    for name, each in scores.items():
        count = _count(1.0 - progress * (1.0 - final[name]), sizes[name] / worth[name])
        kept = _rule(settings)(each, count) if each.ndim == NO_ROWS_FROM else keep_best(each, count)
        masks[name] = jnp.where(count == each.size, True, kept)
    return masks


def _rule(settings: SparsitySettings) -> Callable[[Array, Array], Array]:
    """The pattern of a matrix: from scores and a number to a mask."""
    if settings.pattern == "packed":
        return partial(keep_best_packed, window=settings.window)
    return keep_best_sliced if settings.pattern == "sliced" else keep_best


def _count(density: Array | float, size: float) -> Array:
    return jnp.round(density * size).astype(jnp.int32)


@jax.custom_vjp
def straight_through(value: Array, mask: Array) -> Array:
    """value where mask, else 0; its derivative by `value` is 1 everywhere.

    So a pruned weight is moved as if it were there, keeps its dense value, and returns when its score is high again.
    Source: Bengio et al., arXiv:1308.3432, for the estimator; Lin et al., arXiv:2006.07253, for masks.
    """
    return jnp.where(mask, value, 0)


def _forward(value: Array, mask: Array) -> tuple[Array, None]:
    return straight_through(value, mask), None


def _backward(_: None, g: Array) -> tuple[Array, None]:
    return g, None


straight_through.defvjp(_forward, _backward)


def without_derivative(value: Array, mask: Array) -> Array:
    """value where mask, else 0, with the true derivative: a pruned weight is not moved."""
    return jnp.where(mask, value, 0)


Estimator = Callable[[Array, Array], Array]
"""From a matrix and its mask to what is multiplied, with one derivative or another."""


def masking(masks: Matrices, estimator: Estimator = straight_through) -> Tap:
    """The tap that puts a mask on every matrix that has one."""

    def tap(name: str, value: Array) -> Array:
        return estimator(value, masks[name]) if name in masks else value

    return OnWeights(tap)


def decay_pruned(weights: Matrices, masks: Matrices, share: float) -> dict[str, Array]:
    """The weights, those pruned smaller by this share of themselves; what has no mask is as it was.

    Called after every update, it makes a pruned weight the sum of its recent moves: one that is pulled the same way
    again and again comes back, one that is only shaken does not. Source of the idea: Zhou et al., "Learning N:M",
    arXiv:2102.04010 (SR-STE), there as a term of the gradient, which Adam would rescale.
    """
    return {
        name: jnp.where(masks[name], weight, (1.0 - share) * weight) if name in masks else weight
        for name, weight in weights.items()
    }


def density_of(masks: Matrices) -> float:
    """Share of the weights that stay, over all masks."""
    return float(sum(jnp.sum(mask) for mask in masks.values()) / sum(mask.size for mask in masks.values()))
