"""The trials of a study side by side, on the cores of this machine or of a cluster. The one door to Ray.

Ray places a trial where a core is free, and again elsewhere when its worker or machine is lost. All that is kept of a
trial lies in the folder of the study, which every machine sees, checkpoints too. So whatever is killed, a trial goes on
from its last checkpoint. Recordings are read once, here; Ray carries them once to every machine, where all workers
share them.
"""

from __future__ import annotations

import logging
import os
import platform
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray tells its makers of every cluster otherwise
os.environ.setdefault(
    "RAY_worker_niceness", "0"
)  # 15 otherwise: other work on the machine would starve trials
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # its next default, so that it need not warn

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from linnet.audio.held import Shelf, holding
from linnet.bench.machine import installed_version
from linnet.output.atomic import write_text
from linnet.output.lock import FolderLock
from linnet.study.driver import Event, Listen, attempt, compiled_folder, recordings_of
from linnet.study.ledger import Ledger
from linnet.study.settings import Measures, StudyError
from linnet.study.space import Trial
from linnet.study.stopping import Rule
from linnet.study.trial import compiled_kept

RETRIES = 5
"""Times that a trial is begun again after its worker was lost."""
ANSWER_SECONDS = 5.0
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 300.0
"""How long a machine may take to start Python and say what it has; a busy one took more than 120."""


@dataclass(frozen=True)
class Work:
    """What all trials share; the folders are absolute, and `token` names a file that stands in that of the study."""

    folder: Path
    data: Path
    measures: Measures
    token: str
    rule: Rule | None = None


