"""`linnet report`: one page about a model, with pictures of what it is and of what it does on a recording."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from linnet.apps.desk.console import bytes_text, stdout
from linnet.apps.desk.models import ANY_MODEL_HELP, model_path
from linnet.apps.desk.outputs import refuse_present, refuse_unwritable
from linnet.apps.desk.pairs import recordings_of
from linnet.apps.desk.refusal import Refusal
from linnet.apps.pages.page import write_report


@dataclass(frozen=True)
class Report:
    """Write one page about a model, with pictures: layers, weights, and what it does on a recording.

    The page is a single HTML file that needs nothing else. Needs the extra [plot].
    """

    model: Annotated[str, arg(help=ANY_MODEL_HELP, metavar="NAME|PATH"), Positional]

    out: Annotated[Path, arg(aliases=["-o"], metavar="PAGE.html")]
    """The page to write."""

    audio: Annotated[tuple[Path, ...], arg(metavar="FILE...", help_behavior_hint="(default: none)")] = ()
    """Recordings, or folders of them, on which to measure, instead of the figures on the card; the first is drawn."""

    training: Annotated[Path | None, arg(name="run", metavar="RUN")] = None
    """The folder of the run that trained the model, for the training curves."""

    overwrite: bool = False
    """Replace the page if it exists."""

    def run(self) -> None:
        """Write the page.

        Raises:
            ArtifactError: the file is not a valid model.
            AudioError, Refusal: there is no such model or run, a recording cannot be used, or the page is there.
        """
        path = model_path(self.model)
        if self.out.suffix.lower() not in (".html", ".htm"):
            raise Refusal(f"{self.out} does not end in .html, but the page is HTML; name it page.html.")
        refuse_unwritable(self.out)
        refuse_present(self.out, another="another PAGE.html", overwrite=self.overwrite)
        paths = recordings_of(self.audio)
        if self.out.resolve() in {entry.resolve() for entry in (path, *paths)}:
            raise Refusal(
                f"{self.out} is an input of the page, so it is not replaced; name another PAGE.html."
            )
        write_report(path, self.out, recordings=paths, run=self.training)
        stdout.print(f"{self.out}: {bytes_text(self.out.stat().st_size)}")
