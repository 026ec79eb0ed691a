"""One optimizer move as a pure function: state and batch in, the next state and the loss out."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from linnet.nn.denoiser import Denoiser, Statistics
from linnet.train.enhance import enhance
from linnet.train.losses import Clips, si_snr_db, snr_db
from linnet.train.optimizer import optimizer
from linnet.train.recipe import LossSettings, Recipe


class TrainState(NamedTuple):
    """All that a run remembers between updates; `update` counts the moves made."""

    model: Denoiser
    statistics: Statistics
    optimizer_state: optax.OptState
    update: Array


UpdateFunction = Callable[[TrainState, Clips, Clips], tuple[TrainState, Array]]
ScoreFunction = Callable[[TrainState, Clips, Clips], Array]


def initial_state(recipe: Recipe) -> TrainState:
    """Where a recipe starts."""
    settings = recipe.model
    model = Denoiser.create(
        recipe.training.seed, bins=recipe.front_end.bins, width=settings.width, layers=settings.layers
    )
    moves = optimizer(recipe.optimizer, recipe.training.updates)
    return TrainState(model, model.initial_statistics(), moves.init(model), jnp.zeros((), jnp.int32))


def loss_of(settings: LossSettings, clean: Array, estimate: Array) -> Array:
    """Minus the weighted mean ratio in dB over the batch, both [batch, samples]."""
    total = jnp.zeros(())
    if settings.snr:
        total += settings.snr * jnp.mean(snr_db(clean, estimate, limit_db=settings.limit_db))
    if settings.si_snr:
        total += settings.si_snr * jnp.mean(si_snr_db(clean, estimate, limit_db=settings.limit_db))
    return -total


def update_function(recipe: Recipe) -> UpdateFunction:
    """The jitted update of a recipe: (state, noisy, clean), clips [batch, samples], to (state, loss)."""
    moves = optimizer(recipe.optimizer, recipe.training.updates)
    momentum = recipe.training.norm_momentum

    def loss(model: Denoiser, noisy: Array, clean: Array) -> tuple[Array, Statistics]:
        seen: list[Statistics] = []

        def gains(features: Array) -> Array:
            result, statistics = model.apply_normalised(features)
            seen.append(statistics)
            return result

        estimate = enhance(gains, noisy, recipe.front_end)
        return loss_of(recipe.loss, clean, estimate), seen[0]

    def update(state: TrainState, noisy: Array, clean: Array) -> tuple[TrainState, Array]:
        (value, seen), gradient = jax.value_and_grad(loss, has_aux=True)(state.model, noisy, clean)
        move, optimizer_state = moves.update(gradient, state.optimizer_state, state.model)
        # a running mean that starts as a plain mean, so that early validation is not scaled by the initial guess
        weight = jnp.maximum(momentum, 1.0 / (state.update + 1))
        statistics = jax.tree.map(lambda old, new: old + weight * (new - old), state.statistics, seen)
        model = optax.apply_updates(state.model, move)
        return TrainState(model, statistics, optimizer_state, state.update + 1), value

    return jax.jit(update, donate_argnums=0)


def score_function(recipe: Recipe) -> ScoreFunction:
    """The jitted SI-SNR in dB per clip by running statistics: (state, noisy, clean) to [batch]."""

    def score(state: TrainState, noisy: Array, clean: Array) -> Array:
        folded = state.model.fold(state.statistics)
        return si_snr_db(clean, enhance(folded.apply, noisy, recipe.front_end), limit_db=100.0)

    return jax.jit(score)
