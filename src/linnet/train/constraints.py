"""Masks and rounding during training: what a recipe asks for, as values of the state and as a tap of the model.

`Constraints` are arrays that change only every so many updates, when `renewed` listens to a batch: how large every
wire is. From that and the weights pruning.py says which weights stay. In between, `limits` make them act on the model.
The rules themselves are the business of sparsity/ and quant/.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from linnet.nn.activations import Activations
from linnet.nn.network import FoldedNetwork, Network
from linnet.nn.taps import Tap, chained, in_units, passthrough
from linnet.quant.plan import SIGMOID_INPUT_EXPONENT, SMALLEST_STATE
from linnet.quant.scheme import FINEST_EXPONENT, SCHEMES, Scheme
from linnet.quant.straight_through import largest_exponent, rounding_through
from linnet.sparsity import deployed
from linnet.sparsity.masks import masking, straight_through, without_derivative
from linnet.sparsity.trees import map_named, named_matrices
from linnet.train.distributed import average, largest_of_all
from linnet.train.recipe import Recipe

KEPT_LARGEST = 0.9  # how much of an earlier range outlives a renewal, where the batch at hand is quieter


class Constraints(NamedTuple):
    """What is imposed on the model now; all empty where the recipe imposes nothing."""

    masks: dict[str, Array]
    """bool, by the name of a deployed matrix or of a parameter."""
    largest: dict[str, Array]
    """Largest absolute values [features] heard lately, by wire."""
    mean_square: dict[str, Array]
    """Mean squares [features], by wire."""


class Stage(NamedTuple):
    """What cannot change within a compiled update: where a run is in its life."""

    activations: Activations
    rounds: bool


class Limits(NamedTuple):
    """How constraints act: on the parameters before they are folded, and on what is deployed by a tap."""

    on_parameters: Callable[[Network], Network]
    tap: Tap


FREE = Limits(lambda model: model, passthrough)


def initial_constraints(recipe: Recipe, model: Network) -> Constraints:
    """Everything stays, nothing was heard yet. Only shapes are worked out: XLA compiles none of the model here."""

    def limited(model: Network, features: Array) -> tuple[dict[str, Array], ...]:
        folded = model.fold(model.initial_statistics())
        pruned = model if recipe.sparsity.target == "parameters" else folded
        masks = named_matrices(pruned) if recipe.sparsity.density < 1 else {}
        return masks, *(_heard(folded, features, passthrough) if listens(recipe) else ({}, {}))

    features = jax.ShapeDtypeStruct((2, 1, recipe.task.inputs), jnp.float32)
    masks, largest, mean_square = jax.eval_shape(limited, model, features)
    return Constraints(_ones(masks, bool), _ones(largest, np.float32), _ones(mean_square, np.float32))


def _ones(shapes: dict[str, Array], kind: type) -> dict[str, Array]:
    return {name: jax.device_put(np.ones(each.shape, kind)) for name, each in shapes.items()}


def listens(recipe: Recipe) -> bool:
    """Whether a recipe needs to know how large wires are."""
    return recipe.sparsity.density < 1 or recipe.quantization.scheme != "none"


def stage_at(recipe: Recipe, update: int) -> Stage:
    """The stage in which update number `update`, from 0, is made."""
    share = update / recipe.training.updates
    return Stage(
        recipe.relufication.at(share),
        recipe.quantization.scheme != "none" and share >= recipe.quantization.start,
    )


def settled(recipe: Recipe) -> int:
    """The first update, from 1, after which the model is what will be deployed: no density, no rounding yet to come."""
    return max(recipe.first_updates().values())


def limits(recipe: Recipe, constraints: Constraints, stage: Stage) -> Limits:
    """What the constraints of a stage do to the model."""
    scheme = SCHEMES[recipe.quantization.scheme] if stage.rounds else None
    estimator = straight_through if recipe.sparsity.learning == "straight-through" else without_derivative
    mask = masking(constraints.masks, estimator)
    if recipe.sparsity.target == "parameters":
        return Limits(
            lambda model: map_named(mask, model), _deployed_tap(recipe, constraints, passthrough, scheme)
        )
    return Limits(FREE.on_parameters, _deployed_tap(recipe, constraints, mask, scheme))


def _deployed_tap(recipe: Recipe, constraints: Constraints, mask: Tap, scheme: Scheme | None) -> Tap:
    if scheme is None:
        return mask
    wires = exponents(scheme, constraints) if recipe.quantization.activations else {}
    units = deployed.state_units(state_scales(constraints))
    return in_units(units, chained(mask, rounding_through(scheme, wires)))


def state_scales(constraints: Constraints) -> dict[str, Array]:
    """A power of two per state that brings its range into [1, 2): by "layers.i", [states]; both parts of one alike."""
    scales = {}
    for name, size in constraints.largest.items():
        if name.endswith(".ssm.state"):
            layer = name.removesuffix(".ssm.state")
            parts = 1 if f"{layer}.ssm.control" in constraints.largest else 2
            of_state = jnp.max(size.reshape(parts, -1), axis=0)
            doublings = -octave(jnp.where(of_state > SMALLEST_STATE, of_state, 1.0))
            scales[layer] = jnp.tile(jnp.ldexp(jnp.ones_like(of_state), doublings), parts)
    return scales


def octave(value: Array) -> Array:
    """floor(log2(value)) of positive values, exact: XLA's logarithm of 2^13 is a little less than 13."""
    return jnp.frexp(value)[1] - 1


