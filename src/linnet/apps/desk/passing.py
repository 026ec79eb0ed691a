"""What `linnet live` shows: devices, meters on one line of the terminal, and a summary at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from linnet.apps.desk.console import duration_text, stderr, stdout
from linnet.live.blocks import Controls
from linnet.live.lost import LostSound
from linnet.live.passing import Counts

BAR_DB, BAR_CELLS = 60, 20  # a meter shows so many dB in so many cells


def print_devices(devices: Sequence[Any]) -> None:
    """Print every device; the defaults are marked."""
    table = Table(box=None, header_style="bold")
    for heading in ("number", "device", "system", "in", "out", "rate, Hz", "default"):
        table.add_column(
            heading, justify="right" if heading in ("number", "in", "out", "rate, Hz") else "left"
        )
    for device in devices:
        marks = (("input", device.is_default_input), ("output", device.is_default_output))
        default = ", ".join(side for side, is_default in marks if is_default)
        table.add_row(
            *(str(device.number), device.name, device.system, str(device.inputs), str(device.outputs)),
            *(str(device.sample_rate_hz), default),
        )
    if devices:
        stdout.print(table)
    else:
        stdout.print("No device: start PipeWire, PulseAudio or JACK, or connect a sound card.")


class Panel:
    """The lines on stderr while sound passes; meters only where somebody watches."""

    def __init__(self, source: Any, target: Any, settings: Any, latency_samples: int) -> None:
        self._source, self._target, self._settings = source, target, settings
        self._added_ms = 1000 * latency_samples / settings.sample_rate_hz

    def begin(self, model: str, device_latency: tuple[float, float], is_urgent: bool) -> None:
        """Say what runs, how late it is, and whether other programs can delay it."""
        devices_ms = 1000 * sum(device_latency)
        rate_hz, block = self._settings.sample_rate_hz, self._settings.block_samples
        stderr.print(
            f"{self._source.name} to {self._target.name}, {rate_hz} Hz, blocks of {block} samples, {model}, "
            f"{'real-time' if is_urgent else 'ordinary'} priority\n"
            f"latency: denoiser {self._added_ms:.1f} ms, devices {devices_ms:.1f} ms as PortAudio states; "
            "b bypass, + - strength, q end",
            soft_wrap=True,
        )

    def show(self, counts: Counts, controls: Controls) -> None:
        """Draw the meters anew."""
        if not stderr.is_terminal:
            return
        state = "bypassed" if controls.is_bypassed else f"strength {100 * controls.strength:3.0f} %"
        lost = counts.input_overflows + counts.output_underflows
        sys.stderr.write(
            f"\rin {meter(counts.before_db)}  out {meter(counts.after_db)}  load {100 * counts.mean_load:4.1f} %  "
            f"underruns {lost}  {state}  "
        )
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line of meters."""
        if stderr.is_terminal:
            sys.stderr.write("\n")


def meter(level_db: float) -> str:
    """Return a bar and the level."""
    cells = round(BAR_CELLS * min(1.0, max(0.0, 1 + level_db / BAR_DB)))
    return f"{'#' * cells}{'.' * (BAR_CELLS - cells)} {level_db:6.1f} dB"


def print_summary(counts: Counts, lost: LostSound, settings: Any, recordings: Sequence[Path]) -> None:
    """Print what has passed."""
    block_ms = 1000 * settings.block_samples / settings.sample_rate_hz
    stdout.print(
        f"{duration_text(counts.samples / settings.sample_rate_hz)} passed in {counts.blocks} blocks of "
        f"{block_ms:g} ms\n"
        f"load: {100 * counts.mean_load:.1f} % of the time, at most {100 * counts.highest_load:.1f} %\n"
        f"underruns: {counts.output_underflows} of the output, {counts.input_overflows} overruns of the input"
    )
    if lost.is_certain:
        stdout.print(lost_text(lost))
    for path in recordings:
        stdout.print(f"wrote {path}", soft_wrap=True)


def lost_text(lost: LostSound) -> str:
    """What to tell of sound that never came."""
    return (
        f"lost: {lost.seconds:.2f} s less sound came in than time passed. A sound server can drop input unseen when a "
        "program reads it late, as PipeWire does behind ALSA: close other programs (docs/learn/live.md)"
    )
