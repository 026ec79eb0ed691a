"""The page to listen by: recordings noisy, clean, and as each denoiser leaves them, with spectrograms."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from linnet.apps.desk.picture import Spectrogram
from linnet.apps.pages.page_html import POLICY, counts, document
from linnet.apps.pages.page_pictures import draw_spectrogram
from linnet.audio.files import write_audio
from linnet.output.quoting import html_text

Signal = NDArray[np.float32]

STYLE = """<style>
.take { display: grid; grid-template-columns: minmax(9rem, 12rem) 1fr; gap: .3rem 1rem; align-items: center;
  margin: .6rem 0; }
.take audio { width: 100%; } .take img { grid-column: 2; border-radius: 4px; }
</style>"""
FIGURES = {
    "si_snr_db": "SI-SNR, dB",
    "dull_db": "dull, dB",
    "musical": "musical",
    "pumping_db": "pumping, dB",
}
WORDS = (
    "Dull: how much of the speech's power above 4 kHz is left, frame by frame. Musical: how much more than in the "
    "noise single tones stand out in pauses (logarithm of a ratio of kurtosis). Pumping: how much more noise is left "
    "right after speech than later in pauses. They say where to listen, not which is better."
)


@dataclass(frozen=True)
class Take:
    """One recording as one denoiser left it, [samples], and its figures by name."""

    name: str
    samples: Signal
    figures: dict[str, float]


@dataclass(frozen=True)
class Scene:
    """One recording and all its takes, the noisy one first."""

    name: str
    rate_hz: int
    takes: tuple[Take, ...]


def listen_page(scenes: Sequence[Scene]) -> str:
    """Return one HTML file with sound and pictures inside."""
    parts = [
        STYLE,
        "<h1>Listening</h1>",
        f'<p class="soft">{html_text(WORDS)}</p>',
        "<h2>Means</h2>",
        counts(("", *FIGURES.values()), _means(scenes)),
        *(part for scene in scenes for part in _scene(scene)),
    ]
    return document("Listening", parts, policy=f"{POLICY}; media-src data:")


def _means(scenes: Sequence[Scene]) -> list[tuple[str, ...]]:
    names = dict.fromkeys(take.name for scene in scenes for take in scene.takes)
    rows = []
    for name in names:
        found = [take.figures for scene in scenes for take in scene.takes if take.name == name]
        means = (_mean([figures.get(key, math.nan) for figures in found]) for key in FIGURES)
        rows.append((name, *(_text(mean) for mean in means)))
    return rows


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def _text(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}"


def _scene(scene: Scene) -> list[str]:
    drawn = [_spectrogram(take.samples, scene.rate_hz) for take in scene.takes]
    top = float(drawn[0].decibels().max())
    parts = [f"<h2>{html_text(scene.name)}</h2>"]
    for take, picture in zip(scene.takes, drawn, strict=True):
        figures = ", ".join(
            f"{FIGURES[key].replace(', dB', '')} {_text(value)}{' dB' if 'dB' in FIGURES[key] else ''}"
            for key, value in take.figures.items()
            if not math.isnan(value)
        )
        name = html_text(take.name)
        parts.append(
            f'<div class="take"><strong>{name}</strong>'
            f'<audio controls preload="none" aria-label="{html_text(scene.name)}, {name}" '
            f'src="data:audio/flac;base64,{_base64(_flac(take.samples, scene.rate_hz))}"></audio>'
            f'<span class="soft">{html_text(figures)}</span>'
            f'<img alt="Spectrogram of {html_text(scene.name)}, {name}" '
            f'src="data:image/png;base64,{_base64(draw_spectrogram(picture, top=top))}"></div>'
        )
    return parts


def _spectrogram(samples: Signal, rate_hz: int) -> Spectrogram:
    found = Spectrogram(samples.size, rate_hz)
    found.push(samples[:, np.newaxis])
    return found


def _flac(samples: Signal, rate_hz: int) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "take.flac"
        write_audio(path, np.clip(samples, -1.0, 1.0)[:, np.newaxis], rate_hz)
        return path.read_bytes()


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
