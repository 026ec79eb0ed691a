"""Files and pipes of text on their way in and out: what is refused before any work, progress, and whole files alone.

A file appears under its name only when all of it is there. A pipe gets what is ready.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from linnet.apps.desk.console import bytes_text, stderr, stdout
from linnet.apps.desk.outputs import refuse_present, refuse_unwritable
from linnet.apps.desk.refusal import Refusal
from linnet.output.atomic import Draft, writing
from linnet.output.quoting import one_line

PIPE = Path("-")
AT_ONCE = 1 << 16
"""Bytes of a text that are read at once."""


def refuse_files(source: Path, target: Path, *, overwrite: bool) -> None:
    """Refuse what can be known before the first byte: an IN that is no file, an OUT that must not be written.

    Raises:
        Refusal: says which, and what to do.
        WriteError: the folder of OUT takes no file.
    """
    if source == PIPE and sys.stdin.isatty():
        raise Refusal(
            "- came as IN and nothing is piped in, so this would wait forever; pipe a file in, or name it."
        )
    if source != PIPE and not source.is_file():
        what = "is a folder" if source.is_dir() else "is no file"
        raise Refusal(f"{source} {what}, so there is nothing to read; name a file, or - for standard input.")
    if target == PIPE:
        if sys.stdout.isatty():
            raise Refusal(
                "- came as OUT and standard output is a terminal, which bytes of any kind would confuse; pipe them "
                "on, or name a file."
            )
        return
    refuse_unwritable(target)
    if source != PIPE and target.exists() and target.samefile(source):
        raise Refusal(f"{target} is IN and OUT, and it would be read while it is replaced; name another OUT.")
    refuse_present(target, another="another OUT", overwrite=overwrite)


class Counted:
    """An open file that counts what is read from it and shows how far it is."""

    def __init__(self, file: BinaryIO, progress: Progress, what: str) -> None:
        """Begin at the first byte; `what` is shown beside the bar."""
        about = os.fstat(file.fileno()) if hasattr(file, "fileno") else None
        total = about.st_size if about and stat.S_ISREG(about.st_mode) else None
        self._file, self._progress, self.bytes = file, progress, 0
        self._task = progress.add_task(what, total=total)

    def read(self, size: int, /) -> bytes:
        """The next `size` bytes, fewer only at the end."""
        found = self._file.read(size)
        self.bytes += len(found)
        self._progress.advance(self._task, len(found))
        return found

    def pieces(self) -> Iterator[bytes]:
        """All that is left, piece by piece."""
        while piece := self.read(AT_ONCE):
            yield piece


@contextmanager
def reading(source: Path, what: str) -> Iterator[Counted]:
    """Open a file, or standard input, with a bar of progress on a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with ExitStack() as owned:
        progress = Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal)
        owned.enter_context(progress)
        file = sys.stdin.buffer if source == PIPE else owned.enter_context(open(source, "rb"))
        yield Counted(file, progress, what)


def write_pieces(target: Path, pieces: Iterable[bytes]) -> int:
    """Write all pieces to a file, whole or not at all, or to standard output as they come; return their bytes.

    Raises:
        WriteError: the disk does not take them.
    """
    if target == PIPE:
        return sum(_passed_on(piece) for piece in pieces)
    written = 0
    with Draft(target) as draft:
        for piece in pieces:
            with writing(target):
                written += draft.file.write(piece)
    return written


def _passed_on(piece: bytes) -> int:
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
    return len(piece)


def tell(target: Path, *, text: int, packed: int, began: float) -> None:
    """Say how large text and file are, and how long it took since `began` by time.perf_counter."""
    seconds = time.perf_counter() - began
    bits = f", {8 * packed / text:.3f} bits a byte" if text else ""
    line = (
        f"{one_line(str(target))}: {bytes_text(text)} of text, {bytes_text(packed)} compressed{bits}; "
        f"{text / max(seconds, 1e-9):,.0f} bytes of text a second"
    )
    (stderr if target == PIPE else stdout).print(line, highlight=False, soft_wrap=True)
