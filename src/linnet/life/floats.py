"""The network of a trained run in floats, as a function of NumPy arrays. Needs JAX."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.tasks.contract import Task
from linnet.train.runs import load_best

Values = NDArray[np.float32]


def float_network(run: str | Path) -> tuple[Task, Callable[[Values], Values]]:
    """The task of a run, and its best network: values [frames, inputs] to outputs [frames, outputs], from rest.

    Raises:
        TrainingError, RecipeError: there is no trained model in the folder, or its recipe cannot be read.
    """
    recipe, trained, _ = load_best(run)
    model = trained.folded(recipe)
    return recipe.task, lambda values: np.asarray(model.apply(values[:, np.newaxis]))[:, 0]
