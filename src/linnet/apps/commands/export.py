"""`linnet export`: a model as C source for microcontrollers. The work is the compiler's; JAX is not needed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from linnet.apps.desk.console import bytes_text, stdout
from linnet.apps.desk.models import ANY_MODEL_HELP, model_path
from linnet.apps.desk.outputs import refuse_present, refuse_unwritable
from linnet.apps.desk.refusal import Refusal
from linnet.compiler.amalgamate import ENGINE_FILES, engine_folder, single_file
from linnet.compiler.flash import Choice, Layout, choose
from linnet.compiler.to_c import CFiles, program_to_c
from linnet.ir import read_program
from linnet.output.atomic import write_together


@dataclass(frozen=True)
class Export:
    """Write a model as C: constants for flash, a struct for each stream, no allocation. Any C11 compiler will do.

    FILE.c and FILE.h are compiled together with the scalar engine, a few files of plain C; what FILE is called, its
    functions are called, too.
    """

    language: Annotated[Literal["c"], Positional]
    """What to write: c."""

    model: Annotated[str, arg(help=ANY_MODEL_HELP, metavar="NAME|PATH"), Positional]

    out: Annotated[Path, arg(aliases=["-o"], metavar="FILE.c")]
    """The file to write; the header is written next to it."""

    sample_rate_hz: Annotated[int | None, arg(metavar="HZ", help_behavior_hint="(default: the model's)")] = (
        None
    )
    """The sample rate of the sound; one of the rates that need no resampling."""

    single_file: bool = False
    """Put the scalar engine into FILE.c, so that it compiles alone."""

    layout: Annotated[str, arg(metavar="auto|dense|rows|columns|packed")] = "auto"
    """Layout of the matrices in flash; auto chooses for each the one with the fewest instructions. packed is the
    smallest where most weights are 0."""

    overwrite: bool = False
    """Replace FILE.c and FILE.h if they exist."""

    def run(self) -> None:
        """Write both files.

        Raises:
            ArtifactError: the file is not a valid model.
            Refusal: there is no such model, or FILE cannot or must not be written.
            ValueError: FILE is no name in C, or the model has no whole window at the rate.
        """
        if self.out.suffix != ".c":
            raise Refusal(f"{self.out} does not end in .c, as C files do; name {self.out.with_suffix('.c')}.")
        header = self.out.with_suffix(".h")
        for path in (self.out, header):
            refuse_unwritable(path)
            refuse_present(path, another="another", overwrite=self.overwrite)
        program = read_program(model_path(self.model))
        written = program_to_c(
            program, self.out.stem, choice=self._choice(), sample_rate_hz=self.sample_rate_hz
        )
        source = (
            written.source
            if not self.single_file
            else single_file(written.source, header.name, engine_folder())
        )
        write_together({header: written.header.encode(), self.out: source.encode()})
        self._report(written, header)

    def _choice(self) -> Choice:
        """The choice of layouts that was asked for."""
        if self.layout == "auto":
            return choose
        try:
            layout = Layout(self.layout)
        except ValueError:
            raise Refusal(
                f"{self.layout!r} is not a layout of matrices; choose auto, dense, rows, columns or packed."
            ) from None
        return lambda weight, activity: layout

    def _report(self, written: CFiles, header: Path) -> None:
        """Print what was written and what is known before compiling."""
        layouts = Counter(matrix.layout.value for matrix in written.matrices)
        ways = ", ".join(f"{count} by {name}" for name, count in layouts.items())
        stdout.print(
            f"{self.out}, {header}: {bytes_text(written.constant_bytes)} of constants for flash, "
            f"{bytes_text(written.state_bytes)} of RAM for each stream; matrices: {ways or 'none'}.",
            soft_wrap=True,
        )
        flags, beside = "-ffp-contract=off -fno-math-errno", ""
        if not self.single_file:
            beside = f" with {', '.join(ENGINE_FILES)} from {engine_folder()} and"
            flags = f"-I{engine_folder()} {flags}"
        stdout.print(f"Compile it{beside} with {flags}.", soft_wrap=True)
