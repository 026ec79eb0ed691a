"""`linnet compile`: a recipe's whole life in one command. Each step is another command's; here they are put in line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import Positional, arg

from linnet.apps import picture
from linnet.apps.outputs import refuse_unwritable
from linnet.apps.page import write_report
from linnet.apps.refusal import import_from_extra, require_recipe, require_recordings, require_run
from linnet.apps.report import bytes_text, stdout
from linnet.output.lock import FolderLock
from linnet.output.quoting import shell


@dataclass(frozen=True)
class Compile:
    """Make a model file from a recipe: train, sparsify, quantize as it says, lower to integers, score, report.

    Stopped at any point, the same command goes on where it was. Needs the extras [train] and [plot].
    """

    recipe: Annotated[Path, arg(metavar="RECIPE"), Positional]
    """A TOML file; those of the shipped models are in recipes/."""

    data: Annotated[Path, arg(metavar="DIR")]
    """Recordings: a folder with speech/, noise/ and perhaps rir/, with a manifest.csv or without."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="FOLDER")]
    """Gets the run (run/), the model file (its name is the recipe's) and report.html."""

    initial: Annotated[Path | None, arg(metavar="RUN")] = None
    """A trained run to start from, such as a dense one of the same size; left out, training starts at random."""

    teacher: Annotated[Path | None, arg(metavar="RUN")] = None
    """A trained run whose output is learned from, too, by the weight of [distillation] in the recipe."""

    def run(self) -> None:
        """Do what is not done yet.

        Raises:
            Refusal: a file or folder is missing, the folder holds something else, or an extra is not installed.
        """
        require_recipe(self.recipe)
        require_recordings(self.data)
        for run in filter(None, (self.initial, self.teacher)):
            require_run(run)
        picture.require()
        loop = import_from_extra("linnet.train.loop", extra="train", why="training needs JAX")
        deploy = import_from_extra("linnet.apps.deploy", extra="train", why="quantization needs JAX")
        self.out.mkdir(parents=True, exist_ok=True)
        with FolderLock(self.out):
            self.make(loop, deploy)

    def make(self, loop: Any, deploy: Any) -> None:
        """Do it with the modules that need JAX."""
        trained = self.out / "run"
        target = self.out / f"{loop.read_recipe(self.recipe).name}.gguf"
        refuse_unwritable(target)
        begun = (trained / "checkpoint.safetensors").exists()
        loop.train(
            self.recipe,
            self.data,
            trained,
            resume=begun,
            ancestors=loop.Ancestors(self.initial, self.teacher),
        )
        for score in deploy.deploy(trained, self.data, target, scheme=deploy.scheme_of(trained)):
            stdout.print(score.text)
        page = self.out / "report.html"
        write_report(target, page, clip=deploy.example_mixture(trained, self.data), run=trained)
        stdout.print(
            f"{target}: {bytes_text(target.stat().st_size)}; {page} and linnet inspect {shell(target)} say more."
        )
