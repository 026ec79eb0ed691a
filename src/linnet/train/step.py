"""One optimizer move as a pure function: state and batch in, the next state and the loss out.

Everything from a batch to the next weights is one compiled program, shared by all devices: features, model, loss and
their derivatives are worked out for each device's examples, gradients and statistics averaged, the move made
everywhere.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import optax
from jax import Array

from linnet.nn import gated_scan, scan
from linnet.nn.compiled import available
from linnet.nn.layer import AnyForm
from linnet.nn.network import Network, Recurrence, Statistics
from linnet.nn.taps import Tap, chained, passthrough
from linnet.tasks.contract import Answer, Batch
from linnet.train.constraints import (
    FREE,
    Constraints,
    Limits,
    Stage,
    initial_constraints,
    limits,
    renewed,
    stage_at,
)
from linnet.train.distributed import AXIS, CUT, WHOLE, Devices, average
from linnet.train.optimizer import optimizer
from linnet.train.penalty import Penalty
from linnet.train.pruning import Weights, decayed, renewed_masks
from linnet.train.recipe import ComputationSettings, Recipe, RecipeError

Tree = TypeVar("Tree")


class TrainState(NamedTuple):
    """All that a run remembers between updates; `update` counts the moves made."""

    model: Network
    statistics: Statistics
    optimizer_state: optax.OptState
    update: Array
    constraints: Constraints


UpdateFunction = Callable[[TrainState, Batch], tuple[TrainState, Array]]
ScoreFunction = Callable[[TrainState, Batch], Array]
Teacher = Callable[[Batch], Answer]
"""From a batch to what a trained model makes of it."""
RenewFunction = Callable[[TrainState, Batch], TrainState]


def initial_state(recipe: Recipe) -> TrainState:
    """Where a recipe starts."""
    model = recipe.model.create(recipe.training.seed, recipe.task)
    return state_of(recipe, at_stage(model, stage_at(recipe, 0)))


def at_stage(tree: Tree, stage: Stage) -> Tree:
    """The same tree with the activations of a stage in every denoiser of it; an optimizer's state holds some, too."""

    def staged(node: Any) -> Any:
        return dataclasses.replace(node, activations=stage.activations) if isinstance(node, Network) else node

    changed: Tree = jax.tree.map(staged, tree, is_leaf=lambda node: isinstance(node, Network))
    return changed


def state_of(recipe: Recipe, model: Network) -> TrainState:
    """The state before the first update of a model."""
    moves = optimizer(recipe.optimizer, recipe.training.updates)
    return TrainState(
        model,
        model.initial_statistics(),
        moves.init(model),
        jnp.zeros((), jnp.int32),
        initial_constraints(recipe, model),
    )


def bfloat16_matrices(name: str, value: Array) -> Array:
    """The tap that has every matrix product multiplied in bfloat16, which keeps 8 of 24 bits."""
    return value.astype(jnp.bfloat16) if name.rsplit(".", 1)[-1] in ("weight", "B", "C", "V", "G") else value


def tap_of(settings: ComputationSettings) -> Tap:
    """What the recipe's choice of products does to the model's matrices."""
    return bfloat16_matrices if settings.products == "bfloat16" else passthrough


def form_of(settings: ComputationSettings, recurrence: Recurrence) -> AnyForm | None:
    """The form of the model's recurrence that a recipe names; None leaves the choice to the recurrence."""
    if settings.recurrence == "compiled" and not (available() and jax.default_backend() == "cpu"):
        raise RecipeError(
            f"recurrence = 'compiled' runs on CPUs where its library was built, and this is {jax.default_backend()} "
            f"{'with' if available() else 'without'} it; choose 'quickest', which takes it where it can."
        )
    if settings.recurrence == "quickest":
        return None
    if settings.recurrence == "chunked":
        if recurrence == "gated":
            raise RecipeError(
                "recurrence = 'chunked' needs decays that do not change over time, and this model is gated; "
                "choose 'associative', or 'quickest'."
            )
        return scan.chunked(settings.chunk)
    form: AnyForm = getattr(gated_scan if recurrence == "gated" else scan, settings.recurrence)
    return form


class Learned(NamedTuple):
    """What one look at some examples says: the loss, the statistics of every norm, the gradient of the model."""

    loss: Array
    statistics: Statistics
    gradient: Network


def look(
    recipe: Recipe,
    model: Network,
    batch: Batch,
    under: Limits = FREE,
    taught: Answer | None = None,
) -> tuple[Array, Statistics]:
    """Loss and statistics of a batch, of which this device holds its share.

    `taught` is what a teacher makes of it, where there is one.
    """
    seen: list[Statistics] = []
    task, computation, penalty = recipe.task, recipe.computation, Penalty(recipe.penalty, model.activations)
    priced = penalty.tap if recipe.penalty.weight > 0 else passthrough
    tap = chained(under.tap, priced, tap_of(computation))

    def apply(features: Array) -> Array:
        result, statistics = under.on_parameters(model).apply_normalised(
            features, tap=tap, form=form_of(computation, recipe.model.recurrence), average=average
        )
        seen.append(statistics)
        return result

    answer = task.answer(apply, batch)
    loss: Array = task.objective(answer, batch)
    if taught is not None:
        weight = recipe.distillation.weight
        loss = (1 - weight) * loss + weight * task.imitate(answer, taught)
    return loss + penalty.price(), seen[0]


