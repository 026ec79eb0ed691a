"""`linnet sparsify`: a trained dense run in, a sparse one out. The training itself is the business of train/."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from linnet.apps.desk import picture
from linnet.apps.desk.beginning import initial_of, require_initial
from linnet.apps.desk.refusal import (
    Refusal,
    import_from_extra,
    require_recipe,
    require_recordings,
)


@dataclass(frozen=True)
class Sparsify:
    """Train a model further and prune its weights, as the table [sparsity] of a recipe says.

    Starts from the best model of RUN, or from a model file. Progress, checkpoints and what is written are those of
    linnet train, which itself prunes a model from its first update where its recipe says so. Needs the extra [train].
    """

    trained: Annotated[str, arg(name="run", metavar="RUN|MODEL"), Positional]
    """The folder of a run of linnet train, a model file, or the name of a model that ships; sized as in the recipe."""

    recipe: Annotated[Path, arg(metavar="RECIPE")]
    """A TOML file with a table [sparsity], and optionally [quantization] and [relufication]; see recipes/."""

    data: Annotated[Path, arg(metavar="DIR")]
    """The recordings: the folder that RUN was trained on, or a similar one."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="SPARSE")]
    """The folder of the new run, which is created."""

    teacher: Annotated[Path | None, arg(metavar="RUN")] = None
    """A trained run whose output the model also learns from, by the weight of [distillation]; RUN or a larger one."""

    resume: bool = False
    """Continue from the last checkpoint in SPARSE; the result is bit-identical to an uninterrupted run."""

    def run(self) -> None:
        """Train until the recipe is done.

        Raises:
            Refusal: a file or folder is missing, the recipe prunes nothing, or an extra is not installed.
        """
        require_initial(self.trained)
        require_recipe(self.recipe)
        require_recordings(self.data)
        picture.require()  # of the curves, after the first hundreds of updates
        loop = import_from_extra("linnet.train.loop", extra="train", why="training needs JAX")
        if loop.read_recipe(self.recipe).sparsity.density == 1:
            raise Refusal(
                f"{self.recipe} prunes no weight, so the model would stay dense; "
                "add a table [sparsity] with a density below 1, or use linnet train."
            )
        loop.train(
            self.recipe,
            self.data,
            self.out,
            resume=self.resume,
            ancestors=loop.Ancestors(initial_of(self.trained, self.recipe, self.data), self.teacher),
        )
