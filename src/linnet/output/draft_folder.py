"""A folder whose entries appear together, once all are written; the files themselves are atomic.py's business."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from linnet.output.atomic import KeptWhereAllEndsWell, begin_draft, remove_draft, sync_folder, writing


class DraftFolder(KeptWhereAllEndsWell):
    """A folder whose entries appear together once all are written; for a folder that is new or empty.

    Files are written below `path`. An error or Ctrl-C removes them all.
    """

    def __init__(self, target: str | os.PathLike[str]) -> None:
        """Make the folder, where it is missing, and a draft within it.

        Raises:
            WriteError: it cannot be made.
        """
        self.target = Path(target)
        with writing(target):
            self._is_new = not self.target.exists()
            self.target.mkdir(parents=True, exist_ok=True)
            self.path = begin_draft(self.target)
            self.path.mkdir()

    def keep(self) -> None:
        """Give all entries their place, in the order of their names.

        Raises:
            WriteError: an entry cannot be moved; none is left behind.
        """
        placed: list[Path] = []
        try:
            with writing(self.target):
                for entry in sorted(self.path.iterdir()):
                    placed.append(self.target / entry.name)
                    entry.rename(placed[-1])
                sync_folder(self.target)
        except BaseException:
            for path in placed:
                remove_draft(path)
            raise
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove the draft with all that is in it, and the folder where it was made for it."""
        remove_draft(self.path)
        if self._is_new:
            with suppress(OSError):  # not empty: it was kept
                self.target.rmdir()
