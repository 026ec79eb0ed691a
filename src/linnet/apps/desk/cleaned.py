"""What `linnet denoise` reports, as a table or as JSON: length, time taken, and SI-SNR where it is known."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from linnet.apps.desk.console import bytes_text, duration_text, finite, stderr, stdout
from linnet.apps.desk.models import Chosen
from linnet.apps.desk.outputs import Job
from linnet.audio.files import AudioInfo
from linnet.output.atomic import write_text


@dataclass(frozen=True)
class Cleaned:
    """One recording that was cleaned: what it was, the seconds it took, SI-SNR before and after where known."""

    job: Job
    info: AudioInfo
    busy_seconds: float
    scores_db: tuple[float, float] | None
    speech_share: float | None = None  # of frames, where speech activity was asked for

    @property
    def channel_seconds(self) -> float:
        """Seconds of audio, every channel counted."""
        return self.info.seconds * self.info.channels


def write_report(done: Sequence[Cleaned], failures: Sequence[str], chosen: Chosen, target: Path) -> None:
    """Write the report as JSON into a file, or to standard output where the target is "-"."""
    report = {
        "model": chosen.name,
        "model_bytes": chosen.file_bytes,
        "algorithmic_latency_ms": chosen.denoiser.algorithmic_latency_ms,
        "recordings": [entry(item) for item in done],
        "failures": list(failures),
    }
    text = json.dumps(finite(report), indent=2) + "\n"
    if target == Path("-"):
        print(text, end="")
    else:
        write_text(target, text)


def entry(item: Cleaned) -> dict[str, Any]:
    """Return what there is to say of one recording, as plain JSON values."""
    before, after = item.scores_db or (None, None)
    return {
        "name": item.job.name,
        "source": str(item.job.source),
        "target": str(item.job.target),
        "seconds": item.info.seconds,
        "sample_rate_hz": item.info.sample_rate_hz,
        "channels": item.info.channels,
        "busy_seconds": item.busy_seconds,
        "real_time_factor": item.busy_seconds / item.channel_seconds,
        "si_snr_noisy_db": before,
        "si_snr_db": after,
        "speech_share": item.speech_share,
    }


def print_cleaned(done: Sequence[Cleaned], chosen: Chosen, *, aside: bool = False) -> None:
    """Print one line per recording, then the sums, the speed and the model; `aside`: to stderr."""
    console = stderr if aside else stdout
    scored = [item.scores_db for item in done if item.scores_db is not None]
    table = Table(box=None, pad_edge=False)
    table.add_column("recording", overflow="fold", min_width=16)
    columns = ["audio", "format", "× real time", "µs per frame"]
    for column in [*columns, *(["noisy SI-SNR, dB", "cleaned, dB"] if scored else [])]:
        table.add_column(column, justify="right", no_wrap=True)
    for item in done:
        own = [item.scores_db] if item.scores_db is not None else []
        table.add_row(
            item.job.name,
            duration_text(item.info.seconds),
            f"{item.info.sample_rate_hz / 1000:g} kHz × {item.info.channels}",
            *speed_texts([item], chosen),
            *(score_texts(own) if scored else []),
        )
    if len(done) > 1:
        seconds = duration_text(sum(item.info.seconds for item in done))
        means = score_texts(scored) if scored else []
        table.add_section()
        table.add_row(f"all {len(done)}", seconds, "", *speed_texts(done, chosen), *means, style="bold")
    console.print(table, highlight=False)
    console.print(closing_text(done, chosen), highlight=False, soft_wrap=True)


def closing_text(done: Sequence[Cleaned], chosen: Chosen) -> str:
    """Return what holds for the whole run: where, with what, and how fast."""
    busy, heard = sum(item.busy_seconds for item in done), sum(item.channel_seconds for item in done)
    place = target_text(done[0].job) if len(done) == 1 else f"{len(done)} recordings in {common_folder(done)}"
    if done[0].job.drawn:
        place += ", with a picture" if len(done) == 1 else ", each with a picture"
    return (
        f"\nwritten: {place}\n"
        f"model {chosen.name}: {bytes_text(chosen.file_bytes)}, "
        f"algorithmic latency {chosen.denoiser.algorithmic_latency_ms:g} ms\n"
        f"real-time factor {busy / heard:.4f}, measured here on {heard:.1f} s of sound, every channel counted; "
        "resampling included"
    )


def target_text(job: Job) -> str:
    """Return where one recording went."""
    return "standard output" if job.target == Path("-") else str(job.target)


def common_folder(done: Sequence[Cleaned]) -> str:
    """Return the folder that all targets lie in."""
    return os.path.commonpath([item.job.target.parent for item in done])


def speed_texts(items: Sequence[Cleaned], chosen: Chosen) -> tuple[str, str]:
    """Return how many times faster than real time, and µs per frame of the model, over all channels."""
    busy, heard = sum(item.busy_seconds for item in items), sum(item.channel_seconds for item in items)
    return f"{heard / busy:.0f}", f"{busy / heard * chosen.frame_ms * 1000:.1f}"


def score_texts(scores_db: Sequence[tuple[float, float]]) -> list[str]:
    """Return the means before and after; dashes where there is no score."""
    if not scores_db:
        return ["-", "-"]
    return [f"{sum(values) / len(values):.2f}" for values in zip(*scores_db, strict=True)]
