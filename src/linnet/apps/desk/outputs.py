"""Which file is cleaned into which: every refusal that can be known before the first sample is read.

The rules: OUT is a file for one input file when it ends in .wav or .flac, a folder otherwise; a folder IN is
walked, and its shape kept in OUT; an input is never overwritten, another file only when asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from linnet.apps.desk.refusal import Refusal
from linnet.audio.files import AUDIO_SUFFIXES, WRITTEN_SUFFIXES
from linnet.audio.folders import list_recordings, unread_text
from linnet.audio.formats import READ_TEXT
from linnet.output.atomic import Draft
from linnet.output.quoting import shell


@dataclass(frozen=True)
class Job:
    """One recording to clean: `source` is read, `target` is written; `name` is what the report calls it.

    With `drawn` a picture is written beside the target, with `timed` a table of speech activity. Where another
    recording has the same name but for the suffix, it `is_apart`: its files keep its whole name, "take.mp3.wav".
    """

    source: Path
    target: Path
    name: str
    drawn: bool = False
    timed: bool = False
    is_apart: bool = False

    @property
    def picture(self) -> Path:
        """Where the picture of it goes."""
        return self.target.with_name(
            f"{self.target.name}.png" if self.is_apart else f"{self.target.stem}.png"
        )

    @property
    def activity(self) -> Path:
        """Where its speech activity goes."""
        return self.target.with_name(f"{self.target.name if self.is_apart else self.target.stem}.speech.csv")

    @property
    def written(self) -> tuple[Path, ...]:
        """Every file that this makes."""
        return (self.target, *[self.picture] * self.drawn, *[self.activity] * self.timed)


def plan(
    inputs: Sequence[Path],
    output: Path,
    *,
    overwrite: bool,
    pictures: bool = False,
    speech: bool = False,
) -> list[Job]:
    """Return one job per recording, in order.

    Args:
        inputs: files and folders.
        output: a file (for one input file) or a folder.
        overwrite: whether files of an earlier run may be replaced.
        pictures: whether a picture is written beside every target.
        speech: whether speech activity is written beside every target.

    Raises:
        Refusal: an input is missing or has no audio, or a target cannot or must not be written.
    """
    if not inputs:
        raise Refusal(
            f"no input was named, so there is nothing to clean; linnet denoise IN... -o {shell(output)}"
        )
    sources = list(dict.fromkeys(found for entry in inputs for found in recordings(entry, output)))
    jobs = [
        Job(source, target_of(source, name, inputs, output), str(name), pictures, speech)
        for source, name in sources
    ]
    jobs = with_names_apart(jobs)
    refuse_collisions(jobs)
    refuse_overwriting(jobs, overwrite=overwrite)
    return jobs


def recordings(entry: Path, output: Path) -> list[tuple[Path, Path]]:
    """Return the audio files of one input with the names they get in a folder OUT (an OUT within IN is skipped)."""
    if not entry.exists():
        raise Refusal(f"{entry} does not exist, so it cannot be cleaned; check the path.")
    if not entry.is_dir():
        return [(entry, Path(entry.name))]
    listing = list_recordings(entry)
    found = [path for path in listing.recordings if not is_within(path, output, entry)]
    if not found:
        raise Refusal(
            f"{entry} holds no audio that can be read, so there is nothing to clean; name a folder with {READ_TEXT} "
            f"files. {unread_text(listing.unread)}".rstrip()
        )
    return [(path, path.relative_to(entry)) for path in found]


def is_within(path: Path, output: Path, entry: Path) -> bool:
    """Tell whether `path` lies in the folder `output`, where that is itself inside the input folder."""
    place = output.resolve()
    return place != entry.resolve() and path.resolve().is_relative_to(place)


def target_of(source: Path, name: Path, inputs: Sequence[Path], output: Path) -> Path:
    """Return where the cleaned `source` goes."""
    one_file = len(inputs) == 1 and not inputs[0].is_dir()
    suffix = output.suffix.lower()
    if output.is_dir() or not suffix or (not one_file and suffix not in AUDIO_SUFFIXES):
        kept = source.suffix.lower() in WRITTEN_SUFFIXES
        return output / (name if kept else name.with_suffix(".wav"))
    if not one_file:
        raise Refusal(
            f"{output} is the name of one file, but there are more recordings than one to write; name a folder as OUT."
        )
    if suffix not in WRITTEN_SUFFIXES:
        raise Refusal(
            f"{output} ends in {output.suffix}, which Linnet does not write; "
            f"name a file ending in {' or '.join(WRITTEN_SUFFIXES)}, or a folder without a suffix."
        )
    return output


def with_names_apart(jobs: Sequence[Job]) -> list[Job]:
    """Give files of one folder that differ in their suffix alone names of their own: take.mp3 and take.ogg."""
    wishes: dict[Path, set[Path]] = {}
    for job in jobs:
        for path in job.written:
            wishes.setdefault(path, set()).add(job.source)
    return [apart(job) if any(len(wishes[path]) > 1 for path in job.written) else job for job in jobs]


def apart(job: Job) -> Job:
    """Return the job with targets that keep the whole name of its source."""
    changed = job.target.suffix != job.source.suffix and job.target.stem == job.source.stem
    target = job.target.with_name(f"{job.source.name}{job.target.suffix}") if changed else job.target
    return replace(job, target=target, is_apart=True)


def refuse_collisions(jobs: Sequence[Job]) -> None:
    """Refuse two recordings that would be written to one file."""
    taken: dict[Path, Path] = {}
    for source, path in ((job.source, path) for job in jobs for path in job.written):
        other = taken.setdefault(path.resolve(), source)
        if other != source:
            raise Refusal(
                f"{other} and {source} would both be written to {path}; "
                "clean them in two runs with two folders."
            )


def refuse_overwriting(jobs: Sequence[Job], *, overwrite: bool) -> None:
    """Refuse targets that are inputs, and, unless `overwrite`, targets that exist."""
    sources = {job.source.resolve() for job in jobs}
    for job in jobs:
        if job.target.resolve() in sources:
            raise Refusal(
                f"{job.target} is one of the inputs, and a recording is never replaced by its cleaned self; "
                "name another OUT."
            )
    present = [path for job in jobs for path in job.written if path.exists()]
    if present and not overwrite:
        are = f" and {len(present) - 1} more exist" if len(present) > 1 else " exists"
        raise Refusal(f"{present[0]}{are} already and would be lost; name another OUT, or add --overwrite.")


def refuse_unwritable(path: Path) -> None:
    """Refuse a file that cannot be written, before any work is done for it: a draft of it is begun and removed."""
    if path.is_dir() or not path.parent.is_dir():
        what = "is a folder" if path.is_dir() else "lies in a folder that does not exist"
        raise Refusal(f"{path} {what}, so it cannot be written; name a file in a folder that is there.")
    Draft(path).discard()


def refuse_present(path: Path, *, another: str, overwrite: bool) -> None:
    """Refuse a file that is there, unless it may be replaced; `another` says what to name instead: "another FILE"."""
    if path.exists() and not overwrite:
        raise Refusal(f"{path} already exists and would be lost; name {another}, or add --overwrite.")


def refuse_unwritable_in(folder: Path, names: Sequence[str]) -> None:
    """Make a folder and refuse it, before any work is done, where one of these files cannot be written into it."""
    if folder.exists() and not folder.is_dir():
        raise Refusal(f"{folder} is a file, so nothing can be written into it; name a folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        refuse_unwritable(folder / name)
