"""`linnet import`: the tensors of a model made elsewhere in, an integer model file out. Work: life/imported.py's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from linnet.apps.desk.console import bytes_text, stderr, stdout
from linnet.apps.desk.models import SUFFIX
from linnet.apps.desk.outputs import refuse_present, refuse_unwritable
from linnet.apps.desk.refusal import Refusal, missing_extra
from linnet.ir import write_program
from linnet.ir.program import MOST_FRAMES_PER_SECOND
from linnet.life.imported import Wishes, import_model
from linnet.output.quoting import file_name_fault, one_line, shell

LONGEST_NAME_BYTES = 63  # what the engine keeps of it


@dataclass(frozen=True)
class Import:
    """Turn a model that was trained elsewhere into an integer model file: S5, S4D, LRU and alike, from any framework.

    A map says what the tensors are. What it describes is computed and compared with outputs of the model; then it is
    pruned, rounded, lowered and scored. Reading safetensors needs the extra [import]; .npz needs none.
    """

    weights: Annotated[Path, arg(metavar="WEIGHTS"), Positional]
    """The tensors: a .safetensors or .npz file. Pickles are not opened."""

    map: Annotated[Path, arg(metavar="MAP.toml")]
    """What the tensors are: a TOML file, as docs/learn/bring_a_model.md describes."""

    examples: Annotated[Path, arg(metavar="FILE.npz")]
    """What the model was shown and gave: arrays inputs [n, frames, in] and outputs [n, frames, out], float32; also the
    values after blocks, by name, such as layers.0."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="FILE")]
    """The model file to write, ending in .gguf."""

    density: float = 1.0
    """The share of the nonzero weights of every row that stay."""

    rule: Literal["magnitude", "wanda"] = "wanda"
    """Which weights go: the smallest, or those that contribute least on the examples."""

    keep: Annotated[tuple[str, ...], arg(metavar="PATTERN...", help_behavior_hint="(default: none)")] = ()
    """Matrices that stay whole, by name: encoder.* layers.0.* *.recurrence.C decoder.*"""

    gelu: Literal["sigmoid", "relu"] | None = None
    """What takes the place of GELU, which has no integer form: x sigmoid(2.12 x - 0.49 clip(x, -1, 1)), which is within
    0.006 of it, or relu. By default a model with GELU is refused."""

    frames_per_second: float = 1.0
    """How many frames a second the model is shown."""

    name: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="(default: that of FILE)")] = None
    """What the model is called."""

    licence: str = "not stated"
    """The licence of the weights, such as MIT."""

    json: bool = False
    """Print what was measured as JSON."""

    overwrite: bool = False
    """Replace FILE if it exists."""

    def run(self) -> None:
        """Write the file.

        Raises:
            ProofError: what the map describes gives other outputs than the model.
            Refusal: a file is missing, or FILE cannot or must not be written.
            ValueError: a file or the map is not as it must be, or the model has no integer form.
        """
        wishes = self.wishes()
        try:
            made = import_model(
                self.weights, self.map.read_text(encoding="utf-8"), self.examples, wishes, say=self.say
            )
        except ModuleNotFoundError as error:
            if error.name is None or error.name.split(".")[0] != "safetensors":
                raise
            raise missing_extra("import", "reading .safetensors needs the package safetensors") from error
        write_program(made.program, self.out)
        if self.json:
            print(
                json.dumps({"file": str(self.out), "bytes": self.out.stat().st_size, **made.report}, indent=2)
            )
            return
        size, whole = bytes_text(self.out.stat().st_size), made.report["snr_db"]["whole"]
        told = "the same" if whole is None else f"{whole:.1f} dB"
        stdout.print(
            f"{self.out}: {size}, {told} against the outputs of the model; linnet inspect {shell(self.out)} says more.",
            soft_wrap=True,
        )

    def wishes(self) -> Wishes:
        """What the options ask for.

        Raises:
            Refusal: an option asks for what cannot be, or FILE cannot or must not be written.
        """
        if self.out.suffix != SUFFIX:
            raise Refusal(f"{self.out} does not end in {SUFFIX}, as model files do; name another FILE.")
        refuse_unwritable(self.out)
        refuse_present(self.out, another="another FILE", overwrite=self.overwrite)
        if not 0 < self.density <= 1:
            raise Refusal(
                f"--density is {self.density:g}, which is no share of the weights; give more than 0, up to 1."
            )
        if self.keep and self.density == 1:
            raise Refusal(
                "--keep names what is not pruned, and without --density nothing is; add --density, or leave it out."
            )
        if not 0 < self.frames_per_second <= MOST_FRAMES_PER_SECOND:
            raise Refusal(
                f"--frames-per-second is {self.frames_per_second:g}, at which no frames come; give more than 0, up to "
                f"{MOST_FRAMES_PER_SECOND:g}."
            )
        name = self.out.stem if self.name is None else self.name
        fault = file_name_fault(name, longest_bytes=LONGEST_NAME_BYTES)
        if fault is not None:
            raise Refusal(
                f"{name!r} cannot be the name of a model, because {fault}; give another with --name."
            )
        if not self.licence or one_line(self.licence) != self.licence:
            raise Refusal(
                f"{self.licence!r} is not one line of text, as a licence must be; name one, such as MIT."
            )
        return Wishes(
            name, self.licence, self.frames_per_second, self.density, self.rule, self.keep, self.gelu
        )

    def say(self, text: str) -> None:
        """Print what was done: beside the answer where that is JSON."""
        (stderr if self.json else stdout).print(text, soft_wrap=True)
