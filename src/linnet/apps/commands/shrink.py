"""`linnet shrink`: a model file without what cannot reach its outputs. The work itself is life/shrink.py's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from linnet.apps.desk.console import bytes_text, stdout
from linnet.apps.desk.models import ANY_MODEL_HELP, SUFFIX, model_path
from linnet.apps.desk.outputs import refuse_present, refuse_unwritable
from linnet.apps.desk.refusal import Refusal, import_from_extra, require_recordings


@dataclass(frozen=True)
class Shrink:
    """Write a model file without what cannot reach its outputs: states and columns. The outputs keep every bit.

    `linnet quantize` does so since dead values leave a model when it is lowered; this is for older files. What the
    card says of activity and multiplications is measured anew. Needs the extra [train].
    """

    model: Annotated[str, arg(help=ANY_MODEL_HELP, metavar="NAME|PATH"), Positional]

    data: Annotated[Path, arg(metavar="DIR")]
    """The recordings that the model was trained on, or a similar folder."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="FILE")]
    """The model file to write, ending in .gguf; it may be the same file, with --overwrite."""

    overwrite: bool = False
    """Replace FILE if it exists."""

    def run(self) -> None:
        """Write the file.

        Raises:
            ArtifactError: the file is not a valid model.
            Refusal: nothing is dead, DIR is no folder, or FILE cannot or must not be written.
        """
        if self.out.suffix != SUFFIX:
            raise Refusal(f"{self.out} does not end in {SUFFIX}, as model files do; name another FILE.")
        require_recordings(self.data, so="what the card says cannot be measured")
        refuse_unwritable(self.out)
        refuse_present(self.out, another="another FILE", overwrite=self.overwrite)
        path = model_path(self.model)
        before = path.stat().st_size
        life = import_from_extra("linnet.life.shrink", extra="train", why="measuring on recordings needs JAX")
        if not life.shrink(path, self.data, self.out):
            raise Refusal(
                f"{self.model} has no dead states or columns, so no file was written; use it unchanged."
            )
        after = self.out.stat().st_size
        stdout.print(f"{self.out}: {bytes_text(after)}, {bytes_text(before)} before", soft_wrap=True)
