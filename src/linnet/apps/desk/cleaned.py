"""What `linnet denoise` reports: for every recording its length, the time it took, and SI-SNR where it is known."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from linnet.apps.desk.console import bytes_text, duration_text, stdout
from linnet.apps.desk.models import Chosen
from linnet.apps.desk.outputs import Job
from linnet.audio.files import AudioInfo


@dataclass(frozen=True)
class Cleaned:
    """One recording that was cleaned: what it was, the seconds it took, SI-SNR before and after where known."""

    job: Job
    info: AudioInfo
    busy_seconds: float
    scores_db: tuple[float, float] | None

    @property
    def channel_seconds(self) -> float:
        """Seconds of audio, every channel counted."""
        return self.info.seconds * self.info.channels


def print_cleaned(done: Sequence[Cleaned], chosen: Chosen) -> None:
    """Print one line per recording, then the sums, the speed and the model."""
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
    stdout.print(table, highlight=False)
    stdout.print(closing_text(done, chosen), highlight=False, soft_wrap=True)


def closing_text(done: Sequence[Cleaned], chosen: Chosen) -> str:
    """Return what holds for the whole run: where, with what, and how fast."""
    busy, heard = sum(item.busy_seconds for item in done), sum(item.channel_seconds for item in done)
    place = str(done[0].job.target) if len(done) == 1 else f"{len(done)} recordings in {common_folder(done)}"
    if done[0].job.drawn:
        place += ", with a picture" if len(done) == 1 else ", each with a picture"
    return (
        f"\nwritten: {place}\n"
        f"model {chosen.name}: {bytes_text(chosen.file_bytes)}, "
        f"algorithmic latency {chosen.denoiser.algorithmic_latency_ms:g} ms\n"
        f"real-time factor {busy / heard:.4f}, measured here on {heard:.1f} s of channels, resampling included"
    )


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
