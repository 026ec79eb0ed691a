"""What the tests of plug-ins share: the plug-in installed into a home of its own, and the file's result to compare."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile

from linnet.apps.cli import main
from linnet.audio.resample import Resampler
from linnet.runtime import Denoiser
from linnet.runtime.library import plugin_bundle
from tests.source_tree import ROOT

MODEL = "denoise-bands-large"
"""The model inside the plug-in, LINNET_PLUGIN_MODEL."""

WINDOW = {16000: 512, 44100: 1408, 48000: 1536}
"""The latency that the plug-in reports, samples."""


class Installed(NamedTuple):
    """Where `linnet plugin install` put things, and the environment in which hosts find them."""

    home: Path
    library: Path
    environment: dict[str, str]


def install(home: Path, *options: str) -> Installed:
    if not (plugin_bundle() / "linnet_denoise.so").is_file():
        pytest.skip("the engine was built without the plug-in")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.delenv("XDG_CONFIG_HOME", raising=False)
        assert main(["plugin", "install", *options]) == 0
    where = {
        "HOME": str(home),
        "LADSPA_PATH": str(home / ".ladspa"),
        "LV2_PATH": f"{home / '.lv2'}:/usr/lib/lv2",
    }
    return Installed(home, home / ".ladspa" / "linnet_denoise.so", os.environ | where)


def host(installed: Installed, *words: str | Path) -> str:
    """What a host prints, which must succeed and say nothing of errors."""
    done = subprocess.run(
        [str(word) for word in words],
        env=installed.environment,
        cwd=installed.home,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def clip(rate_hz: int = 16000) -> np.ndarray:
    """An example, float32 [samples], brought to this rate."""
    sound, own_hz = soundfile.read(ROOT / "examples" / "noisy" / "fan.wav", dtype="float32")
    resampler = Resampler(own_hz, rate_hz, channels=1)
    return np.concatenate((resampler.push(sound[:, None]), resampler.flush()))[:, 0]


def of_the_file(sound: np.ndarray, rate_hz: int) -> np.ndarray:
    """What `linnet denoise` makes of it, sample by sample."""
    return Denoiser.from_pretrained(MODEL)(sound, sample_rate_hz=rate_hz)
