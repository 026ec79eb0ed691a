"""What `linnet bench train` times: our update, the same update with the reference's S5, and parts of ours.

Only builds the contenders and says what each needs; taking turns and the clock are the business of bench/timing.py.
All run in one process with the same front end, loss, optimizer and memory settings, so a ratio is that of the S5 alone
and errs on the side of the reference.
"""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray

from linnet.audio.stft import frame_count
from linnet.audio.synthetic import pink, speech_like
from linnet.nn.denoiser import Denoiser
from linnet.sparsity.trees import named_matrices
from linnet.train.distributed import Devices
from linnet.train.memory import keep_freed_memory
from linnet.train.recipe import ComputationSettings, Recipe
from linnet.train.reference import AssociativeS5, PublishedS5, as_reference
from linnet.train.step import loss_function, state_of, update_function

Signal = NDArray[np.float32]


class Contender(NamedTuple):
    """One thing to time. `run` does it once and waits for the end."""

    name: str
    run: Callable[[], None]
    scratch_bytes: int
    """Memory for everything between input and output, as XLA planned it when compiling."""
    multiply_adds: int
    """Of its matrix products; the same for ours and the references, though complex products take more."""


OURS, FORWARD = "linnet", "linnet, forward only"
PUBLISHED, ASSOCIATIVE = "S5 as published", "associative scan"


def clips(count: int, seconds: float, rate_hz: int) -> tuple[Signal, Signal]:
    """Generated speech in pink noise and without: float32 [count, samples] each."""
    rng, samples = np.random.default_rng(0), round(seconds * rate_hz)
    clean = np.stack([speech_like(rng, samples, rate_hz) for _ in range(count)]).astype(np.float32)
    noise = np.stack([pink(rng, samples, rate_hz) for _ in range(count)]).astype(np.float32)
    return clean + 0.3 * noise, clean


def contenders(
    width: float, *, batch: int, seconds: float, computation: ComputationSettings | None = None
) -> list[Contender]:
    """Our update, ours in forward direction, and the two references, each compiled and run once."""
    keep_freed_memory()
    recipe = _recipe(width, batch, computation or ComputationSettings())
    devices = Devices.all()
    devices.require_shares("a batch", batch)
    noisy, clean = devices.place(clips(batch, seconds, recipe.front_end.sample_rate_hz))
    front_end = recipe.front_end
    model = Denoiser.create(0, features=front_end.feature_count, gains=front_end.gain_count, width=width)
    variants = {
        OURS: model,
        ASSOCIATIVE: as_reference(model, AssociativeS5),
        PUBLISHED: as_reference(model, PublishedS5),
    }
    updates = [_update(name, recipe, devices, m, (noisy, clean)) for name, m in variants.items()]
    return [*updates, _forward(recipe, devices, model, (noisy, clean))]


def _recipe(width: float, batch: int, computation: ComputationSettings) -> Recipe:
    recipe = Recipe("benchmark", computation=computation)
    return dataclasses.replace(
        recipe,
        model=dataclasses.replace(recipe.model, width=width),
        mixtures=dataclasses.replace(recipe.mixtures, batch=batch),
    )


def _update(
    name: str, recipe: Recipe, devices: Devices, model: Denoiser, batch: tuple[Array, Array]
) -> Contender:
    """The whole update; it trains on, for the state that it gives away must come from somewhere."""
    state = devices.copy(state_of(recipe, model))
    compiled = update_function(recipe, devices).lower(state, *batch).compile()  # type: ignore[attr-defined]

    def run() -> None:
        nonlocal state
        state, loss = compiled(state, *batch)
        loss.block_until_ready()

    run()
    scratch = compiled.memory_analysis().temp_size_in_bytes
    return Contender(name, run, scratch, multiply_adds(model, frames_of(recipe, batch)))


def _forward(recipe: Recipe, devices: Devices, model: Denoiser, batch: tuple[Array, Array]) -> Contender:
    model = devices.copy(model)
    compiled = loss_function(recipe, devices).lower(model, *batch).compile()  # type: ignore[attr-defined]

    def run() -> None:
        jax.block_until_ready(compiled(model, *batch))

    run()
    scratch = compiled.memory_analysis().temp_size_in_bytes
    forward = sum(matrix_sizes(model)) * frames_of(recipe, batch)
    return Contender(FORWARD, run, scratch, forward)


def matrix_sizes(model: Denoiser) -> list[int]:
    """Weights of all matrices of the folded model, those of the encoder first."""
    folded = model.fold(model.initial_statistics())
    sizes = {name: matrix.size for name, matrix in named_matrices(folded).items()}
    return [sizes.pop("encoder.weight"), *sizes.values()]


def multiply_adds(model: Denoiser, frames: int) -> int:
    """Of an update: every matrix forward, for its weights' derivative, and, but for the encoder, for its input's."""
    sizes = matrix_sizes(model)
    return frames * (3 * sum(sizes) - sizes[0])


def frames_of(recipe: Recipe, batch: tuple[Array, Array]) -> int:
    """Frames of all clips of a batch."""
    clips, samples = batch[0].shape
    return int(clips * frame_count(samples, recipe.front_end))


def versions() -> dict[str, str]:
    """What compiles and runs training here."""
    return {"jax": jax.__version__, "device": f"{len(jax.devices())} x {jax.devices()[0].device_kind}"}
