"""The trials of a study one after the other, in this process."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax

from linnet.audio.held import holding
from linnet.output.lock import FolderLock
from linnet.study.ledger import Ledger
from linnet.study.space import Measures, Trial
from linnet.study.trial import compiled_kept, do_trial


@dataclass(frozen=True)
class Event:
    """Something that happened to a trial: "begun", "done" with its `result`, or "failed" with its `reason`."""

    kind: str
    trial: Trial
    result: dict[str, Any] | None = None
    reason: str = ""
    seconds: float = 0.0


Listen = Callable[[Event], None]


def run_here(
    trials: Sequence[Trial], data: str | Path, ledger: Ledger, measures: Measures, listen: Listen
) -> None:
    """Do the trials that are not done. One that fails does not hold up the others.

    Raises:
        LockError: another process works in the folder.
    """
    ledger.folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(ledger.folder), holding(), compiled_kept(ledger.folder / "compiled"):
        for trial in trials:
            if ledger.is_done(trial, measures):
                continue
            listen(Event("begun", trial))
            listen(attempt(trial, data, ledger, measures))


def attempt(trial: Trial, data: str | Path, ledger: Ledger, measures: Measures) -> Event:
    """Do one trial; what it raises becomes an event."""
    began = time.monotonic()
    try:
        result = do_trial(trial, data, ledger, measures)
    except Exception as error:
        return Event("failed", trial, None, f"{type(error).__name__}: {error}", time.monotonic() - began)
    finally:
        jax.clear_caches()
        gc.collect()
    return Event("done", trial, result, "", time.monotonic() - began)
