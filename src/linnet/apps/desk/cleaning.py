"""One recording through a denoiser, from its file to the files that are written for it.

Many recordings, in one process or in several, are the business of workers.py; pipes are that of piping.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from linnet.apps.desk import picture
from linnet.apps.desk.cleaned import Cleaned
from linnet.apps.desk.console import stderr
from linnet.apps.desk.models import Chosen
from linnet.apps.desk.outputs import Job
from linnet.apps.desk.pairs import find_reference, mean_si_snr_db, refuse_mismatch, say_scale
from linnet.apps.desk.refusal import explain
from linnet.apps.desk.timeline import Timeline
from linnet.audio.files import AudioError, AudioInfo, AudioReader, AudioWriter, audio_info, read_audio
from linnet.audio.metrics import MetricError
from linnet.life.recordings import require_speech_rate
from linnet.life.scale import full_scale_of_file
from linnet.runtime import Denoiser

Sound = NDArray[np.float32]


class Blocks(Protocol):
    """What sound comes from."""

    def blocks(self) -> Iterator[Sound]:
        """Yield the sound, [samples, channels] each."""


@dataclass(frozen=True)
class Request:
    """What holds for all recordings of a run: the model, where references are, what else is written."""

    chosen: Chosen
    clean: Path | None = None


def attempt(request: Request, job: Job, progress: Progress) -> Cleaned | str:
    """Clean one recording, or return why it cannot be done; a fault of Linnet's own is raised."""
    task = progress.add_task(job.name, total=None)
    try:
        job.target.parent.mkdir(parents=True, exist_ok=True)
        return clean_one(request, job, progress, task)
    except Exception as error:
        message = explain(error)
        if message is None:
            raise
        return message
    finally:
        progress.remove_task(task)


def clean_one(request: Request, job: Job, progress: Progress, task: TaskID) -> Cleaned:
    """Clean one recording into its target; draw and score it where that was asked for."""
    chosen = request.chosen
    with ExitStack() as files:
        reader = files.enter_context(AudioReader(job.source))
        info = reader.info
        require_speech_rate(job.source, info)
        reference = reference_of(request, job, info)
        progress.update(task, total=info.samples)
        spectrograms = [picture.Spectrogram(info.samples, info.sample_rate_hz) for _ in range(2 * job.drawn)]
        timeline = Timeline(info) if job.timed else None
        writer = files.enter_context(AudioWriter(job.target, info))
        scale = full_scale_of_file(reader)
        say_scale(job.name, scale)
        cleaning = Cleaning(chosen.denoiser, info, scale)
        for noisy, cleaned in cleaning.blocks(reader):
            writer.write(cleaned)
            for spectrogram, block in zip(spectrograms, (noisy, cleaned), strict=False):
                spectrogram.push(block)
            if timeline:
                timeline.push(noisy / scale, cleaned / scale)
            progress.advance(task, noisy.shape[0])
    if spectrograms:
        before, after = spectrograms
        picture.draw(before, after, job.picture, title=f"{job.name}, cleaned by {chosen.name}")
    if timeline:
        timeline.write(job.activity)
    scores_db = score(job, reference) if reference is not None else None
    return Cleaned(job, info, cleaning.seconds, scores_db, timeline.share if timeline else None)


def reference_of(request: Request, job: Job, info: AudioInfo) -> Path | None:
    """Return the clean reference of a recording, where references were given and one has its name.

    Raises:
        Refusal: rate, channels or length differ.
    """
    reference = find_reference(job.name, request.clean) if request.clean is not None else None
    if reference is not None:
        refuse_mismatch(job.source, info, reference, audio_info(reference))
    return reference


def score(job: Job, reference: Path) -> tuple[float, float] | None:
    """Return SI-SNR before and after in dB; None where there is no such ratio: silence, samples that are no numbers."""
    try:
        (noisy, _), (cleaned, _), (clean, _) = map(read_audio, (job.source, job.target, reference))
        return mean_si_snr_db(clean, noisy), mean_si_snr_db(clean, cleaned)
    except (AudioError, MetricError):
        return None


class Cleaning:
    """One recording on its way through a denoiser, aligned in time; counts the seconds the denoiser took."""

    def __init__(self, denoiser: Denoiser, info: AudioInfo, full_scale: float = 1.0) -> None:
        self.seconds = 0.0
        self._stream = denoiser.stream(
            sample_rate_hz=info.sample_rate_hz, channels=info.channels, full_scale=full_scale
        )
        self._late = self._stream.delay_samples  # samples that come out before the recording's first

    def blocks(self, reader: Blocks) -> Iterator[tuple[Sound, Sound]]:
        """Yield what was read and what is clean by then, [samples, channels] each; the second lags the first."""
        for noisy in reader.blocks():
            yield noisy, self._timed(noisy)
        yield noisy[:0], self._timed(None)

    def _timed(self, noisy: Sound | None) -> Sound:
        began = time.perf_counter()
        cleaned = (
            self._stream.flush().reshape(-1, self._stream.channels)
            if noisy is None
            else self._stream.push(noisy)
        )
        self.seconds += time.perf_counter() - began
        dropped = min(self._late, cleaned.shape[0])
        self._late -= dropped
        return cleaned[dropped:]


def progress_bar(*, disable: bool = False) -> Progress:
    """Return the bar on stderr, which vanishes when it is done, and is silent where nobody watches."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=stderr,
        transient=True,
        disable=disable or not stderr.is_terminal,
    )
