"""`linnet decompress`: the text that `linnet compress` made small. The work is runtime/text_file.py's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from linnet.apps.desk.models import model_path
from linnet.apps.desk.text_files import reading, refuse_files, tell, write_pieces
from linnet.runtime import TextModel
from linnet.runtime.pretrained import DEFAULT_TEXT_MODEL


@dataclass(frozen=True)
class Decompress:
    """Decompress a text, as `linnet compress` wrote it, byte for byte. It needs the model that compressed it.

    A file that was made with another model, that is damaged or that was cut is refused, and then OUT is not written.
    A pipe gets the text as it comes; it is right only if the exit code is 0.
    """

    MAY_BE_PIPES = ("source", "out")  # no annotation: not an option

    source: Annotated[Path, arg(metavar="IN"), Positional]
    """The compressed file; - is standard input."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="OUT")]
    """The file to write; - is standard output."""

    model: Annotated[str, arg(metavar="NAME|PATH")] = DEFAULT_TEXT_MODEL
    """The model that compressed it: one that ships, or a model file."""

    overwrite: bool = False
    """Replace OUT if it exists."""

    def run(self) -> None:
        """Read and write.

        Raises:
            Refusal: IN is no file, or OUT must not be written.
            ModelError: the model reads no text.
            PackedError: IN is damaged, or of another model, or no compressed text.
            WriteError: OUT cannot be written.
        """
        model, began = TextModel(model_path(self.model)), time.perf_counter()
        refuse_files(self.source, self.out, overwrite=self.overwrite)
        label = "standard input" if str(self.source) == "-" else str(self.source)
        with reading(self.source, "decompressing") as packed:
            text = write_pieces(self.out, model.decompress_file(packed, label))
        tell(self.out, text=text, packed=packed.bytes, began=began)
