"""What `linnet bench train` times: our update, the same with the reference's S5 or in other forms, and its parts.

Only builds the contenders and says what each needs; taking turns and the clock are the business of bench/timing.py.
All run in one process with the same front end, loss, optimizer and memory settings, so a ratio is that of the S5 alone
and errs on the side of the reference.
"""

import dataclasses
from collections.abc import Callable
from typing import Literal, NamedTuple

import jax

from linnet.nn.compiled import available
from linnet.nn.network import Network
from linnet.sparsity.trees import named_matrices
from linnet.tasks.contract import Batch
from linnet.train.distributed import Devices
from linnet.train.memory import keep_freed_memory
from linnet.train.recipe import Recipe
from linnet.train.reference import AssociativeS5, PublishedS5, as_reference
from linnet.train.step import initial_state, loss_function, state_of, update_function


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
IN_PARTS = "linnet, layers in parts"


def contenders(recipe: Recipe, batch: Batch) -> list[Contender]:
    """Our update on a batch, ours in forward direction, and others of the same model, each compiled and run once.

    The others are the two references of S5; of a gated model its update with layers in parts, as it was before
    nn/whole_layer.py, and with an associative scan.
    """
    keep_freed_memory()
    devices = Devices.all()
    devices.require_shares("a batch", len(jax.tree.leaves(batch)[0]))
    batch = devices.place(batch)
    model = initial_state(recipe).model
    variants = _gated(recipe, model) if recipe.model.recurrence == "gated" else _s5(recipe, model)
    updates = [_update(name, each, devices, m, batch) for name, (each, m) in variants.items()]
    return [*updates, _forward(recipe, devices, model, batch)]


Variants = dict[str, tuple[Recipe, Network]]


def _s5(recipe: Recipe, model: Network) -> Variants:
    return {
        OURS: (recipe, model),
        ASSOCIATIVE: (recipe, as_reference(model, AssociativeS5)),
        PUBLISHED: (recipe, as_reference(model, PublishedS5)),
    }


def _gated(recipe: Recipe, model: Network) -> Variants:
    by_parts: Literal["compiled", "sequential"] = "compiled" if available() else "sequential"
    return {
        OURS: (recipe, model),
        IN_PARTS: (_computing(recipe, by_parts), model),
        ASSOCIATIVE: (_computing(recipe, "associative"), model),
    }


def _computing(recipe: Recipe, recurrence: Literal["compiled", "sequential", "associative"]) -> Recipe:
    computation = dataclasses.replace(recipe.computation, recurrence=recurrence)
    return dataclasses.replace(recipe, computation=computation)


def _update(name: str, recipe: Recipe, devices: Devices, model: Network, batch: Batch) -> Contender:
    """The whole update; it trains on, for the state that it gives away must come from somewhere."""
    state = devices.copy(state_of(recipe, model))
    compiled = update_function(recipe, devices).lower(state, batch).compile()  # type: ignore[attr-defined]

    def run() -> None:
        nonlocal state
        state, loss = compiled(state, batch)
        loss.block_until_ready()

    run()
    scratch = compiled.memory_analysis().temp_size_in_bytes
    return Contender(name, run, scratch, multiply_adds(model, frames_of(recipe, batch)))


def _forward(recipe: Recipe, devices: Devices, model: Network, batch: Batch) -> Contender:
    model = devices.copy(model)
    compiled = loss_function(recipe, devices).lower(model, batch).compile()  # type: ignore[attr-defined]

    def run() -> None:
        jax.block_until_ready(compiled(model, batch))

    run()
    scratch = compiled.memory_analysis().temp_size_in_bytes
    forward = sum(matrix_sizes(model)) * frames_of(recipe, batch)
    return Contender(FORWARD, run, scratch, forward)


def matrix_sizes(model: Network) -> list[int]:
    """Products of a frame by each matrix of the folded model, encoder first; one of all bands counts for each."""
    folded = jax.jit(lambda model: model.fold(model.initial_statistics()))(model)
    times = {f"layers.{i}": layer.groups for i, layer in enumerate(folded.layers)}
    encoder, sizes = 0, []
    for name, matrix in named_matrices(folded).items():
        if name.startswith("encoder."):
            encoder += matrix.size
        else:
            sizes.append(matrix.size * times.get(".".join(name.split(".")[:2]), 1))
    return [encoder, *sizes]


def multiply_adds(model: Network, frames: int) -> int:
    """Of an update: every matrix forward, for its weights' derivative, and, but for the encoder, for its input's."""
    sizes = matrix_sizes(model)
    return frames * (3 * sum(sizes) - sizes[0])


def frames_of(recipe: Recipe, batch: Batch) -> int:
    """Frames of all examples of a batch."""
    frames, examples, _ = jax.eval_shape(recipe.task.features, batch).shape
    return int(frames * examples)


def versions() -> dict[str, str]:
    """What compiles and runs training here."""
    return {"jax": jax.__version__, "device": f"{len(jax.devices())} x {jax.devices()[0].device_kind}"}