@contextmanager
def cores_here(jobs: int) -> Iterator[None]:
    """Workers on this machine, as many as `jobs`, which end with this process, however it ends."""
    ray.init(
        address="local",
        num_cpus=jobs,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def cluster_at(address: str) -> Iterator[None]:
    """A cluster that runs already, which this machine is part of; it stays when we leave.

    Args:
        address: HOST:PORT, as `ray start --head` says it.

    Raises:
        StudyError: nobody answers there, or not with a cluster that this process can join.
    """
    _require_answer(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # Ray raises many kinds
        raise StudyError(
            f"the cluster at {address} cannot be joined ({' '.join(str(error).split())}); run this on a machine that "
            f"is part of it (ray start --address={address}), with the same Python and Ray."
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _require_answer(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise StudyError(
            f"address={address!r} is no HOST:PORT, so no cluster can be found there; give what ray start --head said."
        )
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise StudyError(
            f"nobody answers at {address} ({error}), so there is no cluster to join; start one with ray start --head, "
            "or leave out --address."
        ) from error


def run_beside(
    trials: Sequence[Trial],
    data: str | Path,
    ledger: Ledger,
    measures: Measures,
    listen: Listen,
    rule: Rule | None = None,
) -> None:
    """Do the trials that are not done, inside of `cores_here`. One that fails holds up no other.

    Raises:
        LockError: another process works in the folder.
        AudioError: recordings cannot be read.
    """
    _run(_work(data, ledger, measures, rule), trials, listen)


def run_there(
    trials: Sequence[Trial],
    data: str | Path,
    ledger: Ledger,
    measures: Measures,
    listen: Listen,
    rule: Rule | None = None,
) -> None:
    """Do the trials that are not done, inside of `cluster_at`. One that fails holds up no other.

    Raises:
        LockError: another process works in the folder.
        StudyError: a machine of the cluster does not see the folders, or has another version of Linnet.
        AudioError: recordings cannot be read.
    """
    _run(_work(data, ledger, measures, rule), trials, listen, first=_require_same_everywhere)


def _work(data: str | Path, ledger: Ledger, measures: Measures, rule: Rule | None) -> Work:
    folder, token = ledger.folder.resolve(), f".{uuid.uuid4().hex}.token"
    return Work(folder, Path(data).resolve(), measures, token, rule)


def _run(
    work: Work, trials: Sequence[Trial], listen: Listen, *, first: Callable[[Work], None] = lambda work: None
) -> None:
    work.folder.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(work.folder)
    waiting = [trial for trial in trials if not ledger.is_done(trial, work.measures)]
    log = work.folder / "ray.log"  # Ray prints what becomes of workers; those who watch are told by events
    with FolderLock(work.folder), open(log, "a", encoding="utf-8") as file, redirect_stdout(file):
        for stale in work.folder.glob(".*.token"):
            stale.unlink()
        write_text(work.folder / work.token, "This folder is seen by the machine that reads this.\n")
        try:
            first(work)
            _do_all(work, waiting, ledger, listen)
        finally:
            (work.folder / work.token).unlink(missing_ok=True)


def _do_all(work: Work, waiting: Sequence[Trial], ledger: Ledger, listen: Listen) -> None:
    shelf = ray.put(recordings_of(waiting, work.data))
    do = ray.remote(num_cpus=1, max_retries=RETRIES)(_do)
    running = {do.remote(work, shelf, trial): _Watched(trial, ledger) for trial in waiting}
    while running:
        ready, _ = ray.wait(list(running), timeout=LOOK_SECONDS)
        for watched in running.values():
            watched.look(ledger, listen)
        for ref in ready:
            listen(running.pop(ref).ended(ref))


class _Watched:
    """A trial that was given to Ray, as the driver sees it."""

    def __init__(self, trial: Trial, ledger: Ledger) -> None:
        self.trial, self.known, self.begun = trial, len(ledger.begun(trial.key)), 0.0

    def look(self, ledger: Ledger, listen: Listen) -> None:
        """Say whether it was begun since the last look; the second time its worker must have been lost."""
        lines = ledger.begun(self.trial.key)
        for where in lines[self.known :]:
            if self.begun:
                listen(
                    Event("lost", self.trial, reason="its worker was lost; it goes on from its checkpoint")
                )
            self.begun = time.monotonic()
            listen(Event("begun", self.trial, where=where))
        self.known = max(self.known, len(lines))

    def ended(self, ref: Any) -> Event:
        """How it ended."""
        try:
            event: Event = ray.get(ref)
        except ray.exceptions.RayError as error:
            seconds = time.monotonic() - self.begun if self.begun else 0.0
            return Event("failed", self.trial, reason=f"{type(error).__name__}: {error}", seconds=seconds)
        return event


def _do(work: Work, shelf: Shelf, trial: Trial) -> Event:
    """Do one trial in a worker."""
    ledger = Ledger(work.folder)
    if fault := _fault(work):
        return Event("failed", trial, reason=f"StudyError: {platform.node()} {fault}")
    ledger.note_begun(trial.key, f"{platform.node()}, process {os.getpid()}")
    with holding(dict(shelf)), compiled_kept(compiled_folder(ledger)):
        return attempt(trial, work.data, ledger, work.measures, work.rule)


def _fault(work: Work) -> str:
    """What keeps trials from running on this machine; nothing where there is nothing."""
    if not (work.folder / work.token).is_file():
        return f"does not see {work.folder}"
    return "" if work.data.is_dir() else f"does not see {work.data}"


def _versions() -> tuple[str, ...]:
    return (f"Linnet {installed_version()}", *(f"{name} {version(name)}" for name in ("jax", "numpy")))


def _introduce(work: Work) -> tuple[str, str, tuple[str, ...]]:
    return platform.node(), _fault(work), _versions()


def _require_same_everywhere(work: Work) -> None:
    introduce = ray.remote(num_cpus=0)(_introduce)
    nodes: Callable[[], list[dict[str, Any]]] = ray.nodes
    asked = [
        introduce.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ).remote(work)
        for node in nodes()
        if node["Alive"]
    ]
    try:
        answers = ray.get(asked, timeout=PATIENCE_SECONDS)
    except ray.exceptions.GetTimeoutError as error:
        raise StudyError(
            f"not all of the {len(asked)} machines of the cluster answered within {PATIENCE_SECONDS:g} s, so trials "
            "would wait for them; see with ray status whether one is lost or busy, and run this again."
        ) from error
    except ray.exceptions.RayError as error:
        raise StudyError(
            f"a machine of the cluster cannot run Linnet ({' '.join(str(error).split())[-300:]}); install the same "
            "Linnet and extras on all of them."
        ) from error
    for name, fault, versions in answers:
        if fault:
            raise StudyError(
                f"{name} {fault}, so its trials would be lost; put recordings and the folder of the study on a disk "
                "that all machines share, at the same path."
            )
        if versions != _versions():
            raise StudyError(
                f"{name} has {', '.join(versions)}, here it is {', '.join(_versions())}, so trials would not compare; "
                "install the same on all machines."
            )
