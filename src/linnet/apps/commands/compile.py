"""`linnet compile`: a recipe's whole life in one command. Each step is another command's; here they are put in line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import Positional, arg

from linnet.apps.desk import picture
from linnet.apps.desk.beginning import INITIAL_HELP, initial_of, require_initial
from linnet.apps.desk.console import bytes_text, stdout
from linnet.apps.desk.refusal import import_from_extra, require_recipe, require_recordings, require_run
from linnet.apps.pages.page import write_report
from linnet.output.lock import FolderLock
from linnet.output.quoting import shell


@dataclass(frozen=True)
class Compile:
    """Make a model file from a recipe: train, sparsify and quantize as it says, lower to integers, score, report.

    Stopped at any point, the same command goes on where it was. Needs the extras [train] and [plot].
    """

    recipe: Annotated[Path, arg(metavar="RECIPE"), Positional]
    """A TOML file; those of the shipped models are in recipes/."""

    data: Annotated[Path, arg(metavar="DIR")]
    """Recordings: a folder with speech/, noise/ and optionally rir/ and manifest.csv."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="FOLDER")]
    """The output folder: the run (run/), the model file (named as in the recipe) and report.html."""

    initial: Annotated[str | None, arg(metavar="RUN|MODEL", help=INITIAL_HELP)] = None

    teacher: Annotated[Path | None, arg(metavar="RUN")] = None
    """A trained run whose output the model also learns from, with the weight of [distillation] in the recipe."""

    def run(self) -> None:
        """Do what is not done yet.

        Raises:
            Refusal: a file or folder is missing, the folder holds something else, or an extra is not installed.
        """
        require_recipe(self.recipe)
        require_recordings(self.data)
        require_initial(self.initial)
        if self.teacher is not None:
            require_run(self.teacher)
        picture.require()
        whole = import_from_extra("linnet.life.whole", extra="train", why="training needs JAX")
        self.out.mkdir(parents=True, exist_ok=True)
        with FolderLock(self.out):
            self.make(whole)

    def make(self, whole: Any) -> None:
        """Do it with the module that needs JAX."""
        initial = initial_of(self.initial, self.recipe, self.data)
        made = whole.make_model(self.recipe, self.data, self.out, initial=initial, teacher=self.teacher)
        for score in made.scores:
            stdout.print(score.text)
        page = self.out / "report.html"
        write_report(made.model, page, clip=made.example, run=made.run)
        stdout.print(
            f"{made.model}: {bytes_text(made.model.stat().st_size)}; "
            f"{page} and linnet inspect {shell(made.model)} say more."
        )
