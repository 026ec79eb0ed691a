"""`linnet evaluate`: how much better recordings become, measured against their clean references."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from tyro.conf import arg

from linnet.apps.desk.console import counted, finite, stdout
from linnet.apps.desk.models import MODEL_HELP, choose
from linnet.apps.desk.outputs import refuse_present, refuse_unwritable
from linnet.apps.desk.pairs import Pair, mean_si_snr_db, pair_folders, refuse_mismatch, say_scale
from linnet.apps.desk.refusal import Refusal
from linnet.audio import metrics
from linnet.audio.files import audio_info, read_audio
from linnet.audio.scale import scale_of
from linnet.output.atomic import write_text
from linnet.runtime import Denoiser

Channels = NDArray[np.float32]
Measure = Callable[[Channels, Channels, int], float]
"""A clip's figure from its clean reference and what was heard, [samples, channels] both, and the rate in Hz."""

Figures = dict[str, float]


@dataclass(frozen=True)
class Evaluate:
    """Score a model on noisy recordings with clean references.

    Prints SI-SNR before and after and the improvement (SI-SNRi), per clip and in the mean; PESQ, STOI and DNSMOS
    too where the extra [metrics] is installed. Files are paired by name, or by fileid_N as in the DNS challenges.
    """

    MAY_BE_PIPES = ("json",)  # no annotation: not an option

    noisy: Annotated[Path, arg(metavar="DIR")]
    """The noisy recordings."""

    clean: Annotated[Path, arg(metavar="DIR")]
    """Their clean references."""

    model: Annotated[
        str | None,
        arg(help=MODEL_HELP, metavar="NAME|PATH", help_behavior_hint="(default: the one that ships)"),
    ] = None

    json: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """Also write every figure to this file as JSON; - prints the JSON instead of the table."""

    dnsmos: Annotated[Path | None, arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """DNSMOS network, sig_bak_ovr.onnx of the DNS challenge, instead of the one in the package speechmos."""

    overwrite: bool = False
    """Replace FILE of --json if it exists."""

    def run(self) -> None:
        """Score every pair, print the table, write the file.

        Raises:
            Refusal: the folders do not pair, or a file cannot be used.
        """
        pairs = pair_folders(self.noisy, self.clean)
        is_printed = self.json == Path("-")
        if self.json is not None and not is_printed:
            refuse_unwritable(self.json)
            refuse_present(self.json, another="another FILE", overwrite=self.overwrite)
        measures = installed_measures(self.dnsmos)
        chosen = choose(self.model)
        rows = [score(pair, chosen.denoiser, measures) for pair in counted(pairs, "scoring")]
        means = mean_figures(rows)
        result = {"model": chosen.name, "model_bytes": chosen.file_bytes, "clips": rows, "mean": means}
        text = json.dumps(finite(result), indent=2) + "\n"
        if is_printed:
            print(text, end="")
            return
        print_table(rows, means)
        if self.json is not None:
            write_text(self.json, text)


def installed_measures(dnsmos: Path | None) -> dict[str, Measure]:
    """Return the measures to take beside SI-SNR, by the name of the figure: those whose packages are installed.

    Raises:
        MetricError, MissingExtraError: DNSMOS was asked for and cannot be had.
    """
    found: dict[str, Measure] = {}
    if find_spec("pesq") is not None:
        found["pesq"] = per_channel(metrics.pesq)
    if find_spec("pystoi") is not None:
        found["stoi"] = per_channel(metrics.stoi)
    if dnsmos is not None or (find_spec("speechmos") is not None and find_spec("onnxruntime") is not None):
        listen = metrics.Dnsmos.packaged() if dnsmos is None else metrics.Dnsmos(dnsmos)
        found["dnsmos"] = per_channel(lambda clean, heard, rate_hz: listen(heard, rate_hz).overall)
    return found


def per_channel(measure: Measure) -> Measure:
    """Return the mean over the channels of a measure of one channel; NaN where it is not defined for the clip."""

    def over_channels(clean: Channels, heard: Channels, rate_hz: int) -> float:
        try:
            return float(np.mean([measure(a, b, rate_hz) for a, b in zip(clean.T, heard.T, strict=True)]))
        except metrics.MetricError:
            return math.nan

    return over_channels


def score(pair: Pair, denoiser: Denoiser, measures: dict[str, Measure]) -> dict[str, Any]:
    """Return the figures of one pair: every measure of the noisy recording and of the cleaned one."""
    refuse_mismatch(pair.noisy, audio_info(pair.noisy), pair.clean, audio_info(pair.clean))
    (noisy, rate_hz), (clean, _) = read_audio(pair.noisy), read_audio(pair.clean)
    noisy, clean = at_full_scale(pair.noisy, noisy), at_full_scale(pair.clean, clean)
    cleaned = denoiser(noisy, sample_rate_hz=rate_hz)
    try:
        before, after = mean_si_snr_db(clean, noisy), mean_si_snr_db(clean, cleaned)
    except metrics.MetricError as error:
        raise Refusal(f"{pair.clean}: {error}") from error
    row: dict[str, Any] = {
        "name": pair.name,
        "seconds": noisy.shape[0] / rate_hz,
        "si_snr_noisy_db": before,
        "si_snr_db": after,
        "si_snr_improvement_db": after - before,
    }
    for name, measure in measures.items():
        row[f"{name}_noisy"] = measure(clean, noisy, rate_hz)
        row[name] = measure(clean, cleaned, rate_hz)
    return row


def at_full_scale(path: Path, sound: Channels) -> Channels:
    """A recording within [-1, 1], and a word on stderr where its samples were on the scale of integers."""
    scale = scale_of(sound)
    say_scale(str(path), scale)
    return sound / np.float32(scale)


def mean_figures(rows: list[dict[str, Any]]) -> Figures:
    """Return the mean over the clips of every figure, over those clips where it is defined; NaN where none is."""
    means = {}
    for name in rows[0].keys() - {"name", "seconds"}:
        values = [row[name] for row in rows if not math.isnan(row[name])]
        means[name] = float(np.mean(values)) if values else math.nan
    return {name: means[name] for name in rows[0] if name in means}


def print_table(rows: list[dict[str, Any]], means: Figures) -> None:
    """Print one line per clip and the mean."""
    table = Table(box=None, pad_edge=False)
    table.add_column("clip", overflow="fold")
    for name in means:
        table.add_column(heading(name), justify="right")
    for row in rows:
        table.add_row(row["name"], *(figure_text(name, row[name]) for name in means))
    table.add_section()
    table.add_row(
        f"mean of {len(rows)}", *(figure_text(name, value) for name, value in means.items()), style="bold"
    )
    stdout.print(table)


def heading(name: str) -> str:
    """Return the words above a column."""
    words = {
        "si_snr_noisy_db": "SI-SNR noisy, dB",
        "si_snr_db": "cleaned, dB",
        "si_snr_improvement_db": "SI-SNRi, dB",
    }
    metric, _, noisy = name.partition("_")
    return words.get(name) or f"{metric.upper()}{' noisy' if noisy else ''}"


def figure_text(name: str, value: float) -> str:
    """Return a figure with the digits it deserves; a dash where it is not defined."""
    if math.isnan(value):
        return "-"
    return f"{value:.2f}" if name.endswith("_db") else f"{value:.3f}"
