"""The gallery of the documentation: the example clips before and after, made as the pages are built.

`build` is called by conf.py. `python docs/gallery.py` makes the one sound that the README links to.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soundfile

from linnet.apps.cli import main

ROOT = Path(__file__).resolve().parents[1]
NOISY = ROOT / "examples" / "noisy"
NOISES = {
    "fan.wav": "A fan, 5 dB",
    "hum.wav": "Mains hum with harmonics, 3 dB",
    "keyboard.wav": "Knocks over faint hiss, -6 dB",
    "wind.wav": "Wind that swells and fades, 2 dB",
    "voices.wav": "Five other voices, 6 dB: speech among speech is kept, as the models know one voice at a time",
    "siren.wav": "A gliding tone, 4 dB",
    "stereo48k.flac": "Pink noise in stereo at 48 kHz, 8 dB",
}


def build(target: Path) -> None:
    """Write the clips, the cleaned clips, their pictures and the page of them into a folder."""
    words = [
        "denoise",
        str(NOISY),
        "-o",
        str(target),
        "--plot",
        "--overwrite",
        "--json",
        str(target / "report.json"),
    ]
    target.mkdir(parents=True, exist_ok=True)
    if main(words) != 0:
        raise SystemExit("the example clips were not cleaned, so there is no gallery; see the message above.")
    parts = []
    for name, what in NOISES.items():
        stem, suffix = Path(name).stem, Path(name).suffix
        noisy = f"{stem}-noisy{suffix}"
        (target / noisy).write_bytes((NOISY / name).read_bytes())
        parts.append(
            f"## {what}\n\n"
            f"![Spectrograms of {name} before and after](/_gallery/{stem}.png)\n\n"
            "```{raw} html\n"
            f"{player('Before', noisy)}{player('After', name)}"
            "```\n"
        )
    (target / "clips.txt").write_text("\n".join(parts), "utf-8")


def player(label: str, name: str) -> str:
    """Return one player; html_extra_path puts the files at the top of the site."""
    return (
        f'<p><label>{label}<br><audio controls preload="none" src="{name}" aria-label="{label}: {name}">'
        f'</audio></label> <a href="{name}" download>{name}</a></p>\n'
    )


def write_sound(target: Path, name: str = "wind.wav") -> None:
    """Write one clip, noisy and then cleaned, half a second between."""
    from linnet import Denoiser

    noisy, rate_hz = soundfile.read(NOISY / name, dtype="float32")
    clean = Denoiser.from_pretrained()(noisy, sample_rate_hz=rate_hz)
    soundfile.write(target, np.concatenate([noisy, np.zeros(rate_hz // 2, np.float32), clean]), rate_hz)


if __name__ == "__main__":
    write_sound(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "sounds" / "before_after.mp3")