def exponents(scheme: Scheme, constraints: Constraints) -> dict[str, Array]:
    """The exponent of every wire that is rounded, chosen as at lowering from the ranges heard lately."""
    scales, chosen = state_scales(constraints), {}
    for name, size in constraints.largest.items():
        ending, bits = name.rsplit(".", 1)[-1], scheme.wire_bits(name)
        if ending in ("control", "logit"):
            chosen[name] = jnp.asarray(SIGMOID_INPUT_EXPONENT)
            continue
        scale = scales[name.removesuffix(".ssm.state")] if ending == "state" else jnp.ones(())
        largest = jnp.max(size * scale) * 2.0**scheme.headroom_bits
        exponent = jnp.minimum(largest_exponent(largest, bits), FINEST_EXPONENT)
        chosen[name] = exponent + octave(scale)
    return chosen


ROUNDED = (
    *("features", "encoded", "state", "from_state", "skip", "control", "gated", "output", "logit"),
    *("narrowed", "widened", "joined"),
)
"""Last parts of the names of wires that become codes; those between are copies of these, rectified."""


def _heard(folded: FoldedNetwork, features: Array, tap: Tap) -> tuple[dict[str, Array], dict[str, Array]]:
    """Largest absolute value and mean square of every feature of every wire."""
    largest: dict[str, Array] = {}
    mean_square: dict[str, Array] = {}

    def note(name: str, value: Array) -> Array:
        value = tap(name, value)
        if value.ndim == features.ndim:
            axes = tuple(range(value.ndim - 1))
            if name.rsplit(".", 1)[-1] in ROUNDED:
                largest[name] = jnp.max(jnp.abs(value), axes)
            mean_square[name] = jnp.mean(value * value, axes)
        return value

    folded.apply(features, tap=note)
    return largest, mean_square


def renewed(folded: FoldedNetwork, given: Constraints, features: Array) -> Constraints:
    """The constraints after listening to features [frames, clips, features]; the masks are pruning.py's to renew."""
    largest, mean_square = _heard(folded, features, masking(given.masks))
    largest = {n: jnp.maximum(KEPT_LARGEST * given.largest[n], largest_of_all(largest[n])) for n in largest}
    return Constraints(given.masks, largest, {n: average(mean_square[n]) for n in mean_square})
