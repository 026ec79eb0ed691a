"""`linnet denoise`: noisy recordings in, clean ones out, with a report of what was done and how fast.

Recordings pass in blocks, so an hour takes no more memory than a second. Which file goes where is decided in
outputs.py, before the first sample is read; how sound is cleaned is the business of runtime/.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from tyro.conf import Positional, arg

from linnet.apps.desk import picture
from linnet.apps.desk.cleaned import Cleaned, print_cleaned
from linnet.apps.desk.console import stderr
from linnet.apps.desk.models import MODEL_HELP, Chosen, choose
from linnet.apps.desk.outputs import Job, plan
from linnet.apps.desk.pairs import find_reference, mean_si_snr_db, refuse_mismatch, say_scale, say_unread
from linnet.apps.desk.refusal import Refusal, Refusals, explain
from linnet.audio.files import AudioError, AudioInfo, AudioReader, AudioWriter, audio_info, read_audio
from linnet.audio.folders import list_recordings
from linnet.audio.metrics import MetricError
from linnet.life.recordings import require_speech_rate
from linnet.life.scale import full_scale_of_file
from linnet.runtime import Denoiser


@dataclass(frozen=True)
class Denoise:
    """Clean noisy speech recordings.

    Reads WAV, FLAC, OGG, Opus, MP3, AIFF, CAF, AU and W64 of any length, any number of channels and any sample
    rate from 8 kHz; writes WAV or FLAC with the rate, channels, tags and exact length of the input, aligned with it.
    """

    inputs: Annotated[
        tuple[Path, ...], arg(name="in", metavar="IN...", help_behavior_hint="(required)"), Positional
    ]
    """Recordings, or folders of them."""

    output: Annotated[Path, arg(aliases=["-o"], metavar="OUT")]
    """A .wav or .flac file for one recording; otherwise a folder, which is made."""

    model: Annotated[
        str | None,
        arg(help=MODEL_HELP, metavar="NAME|PATH", help_behavior_hint="(default: the one that ships)"),
    ] = None

    max_attenuation_db: Annotated[
        float | None, arg(metavar="DB", help_behavior_hint="(default: no limit)")
    ] = None
    """Turn no frequency down by more than this: keeps some of the room, and softens mistakes."""

    upper_band: bool = True
    """Keep sound above 8 kHz, turned down with what lies just below; otherwise it is silent."""

    clean: Annotated[Path | None, arg(metavar="DIR|FILE", help_behavior_hint="(default: none)")] = None
    """Clean references of the same names: adds SI-SNR before and after to the report."""

    plot: bool = False
    """Also draw the spectrogram before and after, into a .png file beside each cleaned one."""

    overwrite: bool = False
    """Replace files that exist. (An input is never replaced.)"""

    def run(self) -> None:
        """Clean every recording; the good ones are written even where others cannot be.

        Raises:
            Refusal: something cannot be done; outputs.py tells most of it beforehand.
        """
        limit_db = self.max_attenuation_db
        if limit_db is not None and not limit_db >= 0:
            raise Refusal(
                f"--max-attenuation-db {limit_db:g} is no attenuation; give 0 (change nothing) or more."
            )
        if self.plot:
            picture.require()
        jobs = plan(self.inputs, self.output, overwrite=self.overwrite, pictures=self.plot)
        if self.clean is not None and not self.clean.exists():
            raise Refusal(f"{self.clean} does not exist, so there are no references in it; check the path.")
        chosen = choose(self.model, max_attenuation_db=limit_db, upper_band=self.upper_band)
        say_unread(path for entry in self.inputs if entry.is_dir() for path in list_recordings(entry).unread)
        done, failures = self.clean_all(chosen, jobs)
        if done:
            print_cleaned(done, chosen)
        if failures and len(jobs) > 1:
            failures.append(
                f"{len(failures)} of {len(jobs)} recordings were not cleaned; the others are whole."
            )
        if failures:
            raise Refusals(failures)

    def clean_all(self, chosen: Chosen, jobs: list[Job]) -> tuple[list[Cleaned], list[str]]:
        """Return what was done, and the reason for every recording that could not be cleaned."""
        with progress_bar() as progress:
            outcomes = [self.attempt(chosen, job, progress) for job in jobs]
        done = [outcome for outcome in outcomes if isinstance(outcome, Cleaned)]
        return done, [outcome for outcome in outcomes if isinstance(outcome, str)]

    def attempt(self, chosen: Chosen, job: Job, progress: Progress) -> Cleaned | str:
        """Clean one recording, or say why it cannot be done; a fault of Linnet's own is raised."""
        task = progress.add_task(job.name, total=None)
        try:
            job.target.parent.mkdir(parents=True, exist_ok=True)
            return self.clean_one(chosen, job, progress, task)
        except Exception as error:
            message = explain(error)
            if message is None:
                raise
            return message
        finally:
            progress.remove_task(task)

    def clean_one(self, chosen: Chosen, job: Job, progress: Progress, task: TaskID) -> Cleaned:
        """Clean one recording into its target; draw and score it where that was asked for."""
        with ExitStack() as files:
            reader = files.enter_context(AudioReader(job.source))
            info = reader.info
            require_speech_rate(job.source, info)
            reference = self.reference_of(job, info)
            progress.update(task, total=info.samples)
            spectrograms = [
                picture.Spectrogram(info.samples, info.sample_rate_hz) for _ in range(2 * self.plot)
            ]
            writer = files.enter_context(AudioWriter(job.target, info))
            scale = full_scale_of_file(reader)
            say_scale(job.name, scale)
            cleaning = Cleaning(chosen.denoiser, info, scale)
            for noisy, cleaned in cleaning.blocks(reader):
                writer.write(cleaned)
                for spectrogram, block in zip(spectrograms, (noisy, cleaned), strict=False):
                    spectrogram.push(block)
                progress.advance(task, noisy.shape[0])
        if spectrograms:
            before, after = spectrograms
            picture.draw(before, after, job.picture, title=f"{job.name}, cleaned by {chosen.name}")
        scores_db = score(job, reference) if reference is not None else None
        return Cleaned(job, info, cleaning.seconds, scores_db)

    def reference_of(self, job: Job, info: AudioInfo) -> Path | None:
        """Return the clean reference of a recording, where references were given and one has its name.

        Raises:
            Refusal: rate, channels or length differ.
        """
        reference = find_reference(job.name, self.clean) if self.clean is not None else None
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

    def blocks(self, reader: AudioReader) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Yield what was read and what is clean by then, [samples, channels] each; the second lags the first."""
        for noisy in reader.blocks():
            yield noisy, self._timed(noisy)
        yield noisy[:0], self._timed(None)

    def _timed(self, noisy: NDArray[np.float32] | None) -> NDArray[np.float32]:
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


def progress_bar() -> Progress:
    """Return the bar on stderr, which vanishes when it is done, and is silent where nobody watches."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=stderr,
        transient=True,
        disable=not stderr.is_terminal,
    )
