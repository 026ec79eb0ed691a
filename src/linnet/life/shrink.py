"""A model file without what cannot reach its outputs, for files older than `compiler/eliminate.py`. Needs JAX.

The outputs keep every bit. What the card says of activity and multiplications is measured anew.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from linnet.compiler.eliminate import eliminate_dead
from linnet.ir import read_program, write_program
from linnet.life.accounts import CARD_KEY
from linnet.life.deploy import accounting_of, activity_of, calibration_of
from linnet.life.scores import scored_splits
from linnet.train.loop import validation_batches
from linnet.train.recipe import parse_recipe


def shrink(model: str | Path, data: str | Path, out: str | Path) -> bool:
    """Write the model file without dead values; its card is measured as `deploy` does, on recordings like its own.

    Args:
        model: the file; it carries the recipe by which it was trained.
        data: the folder of recordings.
        out: the file to write.

    Returns:
        Whether anything was dead. If not, nothing is written.

    Raises:
        RecipeError: the file carries no recipe that this Linnet reads.
    """
    program = read_program(model)
    smaller = eliminate_dead(program)
    if smaller == program:
        return False
    recipe = parse_recipe(program.metadata.recipe, f"the recipe in {model}")
    calibration = calibration_of(recipe.task, Path(data))
    val = validation_batches(recipe, data, "val") if "val" in scored_splits(recipe.task, Path(data)) else None
    card = {**program.metadata.card, CARD_KEY: accounting_of(smaller, recipe, val, calibration)}
    activity = activity_of(smaller, calibration, recipe.task)
    metadata = dataclasses.replace(program.metadata, card=card, activity=activity)
    write_program(dataclasses.replace(smaller, metadata=metadata), out)
    return True
