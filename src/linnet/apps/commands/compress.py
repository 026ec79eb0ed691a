"""`linnet compress`: a text as few bytes, by a text model and the text so far. The work is runtime/text_file.py's."""

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
class Compress:
    """Compress a text, so that `linnet decompress` gives it back byte for byte, on any machine.

    The model that ships knows English, and learns from the text as it goes on. Any file comes back whole. It reads the
    text byte by byte, at tens of thousands of bytes a second, in memory that does not grow.
    """

    MAY_BE_PIPES = ("source", "out")  # no annotation: not an option

    source: Annotated[Path, arg(metavar="IN"), Positional]
    """The text; - is standard input."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="OUT")]
    """The file to write; - is standard output."""

    model: Annotated[str, arg(metavar="NAME|PATH")] = DEFAULT_TEXT_MODEL
    """A model that ships, or a model file of the task text. The same one is needed to decompress."""

    overwrite: bool = False
    """Replace OUT if it exists."""

    def run(self) -> None:
        """Read, write, and say how small it became.

        Raises:
            Refusal: IN is no file, or OUT must not be written.
            ModelError: the model reads no text.
            WriteError: OUT cannot be written.
        """
        model, began = TextModel(model_path(self.model)), time.perf_counter()
        refuse_files(self.source, self.out, overwrite=self.overwrite)
        with reading(self.source, "compressing") as text:
            packed = write_pieces(self.out, model.compress_pieces(text.pieces()))
        tell(self.out, text=text.bytes, packed=packed, began=began)