def learn(
    recipe: Recipe,
    model: Network,
    batch: Batch,
    under: Limits = FREE,
    taught: Answer | None = None,
) -> Learned:
    """What `look` gives, and the derivative of the loss by every parameter."""

    def loss(model: Network) -> tuple[Array, Statistics]:
        return look(recipe, model, batch, under, taught)

    (value, statistics), gradient = jax.value_and_grad(loss, has_aux=True)(model)
    return Learned(value, statistics, gradient)


def learn_in_parts(
    recipe: Recipe,
    model: Network,
    batch: Batch,
    under: Limits = FREE,
    taught: Answer | None = None,
) -> Learned:
    """`learn` on equal parts of the batch, one after the other, averaged: the memory of one part."""
    parts = recipe.computation.parts
    if parts == 1:
        return learn(recipe, model, batch, under, taught)
    cut = jax.tree.map(lambda x: x.reshape(parts, -1, *x.shape[1:]), (batch, taught))

    def add(total: Learned, part: tuple[Batch, Answer | None]) -> tuple[Learned, None]:
        learned = learn(recipe, model, part[0], under, part[1])
        return jax.tree.map(lambda t, new: t + new / parts, total, learned), None

    zero = Learned(jnp.zeros(()), *jax.tree.map(jnp.zeros_like, (model.initial_statistics(), model)))
    return jax.lax.scan(add, zero, cut)[0]


def update_function(
    recipe: Recipe,
    devices: Devices | None = None,
    stage: Stage | None = None,
    teacher: Teacher | None = None,
) -> UpdateFunction:
    """The jitted update of a recipe: (state, batch) to (state, loss).

    The state is given away. Without `devices`, all there are take part.
    """
    devices = devices or Devices.all()
    moves = optimizer(recipe.optimizer, recipe.training.updates)
    momentum = recipe.training.norm_momentum
    stage = stage or stage_at(recipe, 0)

    def update(state: TrainState, batch: Batch) -> tuple[TrainState, Array]:
        under = limits(recipe, state.constraints, stage)
        taught = None if teacher is None else teacher(batch)
        learned = jax.tree.map(average, learn_in_parts(recipe, state.model, batch, under, taught))
        move, optimizer_state = moves.update(learned.gradient, state.optimizer_state, state.model)
        # a running mean that starts as a plain mean, so that early validation is not scaled by the initial guess
        weight = jnp.maximum(momentum, 1.0 / (state.update + 1))
        statistics = jax.tree.map(
            lambda old, seen: old + weight * (seen - old), state.statistics, learned.statistics
        )
        model = decayed(recipe, optax.apply_updates(state.model, move), state.constraints.masks)
        return state._replace(
            model=model, statistics=statistics, optimizer_state=optimizer_state, update=state.update + 1
        ), learned.loss

    return jax.jit(devices.split(update, (WHOLE, CUT), (WHOLE, WHOLE)), donate_argnums=0)


def loss_function(recipe: Recipe, devices: Devices | None = None) -> Callable[[Network, Batch], Array]:
    """The jitted loss by batch statistics, without a derivative, of a model and a batch."""
    devices = devices or Devices.all()

    def loss(model: Network, batch: Batch) -> Array:
        return average(look(recipe, model, batch)[0])

    return jax.jit(devices.split(loss, (WHOLE, CUT), WHOLE))


def score_function(
    recipe: Recipe, devices: Devices | None = None, stage: Stage | None = None
) -> ScoreFunction:
    """The jitted score per example by running statistics: (state, batch) to [batch], on each device."""
    devices = devices or Devices.all()
    stage = stage or stage_at(recipe, 0)

    def score(state: TrainState, batch: Batch) -> Array:
        under = limits(recipe, state.constraints, stage)
        folded = under.on_parameters(state.model).fold(state.statistics)

        def apply(features: Array) -> Array:
            return folded.apply(
                features, tap=under.tap, form=form_of(recipe.computation, recipe.model.recurrence)
            )

        scores = recipe.task.score(recipe.task.answer(apply, batch), batch)
        return jax.lax.all_gather(scores, AXIS, tiled=True)

    return jax.jit(devices.split(score, (WHOLE, CUT), WHOLE))


def renew_function(recipe: Recipe, devices: Devices | None = None) -> RenewFunction:
    """The jitted renewal of masks and ranges: (state, batch) to the state with new ones."""
    devices = devices or Devices.all()

    def renew(state: TrainState, batch: Batch) -> TrainState:
        under = limits(recipe, state.constraints, Stage(state.model.activations, rounds=False))
        folded = under.on_parameters(state.model).fold(state.statistics)
        share = state.update / recipe.training.updates
        constraints = renewed(folded, state.constraints, recipe.task.features(batch))
        weights = Weights(state.model, folded, state.optimizer_state)
        masks = renewed_masks(recipe, weights, constraints, share)
        return state._replace(constraints=constraints._replace(masks=masks))

    return jax.jit(devices.split(renew, (WHOLE, CUT), WHOLE), donate_argnums=0)
