"""Speak the example clips anew: synthetic voices plus generated noise, so that no recording is needed.

    make examples        (or: python examples/make_examples.py, with Linnet installed)

Needs Debian's `flite` and `espeak-ng`. Writes pairs of one name into `examples/noisy` and `examples/clean`:
noisy = clean + noise, the same gain on both. The noise is seeded; the voices may differ by a few samples
between versions of the two programs, which is why the clips themselves are committed too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from linnet.audio import mixing, synthetic

HERE = Path(__file__).resolve().parent
LEVEL_DBFS = -24.0  # of the noisy sum where it is active; leaves room for the peaks of speech
PAUSE_SECONDS = 0.4  # noise alone before and after the speech: what a denoiser does there is worth hearing


@dataclass(frozen=True)
class Voice:
    """One speaker: the program that speaks and the name it knows the voice by."""

    program: str
    name: str

    def command(self, text: str, wav: Path) -> list[str]:
        """Return the command line that speaks `text` into the file `wav`."""
        if self.program == "flite":
            return ["flite", "-voice", self.name, "-t", text, "-o", str(wav)]
        return ["espeak-ng", "-v", self.name, "-s", "150", "-w", str(wav), text]


SLT, RMS, AWB = Voice("flite", "slt"), Voice("flite", "rms"), Voice("flite", "awb")
AMERICAN, SCOTTISH = Voice("espeak-ng", "en-us"), Voice("espeak-ng", "en-gb-scotland+f3")


@dataclass(frozen=True)
class Example:
    """One pair of files: who says what, over which noise, at which ratio."""

    name: str
    voice: Voice
    text: str
    noise: str
    snr_db: float


EXAMPLES = (
    Example("fan.wav", SLT, "Please close the window, the fan is louder than my voice.", "fan", 5.0),
    Example("hum.wav", RMS, "The old amplifier in this room has always been humming.", "hum", 3.0),
    Example("keyboard.wav", AWB, "I will type the minutes while the others are talking.", "clicks", -6.0),
    Example("wind.wav", SLT, "We are standing on the bridge, and the wind comes from the sea.", "wind", 2.0),
    Example("voices.wav", RMS, "Somebody at the next table is telling a very long story.", "babble", 6.0),
    Example("siren.wav", AMERICAN, "A car with a siren is passing, wait a moment please.", "sweep", 4.0),
    Example("stereo48k.flac", SCOTTISH, "This clip has two channels, with other noise in each.", "pink", 8.0),
)

BABBLE_LINES = (
    "and then he said that the boat had never been painted at all",
    "nobody asked for the bill so we sat there until the rain stopped",
    "my sister keeps three bees in a box and calls each of them by name",
    "the second train was late as well which surprised no one",
    "you take the flour first and the eggs only when the butter is soft",
)


def main() -> int:
    """Write every pair; return the exit status."""
    missing = [program for program in ("flite", "espeak-ng") if shutil.which(program) is None]
    if missing:
        print(
            f"{' and '.join(missing)} not found on PATH, so the examples cannot be spoken; "
            "sudo apt-get install flite espeak-ng",
            file=sys.stderr,
        )
        return 2
    for index, example in enumerate(EXAMPLES):
        rate_hz = 48_000 if "48k" in example.name else 16_000
        noisy, clean = make_pair(example, rate_hz, np.random.default_rng(index))
        for folder, signal in (("noisy", noisy), ("clean", clean)):
            (HERE / folder).mkdir(exist_ok=True)
            soundfile.write(HERE / folder / example.name, signal, rate_hz, subtype="PCM_16")
        print(
            f"{example.name:16} {noisy.shape[0] / rate_hz:5.2f} s  {example.noise:7} {example.snr_db:4.1f} dB"
        )
    return 0


def make_pair(
    example: Example, rate_hz: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return noisy and clean [samples, channels]: one channel, or two with the speaker to the left."""
    speech = speak(example.voice, example.text, rate_hz)
    pans = (1.0, 0.5) if "stereo" in example.name else (1.0,)
    pairs = []
    for pan in pans:
        noise = make_noise(example.noise, rng, speech.size, rate_hz)
        pairs.append(
            mixing.mix(speech, noise, snr_db=example.snr_db, level_dbfs=LEVEL_DBFS + 20 * np.log10(pan))
        )
    noisy = np.stack([pair.noisy for pair in pairs], axis=1)
    clean = np.stack([pair.clean for pair in pairs], axis=1)
    return noisy, clean


def speak(voice: Voice, text: str, rate_hz: int) -> NDArray[np.float32]:
    """Return the spoken `text` as float32 [samples] at `rate_hz`, with a pause at both ends."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "speech.wav"
        subprocess.run(voice.command(text, wav), check=True, capture_output=True)
        samples, spoken_hz = soundfile.read(wav, dtype="float32")
    samples = np.asarray(resample_poly(samples, rate_hz, spoken_hz), np.float32)
    pause = np.zeros(int(PAUSE_SECONDS * rate_hz), np.float32)
    return np.concatenate([pause, samples, pause])


def make_noise(kind: str, rng: np.random.Generator, samples: int, rate_hz: int) -> NDArray[np.float32]:
    """Return generated noise of a named kind as float32 [samples]."""
    if kind == "babble":
        return synthetic.babble([looped(line, samples, rate_hz) for line in spread(BABBLE_LINES)])
    makers = {
        "fan": synthetic.shaped,
        "hum": synthetic.hum,
        "clicks": synthetic.clicks,
        "wind": synthetic.modulated,
        "sweep": synthetic.sweep,
        "pink": synthetic.pink,
    }
    return makers[kind](rng, samples, rate_hz)


def spread(lines: Sequence[str]) -> list[tuple[Voice, str]]:
    """Give every line a voice, in turn, and not the voice that the clip itself speaks with."""
    voices = (SLT, AWB, AMERICAN, SCOTTISH)
    return [(voices[index % len(voices)], line) for index, line in enumerate(lines)]


def looped(line: tuple[Voice, str], samples: int, rate_hz: int) -> NDArray[np.float32]:
    """Return one spoken line repeated until it fills [samples]."""
    return np.resize(speak(*line, rate_hz), samples)


if __name__ == "__main__":
    sys.exit(main())
