"""Many recordings, one after the other in this process or side by side in several: same bits, same report."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from linnet.apps.desk.cleaned import Cleaned
from linnet.apps.desk.cleaning import Request, attempt, progress_bar
from linnet.apps.desk.outputs import Job
from linnet.output.quoting import one_line
from linnet.output.unwinding import unwinding

Outcome = Cleaned | str
"""What was cleaned, or why it was not."""

_request: Request | None = (
    None  # of a worker, set as it starts: the model is sent once, not with every recording
)


def attempt_all(request: Request, jobs: Sequence[Job], *, processes: int) -> list[Outcome]:
    """Clean every recording, in so many processes; return the outcomes in the order of the jobs."""
    if min(processes, len(jobs)) <= 1:
        with progress_bar() as progress:
            return [attempt(request, job, progress) for job in jobs]
    pool = ProcessPoolExecutor(
        min(processes, len(jobs)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=begin,
        initargs=(request,),
    )
    try:
        with progress_bar() as progress:
            task = progress.add_task(f"{len(jobs)} recordings", total=len(jobs))
            futures = [pool.submit(work, job) for job in jobs]
            outcomes = []
            for job, future in zip(jobs, futures, strict=True):
                outcomes.append(outcome_of(job, future))
                progress.advance(task)
        return outcomes
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():  # each removes its draft and ends
            child.terminate()
        raise
    finally:
        pool.shutdown()


def outcome_of(job: Job, future: Future[Outcome]) -> Outcome:
    """Wait for one recording; a process that was killed, as for want of memory, is a reason like any other."""
    try:
        return future.result()
    except BrokenProcessPool:
        return (
            f"{one_line(str(job.source))} was not cleaned: a worker process was stopped from outside, perhaps for want "
            "of memory; clean it again with a smaller --jobs."
        )


def begin(request: Request) -> None:
    """Begin as a worker. Ctrl-C reaches every process of a terminal; the first process decides what it means."""
    global _request
    _request = request
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, unwinding(SystemExit, 1))  # so that a draft is removed


def work(job: Job) -> Outcome:
    """Clean one recording in a worker."""
    assert _request is not None
    try:
        with progress_bar(disable=True) as progress:
            return attempt(_request, job, progress)
    except SystemExit:
        os._exit(1)  # else the pool would take it for an outcome and go on
