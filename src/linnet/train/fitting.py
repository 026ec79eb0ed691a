"""Whether a task of somebody's own gives what its network takes: seen from shapes, before anything is trained.

Linnet's own tasks have tests for it; JAX would tell others of a mistake by shapes that nobody wrote.
"""

import jax
import jax.numpy as jnp

from linnet.tasks.contract import Batch, Task, Values
from linnet.train.runs import TrainingError


def is_own(task: Task) -> bool:
    """Whether it is somebody's own, and none of Linnet's."""
    return not type(task).__module__.startswith("linnet.")


def refuse_no_examples(task: Task) -> None:
    """Refuse batches without examples.

    Raises:
        TrainingError: a split has such.
    """
    for split in ("train", "val"):
        size = task.batch_size(split)
        if size < 1:
            raise TrainingError(
                f"the task {task.name} has {size} examples in a batch of {split}, so there is nothing to learn from; "
                "let its batch_size give 1 or more."
            )


def refuse_misfit(task: Task, batch: Batch) -> None:
    """Refuse features, losses and scores of other shapes than the contract names.

    Raises:
        TrainingError: they are; the message says which method gives them.
    """
    shown = _shape(task, "features", task.features, batch)
    if len(shown) != 3 or shown[-1] != task.inputs:
        raise TrainingError(
            f"features of the task {task.name} has shape {shown}, but [frames, examples, {task.inputs}] is wanted, for "
            "its inputs say so; correct features or inputs."
        )

    def apply(features: Values) -> Values:
        return jnp.zeros((*features.shape[:2], task.outputs), jnp.float32)

    def loss(batch: Batch) -> Values:
        return task.objective(task.answer(apply, batch), batch)

    def score(batch: Batch) -> Values:
        return task.score(task.answer(apply, batch), batch)

    wanted = (
        ("objective", loss, (), "one number"),
        ("score", score, shown[1:2], "one number for each example"),
    )
    for name, function, shape, words in wanted:
        found = _shape(task, name, function, batch)
        if found != shape:
            raise TrainingError(
                f"{name} of the task {task.name} has shape {found}, but {words} is wanted, {shape}; correct it."
            )


def _shape(task: Task, name: str, function: Values, batch: Batch) -> tuple[int, ...]:
    try:
        return tuple(jax.eval_shape(function, batch).shape)
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise TrainingError(
            f"{name} of the task {task.name} fails on its first batch, for {task.inputs} inputs and {task.outputs} "
            f"outputs a frame ({type(error).__name__}: {error}); correct it, or what features and answer give it."
        ) from error
