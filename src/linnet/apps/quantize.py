"""`linnet quantize`: a trained run in, an integer model file out. The work itself is the compiler's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from linnet.apps.outputs import refuse_unwritable
from linnet.apps.refusal import Refusal, import_from_extra
from linnet.apps.report import bytes_text, stdout
from linnet.quant.scheme import SCHEMES


@dataclass(frozen=True)
class Quantize:
    """Turn a trained run into an integer model file for `linnet denoise` and the engine.

    Measures the range of every wire on recordings, chooses the scales, and writes the file. Needs the extra [train].
    """

    trained: Annotated[Path, arg(name="run", metavar="RUN"), Positional]
    """The folder of a run of `linnet train`."""

    data: Annotated[Path, arg(metavar="DIR")]
    """The recordings the ranges are measured on: the folder the run was trained on, or one like it."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="FILE")]
    """The model file to write, ending in .gguf."""

    activation_bits: Literal[8, 16] = 16
    """Bits of what matrices multiply their weights with: 16, or 8, which is somewhat faster and coarser."""

    overwrite: bool = False
    """Replace FILE where it exists."""

    def run(self) -> None:
        """Write the model file.

        Raises:
            Refusal: a folder is missing, the file exists, or an extra is not installed.
        """
        if not self.trained.is_dir():
            raise Refusal(
                f"{self.trained} is not a folder, so there is no trained model in it; name the RUN of linnet train."
            )
        if not self.data.is_dir():
            raise Refusal(
                f"{self.data} is not a folder, so no ranges can be measured; name the folder of your recordings."
            )
        if self.out.suffix != ".gguf":
            raise Refusal(
                f"{self.out} does not end in .gguf, as model files do; name {self.out.with_suffix('.gguf')}."
            )
        refuse_unwritable(self.out)
        if self.out.exists() and not self.overwrite:
            raise Refusal(
                f"{self.out} exists already and would be lost; name another file, or add --overwrite."
            )
        deploy = import_from_extra("linnet.apps.deploy", extra="train", why="quantization needs JAX")
        scheme = SCHEMES[self.activation_bits]
        for score in deploy.deploy(self.trained, self.data, self.out, scheme=scheme):
            stdout.print(
                f"{score.split}: mean SI-SNR of {score.clips} clips {score.noisy_db:.2f} dB noisy, "
                f"{score.float_db:.2f} dB by the float model, {score.integer_db:.2f} dB by the integers"
            )
        stdout.print(
            f"{self.out}: {bytes_text(self.out.stat().st_size)}; linnet inspect {self.out} says more."
        )
