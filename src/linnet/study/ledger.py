"""The folder of a study: a folder for every trial, by its key, and what is known of it.

A trial is done when its result.json is there, which is written last and whole. Several studies may share a folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linnet.output.atomic import append_line, write_text
from linnet.study.settings import StudyError

if TYPE_CHECKING:  # a report needs no JAX
    from linnet.study.settings import Measures
    from linnet.study.space import Trial

FORMAT = 1
OLDER: dict[str, Any] = {"measure": "si_snr_db"}
"""What results that were written without these fields mean by leaving them out."""


class Ledger:
    """What stands in the folder of a study."""

    def __init__(self, folder: str | Path) -> None:
        """Look into a folder, which is made when something is written."""
        self.folder = Path(folder)

    def place(self, key: str) -> Path:
        """The folder of one trial."""
        return self.folder / "trials" / key

    def result(self, key: str) -> dict[str, Any] | None:
        """The result of a trial; None where it is not done.

        Raises:
            StudyError: its file is damaged.
        """
        path = self.place(key) / "result.json"
        if not path.is_file():
            return None
        try:
            found: dict[str, Any] = dict(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise StudyError(
                f"{path} is damaged, so what this trial gave cannot be read; delete it, and linnet study run goes on "
                "from the trial's own files."
            ) from error
        return OLDER | found if found.get("format") == FORMAT else None

    def is_done(self, trial: Trial, measures: Measures) -> bool:
        """Whether a trial is done and all that is wanted of it measured."""
        result = self.result(trial.key)
        if result is None:
            return False
        had = result["measures"]
        return had["perceptual"] >= measures.perceptual and set(measures.schemes) <= set(had["schemes"])

    def write_result(self, key: str, result: dict[str, Any]) -> None:
        """Write what a trial gave: from now on it is done."""
        write_text(self.place(key) / "result.json", json.dumps({"format": FORMAT, **result}) + "\n")

    def note_begun(self, key: str, where: str) -> None:
        """Note that a trial is begun, or gone on with, and where; for those who watch from another process."""
        self.place(key).mkdir(parents=True, exist_ok=True)
        append_line(self.place(key) / "begun.txt", where)

    def begun(self, key: str) -> list[str]:
        """Where a trial was begun or gone on with, each time `note_begun` was called."""
        path = self.place(key) / "begun.txt"
        return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []

    def note_stopped(self, key: str, why: str) -> None:
        """Note that a trial was ended early."""
        write_text(self.place(key) / "stopped.txt", why + "\n")

    def was_stopped(self, key: str) -> bool:
        """Whether a trial was ended early."""
        return (self.place(key) / "stopped.txt").is_file()

    def results(self, keys: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """The results of some trials, or of all in the folder, in the order of their keys."""
        chosen = sorted(p.name for p in (self.folder / "trials").glob("*")) if keys is None else list(keys)
        return [result for result in map(self.result, chosen) if result is not None]
