"""`linnet quantize`: a trained run in, an integer model file out. The work itself is deploy.py's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from tyro.conf import Positional, arg

from linnet.apps.desk.console import bytes_text, stdout
from linnet.apps.desk.outputs import refuse_present, refuse_unwritable
from linnet.apps.desk.refusal import Refusal, import_from_extra, require_recordings, require_run
from linnet.output.quoting import shell
from linnet.quant.scheme import SCHEMES, W8A16, Scheme

NARROW_STATE_BITS = 24


@dataclass(frozen=True)
class Quantize:
    """Turn a trained run into an integer model file for `linnet denoise` and the engine.

    Measures the range of every wire on recordings, chooses the scales, and writes the file. Needs the extra [train].
    """

    trained: Annotated[Path, arg(name="run", metavar="RUN"), Positional]
    """The folder of a run of `linnet train`."""

    data: Annotated[Path, arg(metavar="DIR")]
    """Recordings on which ranges are measured: the folder that the run was trained on, or a similar one."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="FILE")]
    """The model file to write, ending in .gguf."""

    activation_bits: Literal[8, 16] | None = None
    """Bits of the inputs of matrices: 16, or 8, which is somewhat faster and less exact. The default is what the
    recipe of RUN was trained for, else 16."""

    weight_bits: Literal[4, 8] | None = None
    """Bits of weights: 8, or 4, which is less exact and makes more of them zero; each nonzero takes a byte either way.
    The default is what the recipe of RUN was trained for, else 8."""

    eight_bits_for: Annotated[tuple[str, ...], arg(metavar="PATTERN...")] = ()
    """Matrices that keep 8 bits when the others have 4, by name: encoder.* layers.0.* *.ssm.B decoder.*"""

    weight_scale: Literal["row", "matrix"] = "row"
    """One scale for each row of a matrix, or one for the whole matrix."""

    observer: Literal["min-max", "percentile", "mse"] | None = None
    """What the scale of a wire covers: the largest value found; --percent of the values; or, mse, the range with the
    least squared error of rounding and saturation, which then decides the scales of matrices too. The default is mse
    for 8-bit activations, else min-max."""

    percent: float = 99.99
    """The percentage of the values that a scale covers with --observer percentile."""

    equalize: bool | None = None
    """Whether small features that large weights read are scaled up first, which only makes the rounding of weights more
    exact. By default they are if RUN was not trained with this rounding, unless both weights and activations have 8
    bits, or --weight-scale is matrix."""

    state_bits: Literal[24, 32] = 32
    """Bits that a state may use before the values read out of it saturate: 32, or 24 for chips with 24-bit states,
    such as Loihi 2."""

    overwrite: bool = False
    """Replace FILE if it exists."""

    def run(self) -> None:
        """Write the model file.

        Raises:
            Refusal: a folder is missing, the file exists, options contradict each other, or an extra is not installed.
        """
        self.refuse_missing()
        deploy = import_from_extra("linnet.life.deploy", extra="train", why="quantization needs JAX")
        schemes = import_from_extra("linnet.life.schemes", extra="train", why="quantization needs JAX")
        scheme = self.scheme(schemes.trained_scheme(self.trained))
        observer = self.observe(scheme)
        for score in deploy.deploy(self.trained, self.data, self.out, scheme=scheme, observer=observer):
            stdout.print(score.text)
        stdout.print(
            f"{self.out}: {bytes_text(self.out.stat().st_size)}; linnet inspect {shell(self.out)} says more."
        )

    def refuse_missing(self) -> None:
        """Refuse what is missing, and a file that cannot be written or would be lost."""
        require_run(self.trained)
        require_recordings(self.data, so="no ranges can be measured")
        if self.out.suffix != ".gguf":
            raise Refusal(
                f"{self.out} does not end in .gguf, as model files do; name {self.out.with_suffix('.gguf')}."
            )
        refuse_unwritable(self.out)
        refuse_present(self.out, another="another file", overwrite=self.overwrite)

    def scheme(self, trained_for: Scheme | None) -> Scheme:
        """The bits and scales that the options ask for; where they are silent, those the run was trained for."""
        chosen = silent = trained_for or W8A16
        if (self.weight_bits, self.activation_bits) != (None, None):
            weight_bits = self.weight_bits or silent.weight_bits
            chosen = SCHEMES[f"W{weight_bits}A{self.activation_bits or silent.activation_bits}"]
        if self.eight_bits_for and chosen.weight_bits == 8:
            raise Refusal(
                f"--eight-bits-for {' '.join(self.eight_bits_for)} changes nothing, because all weights have 8 bits; "
                "add --weight-bits 4, or leave it out."
            )
        if self.observer == "mse":
            chosen = replace(chosen, wire_fit="least-squares", weight_fit="least-squares")
        elif self.observer:
            chosen = replace(
                chosen,
                wire_fit="largest",
                weight_fit="largest" if chosen.weight_bits == 8 else chosen.weight_fit,
            )
        kept = tuple((pattern, 8) for pattern in self.eight_bits_for)
        chosen = replace(
            chosen,
            weight_bits_of_names=(*kept, *chosen.weight_bits_of_names),
            weight_scale=self.weight_scale,
        ).after_training(trained_for)
        if self.state_bits == NARROW_STATE_BITS:
            chosen = replace(chosen, state_guard_bits=NARROW_STATE_BITS - chosen.wire_bits("ssm.state"))
        return chosen if self.equalize is None else replace(chosen, equalize=self.equalize)

    def observe(self, scheme: Scheme) -> Any:
        """The observer that the options ask for; where they are silent, that of the scheme."""
        observers = import_from_extra("linnet.quant.observers", extra="train", why="quantization needs JAX")
        if self.observer == "percentile":
            return observers.percentile(self.percent)
        return observers.observer_of(scheme)
