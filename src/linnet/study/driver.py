"""The trials of a study one after the other, in this process. Side by side is the business of cluster.py."""

from __future__ import annotations

import gc
import itertools
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from linnet.audio.held import Shelf, holding
from linnet.audio.sources import Sources
from linnet.output.lock import FolderLock, LockError
from linnet.study.ledger import Ledger
from linnet.study.settings import Measures
from linnet.study.space import Trial
from linnet.study.stopping import Hopeless, Rule
from linnet.study.trial import compiled_kept, do_trial

FREE_SECONDS = 60.0
"""How long a trial waits for a worker that was given up, but still holds the trial's folder."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a trial: "begun", "lost" (its worker, so it is begun again), "done", "failed",
    or "stopped" by the rule of stopping.py."""

    kind: str
    trial: Trial
    result: dict[str, Any] | None = None
    """Of a trial that is done."""
    reason: str = ""
    """Why it failed, was lost or stopped."""
    where: str = ""
    """On which machine, and in which process, it was begun, where that is not this one."""
    seconds: float = 0.0


Listen = Callable[[Event], None]


def run_here(
    trials: Sequence[Trial],
    data: str | Path,
    ledger: Ledger,
    measures: Measures,
    listen: Listen,
    rule: Rule | None = None,
) -> None:
    """Do the trials that are not done. One that fails does not hold up the others.

    Raises:
        LockError: another process works in the folder.
    """
    ledger.folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(ledger.folder), holding(), compiled_kept(compiled_folder(ledger)):
        for trial in trials:
            if ledger.is_done(trial, measures):
                continue
            listen(Event("begun", trial))
            listen(attempt(trial, data, ledger, measures, rule))


def compiled_folder(ledger: Ledger) -> Path:
    """Where this machine keeps what it compiles: another may have another processor."""
    return ledger.folder / "compiled" / (platform.node() or "here")


def attempt(
    trial: Trial, data: str | Path, ledger: Ledger, measures: Measures, rule: Rule | None = None
) -> Event:
    """Do one trial; what it raises becomes an event."""
    began = time.monotonic()
    try:
        wait_until_free(ledger.place(trial.key) / "run")
        result = do_trial(trial, data, ledger, measures, rule)
    except Hopeless as why:
        ledger.note_stopped(trial.key, str(why))
        return Event("stopped", trial, reason=str(why), seconds=time.monotonic() - began)
    except Exception as error:
        return Event(
            "failed", trial, reason=f"{type(error).__name__}: {error}", seconds=time.monotonic() - began
        )
    finally:
        gc.collect()
    return Event("done", trial, result, seconds=time.monotonic() - began)


def wait_until_free(run: Path) -> None:
    """Wait for the worker of a study that was killed to let a run go; training itself refuses where it does not."""
    began = time.monotonic()
    while run.is_dir() and time.monotonic() - began < FREE_SECONDS:
        try:
            FolderLock(run).release()
            return
        except LockError:
            time.sleep(0.1)


def recordings_of(trials: Sequence[Trial], data: Path) -> Shelf:
    """All recordings that some trials are trained and scored on, read whole.

    Raises:
        AudioError: one cannot be read.
    """
    tasks = {repr(trial.recipe.task): trial.recipe.task for trial in trials}.values()
    splits: tuple[Literal["train", "val", "test"], ...] = ("train", "val", "test")
    with holding() as shelf:
        for task, split in itertools.product(tasks, splits):
            if task.has(data, split):
                task.examples(data, split, seed=0)
    for kept in shelf.values():
        if isinstance(kept, Sources):
            kept.wait()
    return shelf
