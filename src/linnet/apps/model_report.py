"""`linnet report`: a model and a recording in, one HTML page about both out. The page itself is page.py's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from linnet.apps import accounts, picture
from linnet.apps.following import follow_file, total
from linnet.apps.inspect import describe, engine_model
from linnet.apps.models import model_path
from linnet.apps.outputs import refuse_unwritable
from linnet.apps.page import HeardRecording, write_page
from linnet.apps.refusal import Refusal
from linnet.apps.report import bytes_text, stdout
from linnet.ir import read_program, sum_course
from linnet.runtime import EngineError


@dataclass(frozen=True)
class Report:
    """Write a page about a model: zeros and multiplications of every layer, weights, what it does to a recording.

    One HTML file with everything in it. Needs the extra [plot].
    """

    model: Annotated[str, arg(metavar="NAME|PATH"), Positional]
    """A model that ships with Linnet, or a model file."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="PAGE")]
    """The page to write, ending in .html."""

    audio: Annotated[Path | None, arg(metavar="FILE")] = None
    """A recording, drawn before and after with the model's activity beneath; what a frame costs is measured on it.
    Left out, the page shows what was measured when the model was deployed."""

    trained: Annotated[Path | None, arg(name="run", metavar="RUN")] = None
    """The folder of the run that the model came from, for the curves of its training."""

    overwrite: bool = False
    """Replace PAGE where it exists."""

    def run(self) -> None:
        """Write the page.

        Raises:
            Refusal: the page exists or cannot be written, the run has no curves, or an extra is not installed.
            ArtifactError, AudioError, EngineError: the model, the recording or the engine cannot be used.
        """
        picture.require()
        if self.out.suffix != ".html":
            raise Refusal(
                f"{self.out} does not end in .html, as pages do; name {self.out.with_suffix('.html')}."
            )
        refuse_unwritable(self.out)
        if self.out.exists() and not self.overwrite:
            raise Refusal(
                f"{self.out} exists already and would be lost; name another file, or add --overwrite."
            )
        curves = curves_of(self.trained) if self.trained else None
        make_page(model_path(self.model), self.out, audio=self.audio, curves=curves)
        stdout.print(f"{self.out}: {bytes_text(self.out.stat().st_size)}")


def curves_of(run: Path) -> bytes:
    """Return the picture of a run's training.

    Raises:
        Refusal: there is none.
    """
    curves = run / "curves.png"
    if not curves.is_file():
        raise Refusal(
            f"{run} holds no curves.png, so no training can be shown; name the RUN of linnet train."
        )
    return curves.read_bytes()


def make_page(model: Path, target: Path, *, audio: Path | None = None, curves: bytes | None = None) -> None:
    """Write the page about a model file, measured on a recording where one is given.

    Raises:
        EngineError: a recording is given, and there is no engine to hear it with.
        ArtifactError, AudioError, Refusal: the model or the recording cannot be used.
    """
    program, engine, recording, accounting = read_program(model), engine_model(model), None, None
    if audio is not None:
        if isinstance(engine, EngineError):
            raise engine
        passages = list(follow_file(program, engine, audio))
        recording = HeardRecording(audio.name, passages, program.metadata.front_end.sample_rate_hz)
        account = total(sum_course(course) for passage in passages for course in passage.courses)
        accounting = accounts.accounting_entry(program, account, sound=accounts.sound_text([audio.name]))
    described = describe(program, file_bytes=model.stat().st_size, accounting=accounting)
    described["memory"] = accounts.memory_entry(program, engine)
    write_page(target, program, described, recording=recording, curves=curves)
