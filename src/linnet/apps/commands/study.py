"""`linnet study`: many trials from one file, and the report of what they gave. The trials are study/'s business."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg, subcommand

from linnet.apps.desk import picture
from linnet.apps.desk.console import stderr, stdout
from linnet.apps.desk.refusal import (
    Refusal,
    import_from_extra,
    missing_extra,
    require_recordings,
    require_run,
)
from linnet.apps.desk.study_progress import StudyProgress, described
from linnet.apps.pages.study_page import write_study
from linnet.output.quoting import shell
from linnet.study.ledger import Ledger
from linnet.study.points import mixed_settings

WHY = "training needs JAX"


@dataclass(frozen=True)
class Run:
    """Run the unfinished trials of a study: each is trained, pruned, rounded, lowered, scored and measured.

    Stopped at any point, the same command goes on where it was. Needs the extra [train].
    """

    study: Annotated[Path, arg(metavar="STUDY.toml"), Positional]
    """A recipe, axes and a budget; see studies/."""

    data: Annotated[Path, arg(metavar="DIR")]
    """Recordings: a folder with speech/, noise/ and optionally rir/ and manifest.csv."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="DIR")]
    """The folder of the study, which is created; several studies may share it."""

    jobs: Annotated[int | None, arg(aliases=["-j"], metavar="N")] = None
    """Parallel trials on this machine; by default one for each core if Ray is installed, else one."""

    address: Annotated[str | None, arg(metavar="HOST:PORT")] = None
    """A running Ray cluster that this machine is part of."""

    list: bool = False
    """Only list the trials and which of them are done."""

    def run(self) -> None:
        """Run the study.

        Raises:
            Refusal: a file or folder is missing, or trials failed.
        """
        if not self.study.is_file():
            raise Refusal(
                f"{self.study} is not a file, so there is no study; name one such as studies/paper.toml."
            )
        require_recordings(self.data)
        picture.require()
        space = import_from_extra("linnet.study.space", extra="train", why=WHY)
        ledger = Ledger(self.out)
        study = space.read_study(self.study)
        trials = space.trials_of(study, space.fingerprint_of(self.data))
        stopping = import_from_extra("linnet.study.stopping", extra="train", why=WHY)
        rule = stopping.rule_of(study.stopping, trials)
        waiting = [
            trial
            for trial in trials
            if not ledger.is_done(trial, study.measures) and not (rule and ledger.was_stopped(trial.key))
        ]
        stdout.print(f"{study.name}: {len(trials)} trials, {len(trials) - len(waiting)} done")
        if self.list:
            for trial in trials:
                done = "waits" if trial in waiting else "done"
                stdout.print(f"{trial.key} {done:6} {described(trial.settings)}")
        if self.list or not waiting:
            return
        with self._workers() as do, StudyProgress(len(waiting), stderr) as progress:
            do(waiting, self.data, ledger, study.measures, progress.hear, rule)
        if progress.failed:
            raise Refusal(
                f"{len(progress.failed)} of {len(waiting)} trials failed, the first because of "
                f"{progress.failed[0]}; their logs are in {shell(self.out / 'trials')}, and the same command tries "
                "them again."
            )

    @contextmanager
    def _workers(self) -> Iterator[Callable[..., None]]:
        """What does trials: in this process, on the cores of this machine, or on a cluster.

        Raises:
            Refusal: a number of jobs that cannot be had, or Ray is missing.
            StudyError: nobody answers at the address.
        """
        if self.jobs is not None and self.address is not None:
            raise Refusal(
                f"--jobs {self.jobs} was given with --address {self.address}, where trials take the cores of the "
                "cluster; leave out one of them."
            )
        if self.jobs is not None and self.jobs < 1:
            raise Refusal(f"--jobs is {self.jobs}, so no trial would run; give 1 or more.")
        has_ray = find_spec("ray") is not None
        jobs = self.jobs or (available_cores() if has_ray else 1)
        if self.address is None and jobs == 1:
            yield import_from_extra("linnet.study.driver", extra="train", why=WHY).run_here
            return
        if not has_ray:
            raise missing_extra("study", "parallel trials need Ray")
        cluster = import_from_extra("linnet.study.cluster", extra="train", why=WHY)
        if self.address is None:
            with cluster.cores_here(jobs):
                yield cluster.run_beside
        else:
            with cluster.cluster_at(self.address):
                yield cluster.run_there


def available_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Adopt:
    """Add finished runs of `linnet train` to a study, so that trials of the same recipe need no training.

    Whether they were trained on these recordings is not written in them: it is you who says so.
    """

    runs: Annotated[tuple[Path, ...], arg(metavar="RUN..."), Positional]
    """Folders of finished runs, which are not changed."""

    data: Annotated[Path, arg(metavar="DIR")]
    """The recordings that they were trained on."""

    out: Annotated[Path, arg(aliases=["-o"], metavar="DIR")]
    """The folder of the study."""

    def run(self) -> None:
        """Copy the runs.

        Raises:
            Refusal: a folder is missing, or holds no finished run.
        """
        for folder in self.runs:
            require_run(folder)
        require_recordings(self.data)
        adoption = import_from_extra("linnet.study.adoption", extra="train", why=WHY)
        space = import_from_extra("linnet.study.space", extra="train", why=WHY)
        ledger, fingerprint = Ledger(self.out), space.fingerprint_of(self.data)
        for folder in self.runs:
            stdout.print(f"{adoption.adopt(folder, fingerprint, ledger)} {folder}")


@dataclass(frozen=True)
class Report:
    """Write the results of a study: fronts, savings at equal quality, tables, and a page that explains them.

    May be called while the study runs. Needs the extra [plot]; with pyarrow the trials are written as Parquet, too.
    """

    folder: Annotated[Path, arg(metavar="DIR"), Positional]
    """The folder of the study."""

    out: Annotated[Path | None, arg(aliases=["-o"], metavar="REPORT")] = None
    """The folder to write; by default report/ in the folder of the study."""

    def run(self) -> None:
        """Read the results and write.

        Raises:
            Refusal: the folder holds no finished trial, or an extra is not installed.
        """
        ledger = Ledger(self.folder)
        results = ledger.results()
        if not results:
            raise Refusal(
                f"{self.folder} holds no finished trial, so there is nothing to report; run linnet study run first, or "
                "name another folder."
            )
        if (mixed := mixed_settings(results)) is not None:
            raise Refusal(
                f"{self.folder} holds trials with {mixed or 'no axes'} whose recipes differ in more than their "
                "seed, so they cannot be averaged over seeds; run each study into its own folder."
            )
        begun = len([*(self.folder / "trials").iterdir()])
        told = f"{len(results)} of {begun} started trials are done."
        written = write_study(self.out or self.folder / "report", results, told)
        stdout.print(f"{told} {written[-1]}, and {len(written) - 1} files beside it.", soft_wrap=True)


@dataclass(frozen=True)
class Study:
    """Train and measure many models, and compare them."""

    action: (
        Annotated[Run, subcommand("run")]
        | Annotated[Report, subcommand("report")]
        | Annotated[Adopt, subcommand("adopt")]
    )

    def run(self) -> None:
        """Do what was chosen."""
        self.action.run()
