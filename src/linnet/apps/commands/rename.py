"""`linnet rename`: another name, licence or setting of the front end in a model file.

Other tools do not know its checksum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from linnet.apps.desk.console import stdout
from linnet.apps.desk.models import ANY_MODEL_HELP, SUFFIX, model_path
from linnet.apps.desk.outputs import refuse_present, refuse_unwritable
from linnet.apps.desk.refusal import Refusal
from linnet.audio.running_mean import check_bounds
from linnet.audio.stft import FrontEnd
from linnet.ir import FrontEndSpec, Program, read_program, write_program
from linnet.output.quoting import file_name_fault, one_line

LONGEST_NAME_BYTES = 63  # what the engine keeps of it
LONGEST_TIME_CONSTANT_MS = 60_000.0


@dataclass(frozen=True)
class Rename:
    """Write a model file with another name, licence, offset removal or bounds of the level; nothing else changes."""

    model: Annotated[str, arg(help=ANY_MODEL_HELP, metavar="NAME|PATH"), Positional]

    out: Annotated[Path, arg(aliases=["-o"], metavar="FILE")]
    """The model file to write, ending in .gguf; it may be the same file, with --overwrite."""

    name: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="(default: as it is)")] = None
    """What the model is called."""

    licence: Annotated[str | None, arg(metavar="LICENCE", help_behavior_hint="(default: as it is)")] = None
    """The licence of the model, such as CC-BY-4.0."""

    offset_time_constant_ms: Annotated[
        float | None, arg(metavar="MS", help_behavior_hint="(default: as it is)")
    ] = None
    """Time constant of the running mean, which is subtracted from the samples first; 400 is usual, 0 keeps the mean."""

    level_bounds: Annotated[
        tuple[float, float] | None, arg(metavar="LEAST MOST", help_behavior_hint="(default: as they are)")
    ] = None
    """What the running level is held between, as shares of the mean of each frame; 0.75 2 is usual, 0 0 is no bound."""

    overwrite: bool = False
    """Replace FILE if it exists."""

    def run(self) -> None:
        """Write the file.

        Raises:
            ArtifactError: the file is not a valid model.
            Refusal: nothing would change, or FILE cannot or must not be written.
        """
        if (self.name, self.licence, self.offset_time_constant_ms, self.level_bounds) == (None,) * 4:
            raise Refusal(
                "no option was given, so nothing would change; add --name, --licence, --offset-time-constant-ms or "
                "--level-bounds."
            )
        fault = None if self.name is None else file_name_fault(self.name, longest_bytes=LONGEST_NAME_BYTES)
        if fault is not None:
            raise Refusal(f"{self.name!r} cannot be the name of a model, because {fault}; choose another.")
        if self.licence is not None and (not self.licence or one_line(self.licence) != self.licence):
            raise Refusal(
                f"{self.licence!r} is not one line of text, as a licence must be; name one, such as CC-BY-4.0."
            )
        refuse_time_constant(self.offset_time_constant_ms)
        refuse_bounds(self.level_bounds)
        if self.out.suffix != SUFFIX:
            raise Refusal(f"{self.out} does not end in {SUFFIX}, as model files do; name another FILE.")
        refuse_unwritable(self.out)
        refuse_present(self.out, another="another FILE", overwrite=self.overwrite)
        program = read_program(model_path(self.model))
        changed = {
            key: text for key, text in (("name", self.name), ("licence", self.licence)) if text is not None
        }
        front_end = program.metadata.front_end
        refuse_unheard(program, self.offset_time_constant_ms, self.level_bounds)
        if self.offset_time_constant_ms is not None:
            front_end = with_offset_removal(front_end, self.offset_time_constant_ms)
        if self.level_bounds is not None:
            least, most = self.level_bounds
            front_end = replace(front_end, level_least=least, level_most=most)
        metadata = replace(program.metadata, front_end=front_end, **changed)  # type: ignore[arg-type]
        write_program(replace(program, metadata=metadata), self.out)
        stdout.print(f"{self.out}: {metadata.name}, {metadata.licence}", highlight=False, soft_wrap=True)
        if not front_end.hears:
            stdout.print(
                "It is another file: texts that were compressed with the one before are read by that one only.",
                highlight=False,
                soft_wrap=True,
            )


def refuse_time_constant(milliseconds: float | None) -> None:
    """Refuse what is neither 0 nor a time that a mean can follow."""
    if milliseconds is None or milliseconds == 0 or 1 <= milliseconds <= LONGEST_TIME_CONSTANT_MS:
        return
    raise Refusal(
        f"--offset-time-constant-ms is {milliseconds:g}, but a running mean cannot follow sound with it; give 1 to "
        f"{LONGEST_TIME_CONSTANT_MS:g}, or 0 to keep the mean."
    )


def refuse_bounds(bounds: tuple[float, float] | None) -> None:
    """Refuse bounds that a frame's own mean would lie outside of."""
    if bounds is None:
        return
    try:
        check_bounds(*bounds)
    except ValueError as error:
        raise Refusal(f"--level-bounds are {bounds[0]:g} and {bounds[1]:g}, but {error}") from error


def refuse_unheard(program: Program, milliseconds: float | None, bounds: tuple[float, float] | None) -> None:
    """Refuse settings that the front end of this model does not have."""
    name, front_end = program.metadata.name, program.metadata.front_end
    if not front_end.hears and (milliseconds, bounds) != (None, None):
        raise Refusal(
            f"{name} is not shown sound, so it has neither an offset nor a level; leave out --offset-time-constant-ms "
            "and --level-bounds."
        )
    if bounds is not None and any(bounds) and front_end.level_alpha == 0:
        raise Refusal(
            f"{name} follows no level of the sound, so there is none to hold; leave out --level-bounds, or train with "
            "level_time_constant_ms."
        )


def with_offset_removal(spec: FrontEndSpec, milliseconds: float) -> FrontEndSpec:
    """Return the front end with the running mean removed at this time constant, or kept where it is 0."""
    front_end = FrontEnd(spec.sample_rate_hz, spec.window, spec.hop, offset_time_constant_ms=milliseconds)
    return replace(spec, offset_alpha=float(front_end.offset_alpha))
