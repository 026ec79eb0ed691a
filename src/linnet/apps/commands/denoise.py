"""`linnet denoise`: noisy recordings in, clean ones out, with a report of what was done and how fast.

Recordings pass in blocks, so an hour takes no more memory than a second. Which file goes where is decided in
outputs.py, before the first sample is read; cleaning.py cleans one, workers.py all, piping.py what comes from a pipe.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from linnet.apps.desk import picture
from linnet.apps.desk.cleaned import Cleaned, print_cleaned, write_report
from linnet.apps.desk.cleaning import Request
from linnet.apps.desk.models import MODEL_HELP, Chosen, choose
from linnet.apps.desk.outputs import plan, refuse_present, refuse_unwritable
from linnet.apps.desk.pairs import say_unread
from linnet.apps.desk.piping import PIPE, Raw, clean_through
from linnet.apps.desk.refusal import Refusal, Refusals
from linnet.apps.desk.workers import attempt_all
from linnet.audio.folders import list_recordings


@dataclass(frozen=True)
class Denoise:
    """Clean noisy speech recordings.

    Reads WAV, FLAC, OGG, Opus, MP3, AIFF, CAF, AU and W64 of any length, any number of channels and any sample
    rate from 8 kHz; writes WAV or FLAC with the rate, channels, tags and exact length of the input, aligned with it.

    - is standard input as IN and standard output as OUT: WAV, or raw samples with --raw-rate, cleaned as they arrive.
    """

    MAY_BE_PIPES = ("inputs", "output", "json")  # no annotation: not an option

    inputs: Annotated[
        tuple[Path, ...], arg(name="in", metavar="IN...", help_behavior_hint="(required)"), Positional
    ]
    """Recordings, or folders of them; - is standard input."""

    output: Annotated[Path, arg(aliases=["-o"], metavar="OUT")]
    """A .wav or .flac file for one recording, - for standard output; otherwise a folder, which is created."""

    model: Annotated[
        str | None,
        arg(help=MODEL_HELP, metavar="NAME|PATH", help_behavior_hint="(default: the one that ships)"),
    ] = None

    max_attenuation_db: Annotated[
        float | None, arg(metavar="DB", help_behavior_hint="(default: no limit)")
    ] = None
    """Turn no frequency down by more than this; keeps some sound of the room, and makes mistakes less audible."""

    upper_band: Annotated[bool, arg(help_behavior_hint="(default: it is kept)")] = True
    """Silence sound above 8 kHz; otherwise it is kept, turned down like the sound just below 8 kHz."""

    clean: Annotated[Path | None, arg(metavar="DIR|FILE", help_behavior_hint="(default: none)")] = None
    """Clean references of the same names: adds SI-SNR before and after to the report."""

    plot: bool = False
    """Also draw the spectrogram before and after, into a .png file next to each cleaned file."""

    speech: bool = False
    """Also write a .speech.csv file next to each cleaned file: how likely speech is, 0 to 1, for every 16 ms."""

    overwrite: bool = False
    """Replace files that exist. (An input is never replaced.)"""

    jobs: Annotated[int, arg(aliases=["-j"], metavar="N")] = 1
    """Clean this many recordings at the same time, each in its own process. The results are the same."""

    json: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """Write the report to this file as JSON; - prints it instead of the table."""

    raw_rate: Annotated[int | None, arg(metavar="HZ", help_behavior_hint="(default: WAV)")] = None
    """Standard input and output are raw samples at this rate."""

    raw_channels: Annotated[int | None, arg(metavar="N", help_behavior_hint="(default: 1)")] = None
    """Channels of raw samples, interleaved."""

    raw_format: Annotated[
        str | None, arg(metavar="s16le|s24le|f32le", help_behavior_hint="(default: s16le)")
    ] = None
    """Format of raw samples. Without --raw-rate the input is WAV, and the output raw."""

    def run(self) -> None:
        """Clean every recording; the good ones are written even where others cannot be.

        Raises:
            Refusal: something cannot be done; outputs.py tells most of it beforehand.
        """
        self.refuse_wrong_options()
        if PIPE in (*self.inputs, self.output):
            self.clean_pipe()
        else:
            self.clean_files()

    def refuse_wrong_options(self) -> None:
        """Refuse what can be refused before any file is looked at."""
        limit_db = self.max_attenuation_db
        if limit_db is not None and not limit_db >= 0:
            raise Refusal(
                f"--max-attenuation-db is {limit_db:g}, but must be a number and not negative; give 0 (change nothing) "
                "or more."
            )
        if self.jobs < 1:
            raise Refusal(f"--jobs is {self.jobs}, but at least one process is needed; give 1 or more.")
        if self.plot:
            picture.require()
        if self.clean is not None and not self.clean.exists():
            raise Refusal(f"{self.clean} does not exist, so there are no references; check the path.")
        if self.json is not None and self.json != PIPE:
            refuse_unwritable(self.json)
            refuse_present(self.json, another="another FILE", overwrite=self.overwrite)
        if self.inputs:
            self.raw.refuse_without_pipe(self.inputs[0], self.output)

    @property
    def raw(self) -> Raw:
        """The options for raw samples."""
        return Raw(self.raw_rate, self.raw_channels, self.raw_format)

    def chosen(self) -> Chosen:
        """Load the model."""
        return choose(self.model, max_attenuation_db=self.max_attenuation_db, upper_band=self.upper_band)

    def clean_files(self) -> None:
        """Clean files and folders into files."""
        jobs = plan(
            self.inputs, self.output, overwrite=self.overwrite, pictures=self.plot, speech=self.speech
        )
        chosen = self.chosen()
        say_unread(path for entry in self.inputs if entry.is_dir() for path in list_recordings(entry).unread)
        outcomes = attempt_all(Request(chosen, self.clean), jobs, processes=self.jobs)
        done = [outcome for outcome in outcomes if isinstance(outcome, Cleaned)]
        failures = [outcome for outcome in outcomes if isinstance(outcome, str)]
        if self.json is not None:
            write_report(done, failures, chosen, self.json)
        if done and self.json != PIPE:
            print_cleaned(done, chosen)
        if failures and len(jobs) > 1:
            failures.append(
                f"{len(failures)} of {len(jobs)} recordings were not cleaned; the others are complete."
            )
        if failures:
            raise Refusals(failures)

    def clean_pipe(self) -> None:
        """Clean one recording from standard input, to standard output, or both.

        Raises:
            Refusal: there is more than one input, or an option asks for what a pipe does not have.
        """
        if len(self.inputs) != 1:
            raise Refusal(
                f"{len(self.inputs)} inputs were given, but a pipe has one recording; name one IN, or a folder as OUT."
            )
        for option, value in (("--plot", self.plot), ("--speech", self.speech), ("--clean", self.clean)):
            if value:
                raise Refusal(
                    f"{option} needs the whole recording as a file, but - is a pipe; name files, or omit the option."
                )
        if self.json == PIPE == self.output:
            raise Refusal(
                "OUT and --json are both -, but sound and report cannot share standard output; name a file for one."
            )
        chosen = self.chosen()
        cleaned = clean_through(chosen, self.inputs[0], self.output, self.raw, overwrite=self.overwrite)
        if self.json is not None:
            write_report([cleaned], [], chosen, self.json)
        if self.json != PIPE:
            print_cleaned([cleaned], chosen, aside=self.output == PIPE)
