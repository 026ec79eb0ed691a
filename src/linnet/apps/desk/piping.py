"""`linnet denoise` in a pipe: sound from standard input or to standard output, cleaned as it arrives.

Ctrl-C ends the sound where it is: what came until then is cleaned and written, as for a recording from a microphone.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from linnet.apps.desk.cleaned import Cleaned
from linnet.apps.desk.cleaning import Cleaning
from linnet.apps.desk.console import stderr
from linnet.apps.desk.models import Chosen
from linnet.apps.desk.outputs import Job, refuse_overwriting
from linnet.apps.desk.pairs import say_scale
from linnet.apps.desk.refusal import Refusal
from linnet.audio.files import AudioReader, AudioWriter
from linnet.audio.formats import WRITTEN_SUFFIXES, AudioError, AudioInfo, Signal
from linnet.audio.pipes import RAW_FORMATS, PipeReader, PipeWriter, RawForm
from linnet.life.recordings import require_speech_rate
from linnet.life.scale import full_scale_of_file

PIPE = Path("-")

STOPPING = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Raw:
    """Options of raw samples, as the command line has them; None where one was not given."""

    rate_hz: int | None = None
    channels: int | None = None
    format: str | None = None

    def refuse_without_pipe(self, source: Path, output: Path) -> None:
        """Refuse what says how raw samples are where there are none."""
        if self.format is not None and self.format not in RAW_FORMATS:
            raise Refusal(
                f"--raw-format {self.format} is not known here; choose one of {', '.join(RAW_FORMATS)}."
            )
        if self.rate_hz is not None and source != PIPE:
            raise Refusal(
                f"--raw-rate {self.rate_hz} is for raw samples from standard input, and {source} is a file; name - as "
                "IN, or leave the option out."
            )
        if self.channels is not None and self.rate_hz is None:
            raise Refusal(
                f"--raw-channels {self.channels} came without --raw-rate, so the input is not raw; give both or none."
            )
        if self.format is not None and self.rate_hz is None and output != PIPE:
            raise Refusal(
                f"--raw-format {self.format} is for pipes, and neither IN nor OUT is one of raw samples; leave it out."
            )

    @property
    def form(self) -> RawForm | None:
        """The form of the input; None where it is WAV."""
        if self.rate_hz is None:
            return None
        return RawForm(self.rate_hz, 1 if self.channels is None else self.channels, self.format or "s16le")

    @property
    def written(self) -> str | None:
        """The format of the output; None where it is WAV."""
        return self.format or ("s16le" if self.rate_hz is not None else None)


def clean_through(chosen: Chosen, source: Path, output: Path, raw: Raw, *, overwrite: bool) -> Cleaned:
    """Clean from standard input, to standard output, or both.

    Raises:
        Refusal, AudioError: the sound cannot be read, or the output cannot be written.
        KeyboardInterrupt: Ctrl-C came; what had come until then is written.
    """
    raw.refuse_without_pipe(source, output)
    job = Job(source, output, "standard input" if source == PIPE else source.name)
    refuse_terminals(job)
    if output != PIPE:
        refuse_target(job, overwrite=overwrite)
    with ExitStack() as files:
        stdin = files.enter_context(ended_by_ctrl_c(sys.stdin.buffer)) if source == PIPE else None
        reader = StdinReader(stdin, raw.form) if stdin else files.enter_context(AudioReader(source))
        info = reader.info
        require_speech_rate(Path(job.name), info)
        scale = full_scale_of_file(reader) if isinstance(reader, AudioReader) else 1.0
        say_scale(job.name, scale)
        writer = (
            files.enter_context(AudioWriter(output, info))
            if output != PIPE
            else PipeWriter(sys.stdout.buffer, info, raw_format=raw.written)
        )
        cleaning, written = Cleaning(chosen.denoiser, info, scale), 0
        for _, cleaned in cleaning.blocks(reader):
            writer.write(cleaned)
            written += len(cleaned)
        if isinstance(writer, PipeWriter):
            writer.close()
    say_missing(reader)
    if stdin and stdin.stopped:
        raise KeyboardInterrupt
    say_cut(reader, is_raw=raw.rate_hz is not None)
    return Cleaned(job, replace(info, samples=written), cleaning.seconds, None)


def refuse_terminals(job: Job) -> None:
    """Refuse a person's keyboard as sound, and their screen as a place for it."""
    if job.source == PIPE and sys.stdin.isatty():
        raise Refusal(
            "- came as IN, but standard input is this terminal, which gives no sound; put a command and | before."
        )
    if job.target == PIPE and sys.stdout.isatty():
        raise Refusal(
            "- came as OUT, but standard output is this terminal, which plays no sound; add > FILE or | PROGRAM."
        )


