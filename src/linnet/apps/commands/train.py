"""`linnet train`: a recipe and recordings in, a trained model out. The training itself is the business of train/."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from linnet.apps.desk import picture
from linnet.apps.desk.beginning import INITIAL_HELP, initial_of, require_initial
from linnet.apps.desk.refusal import import_from_extra, require_recipe, require_recordings


@dataclass(frozen=True)
class Train:
    """Train a model as a recipe says, on all devices: CPUs, GPUs, or those of several processes.

    Writes checkpoints, the log (JSON lines), the curves (PNG) and the best model by validation SI-SNR into the folder
    of the run. Needs the extra [train].
    """

    recipe: Annotated[Path, arg(metavar="RECIPE"), Positional]
    """A TOML file; those that made the shipped models are in recipes/."""

    data: Annotated[Path, arg(metavar="DIR")]
    """Recordings: a folder with speech/, noise/ and optionally rir/ and manifest.csv."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="RUN")]
    """The folder of the run, which is created."""

    initial: Annotated[str | None, arg(metavar="RUN|MODEL", help=INITIAL_HELP)] = None

    teacher: Annotated[Path | None, arg(metavar="RUN")] = None
    """A trained run whose output the model also learns from, with the weight of [distillation] in the recipe."""

    resume: bool = False
    """Continue from the last checkpoint in RUN; the result is bit-identical to an uninterrupted run."""

    processes: Annotated[int, arg(metavar="N")] = 1
    """How many processes train together; start each with the same options and its own --process."""

    process: Annotated[int | None, arg(metavar="I")] = None
    """Which of them this is, from 0; by default the cluster says so (Slurm, Open MPI, Kubernetes)."""

    coordinator: Annotated[str | None, arg(metavar="HOST:PORT")] = None
    """Where process 0 listens for the others; by default the cluster says so."""

    def run(self) -> None:
        """Train until the recipe is done.

        Raises:
            Refusal: a file or folder is missing, the run would overwrite another, or an extra is not installed.
        """
        require_initial(self.initial)
        require_recipe(self.recipe)
        require_recordings(self.data)
        picture.require()  # of the curves, after the first hundreds of updates
        loop = import_from_extra("linnet.train.loop", extra="train", why="training needs JAX")
        processes = loop.Processes(self.coordinator, self.processes, self.process)
        ancestors = loop.Ancestors(initial_of(self.initial, self.recipe, self.data), self.teacher)
        loop.train(
            self.recipe, self.data, self.out, resume=self.resume, ancestors=ancestors, processes=processes
        )