def refuse_target(job: Job, *, overwrite: bool) -> None:
    """Refuse a file that sound from a pipe cannot be written to."""
    if job.target.suffix.lower() not in WRITTEN_SUFFIXES or job.target.is_dir():
        raise Refusal(
            f"{job.target} is no name of one recording, and standard input is one; name a file ending in "
            f"{' or '.join(WRITTEN_SUFFIXES)}."
        )
    refuse_overwriting([job], overwrite=overwrite)
    job.target.parent.mkdir(parents=True, exist_ok=True)


def say_missing(reader: PipeReader | AudioReader) -> None:
    """Say on stderr that less came than the header claimed, if so."""
    if isinstance(reader, PipeReader) and reader.missing_samples:
        stderr.print(
            f"{reader.name} ended {seconds_text(reader.missing_samples, reader.info)} before the end that its header "
            "names; what came was cleaned.",
            highlight=False,
            soft_wrap=True,
        )


def say_cut(reader: PipeReader | AudioReader, *, is_raw: bool) -> None:
    """Say on stderr that raw samples ended within one, if so: mostly another format was meant."""
    if is_raw and isinstance(reader, PipeReader) and reader.cut_bytes:
        stderr.print(
            f"{reader.name} ended within a sample, whose {reader.cut_bytes} bytes were dropped; check --raw-format and "
            "--raw-channels.",
            highlight=False,
            soft_wrap=True,
        )


def seconds_text(samples: int, info: AudioInfo) -> str:
    """Return a length for people."""
    return f"{samples / info.sample_rate_hz:.2f} s"


class EndedByCtrlC:
    """A pipe that ends at the first Ctrl-C or SIGTERM; the second one raises KeyboardInterrupt."""

    def __init__(self, pipe: BinaryIO) -> None:
        self.stopped = False
        self._read1, self._is_reading = pipe.read1, False  # type: ignore[attr-defined]

    def read1(self, size: int, /) -> bytes:
        """Return what has arrived; nothing at the end, and after Ctrl-C."""
        self._is_reading = True
        try:
            return b"" if self.stopped else bytes(self._read1(size))
        except KeyboardInterrupt:
            if not self.stopped:
                raise
            return b""
        finally:
            self._is_reading = False

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Take a signal."""
        if self.stopped or self._is_reading:
            self.stopped = True
            raise KeyboardInterrupt
        self.stopped = True


class StdinReader(PipeReader):
    """Standard input; Ctrl-C before the first sample is told as what it is, not as sound that is missing."""

    def __init__(self, pipe: EndedByCtrlC, raw: RawForm | None) -> None:
        self._ended = pipe
        with self._or_interrupt():
            super().__init__(pipe, raw)

    def blocks(self) -> Iterator[Signal]:
        """What arrives, as float32 [n, channels].

        Raises:
            AudioError: no sample came.
            KeyboardInterrupt: Ctrl-C came before the first sample.
        """
        with self._or_interrupt():
            yield from super().blocks()

    @contextmanager
    def _or_interrupt(self) -> Iterator[None]:
        try:
            yield
        except AudioError as error:
            if self._ended.stopped:
                raise KeyboardInterrupt from error
            raise


@contextmanager
def ended_by_ctrl_c(pipe: BinaryIO) -> Iterator[EndedByCtrlC]:
    """Let Ctrl-C end a pipe while the statement runs."""
    ended = EndedByCtrlC(pipe)
    numbers = [number for number in STOPPING if signal.getsignal(number) != signal.SIG_IGN]
    in_main_thread = threading.current_thread() is threading.main_thread()  # only there may actions be set
    previous = {number: signal.signal(number, ended.stop) for number in numbers if in_main_thread}
    try:
        yield ended
    finally:
        for number, action in previous.items():
            signal.signal(number, action)
