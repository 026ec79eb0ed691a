"""What tests share: model files and a recording made on the spot; hypothesis without deadlines on a busy machine."""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from linnet.audio.files import write_audio
from linnet.audio.synthetic import speech_like
from linnet.ir import write_program
from tests.ir.programs import random_program

settings.register_profile("linnet", deadline=None)
settings.load_profile("linnet")

# Ray keeps its token in the home folder: tests that change HOME would leave one that no later cluster takes.
os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))

LARGEST_CACHE_BYTES = 256 << 20

LONG_TESTS_UNTIL = "LINNET_LONG_TESTS_UNTIL"
"""A time in seconds since 1970. Long tests that have not begun by then are skipped, each of them named as such."""


def pytest_configure(config: pytest.Config) -> None:
    """Keep what XLA compiles in pytest's cache: the same program is compiled once, by whichever worker needs it first.

    JAX finds an entry by the program, the options and its own version, so a changed program is compiled again. Set
    JAX_ENABLE_COMPILATION_CACHE=false to compile everything.
    """
    if "JAX_COMPILATION_CACHE_DIR" in os.environ or not hasattr(config, "cache"):
        return
    folder = config.cache.mkdir(f"xla-{processor()}")
    is_worker = hasattr(config, "workerinput")
    if not is_worker and sum(path.stat().st_size for path in folder.iterdir()) > LARGEST_CACHE_BYTES:
        shutil.rmtree(folder)
        folder.mkdir()
    chosen = {
        "jax_compilation_cache_dir": str(folder),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    os.environ.update({name.upper(): str(value) for name, value in chosen.items()})
    # Where the conftest of a folder named on the command line has imported JAX, the environment is read already.
    if "jax" in sys.modules:
        for name, value in chosen.items():
            sys.modules["jax"].config.update(name, value)


@pytest.hookimpl(tryfirst=True)  # before any fixture of the test is made
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where the time of the long tests is limited, begin none after it."""
    until = os.environ.get(LONG_TESTS_UNTIL)
    if until is not None and item.get_closest_marker("long") and time.time() >= float(until):
        pytest.skip(f"not begun in time, which {LONG_TESTS_UNTIL} limits")


def processor() -> str:
    """A short name of what machine code may be made of here, for a checkout that several machines share."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    features = sorted({line for line in lines if line.lower().startswith(("flags", "features"))})
    return hashlib.sha256("\n".join([platform.machine(), *features]).encode()).hexdigest()[:12]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid model file whose gains mean nothing: for everything but the quality of the sound."""
    path = tmp_path_factory.mktemp("model") / "random.gguf"
    write_program(random_program(3), path)
    return path


@pytest.fixture(scope="session")
def phase_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another, whose 40 lowest bins have phase and whose other features are of bands."""
    path = tmp_path_factory.mktemp("model") / "phase.gguf"
    write_program(random_program(4, phase_bins=40, band_ratio=16), path)
    return path


def tone(seconds: float, rate_hz: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Speech-like sound, [samples, channels] float32, a voice per channel, mostly below 3 kHz."""
    rng = np.random.default_rng(seed)
    return np.stack([speech_like(rng, round(seconds * rate_hz), rate_hz) for _ in range(channels)], axis=1)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Half a second of speech-like sound at 16 kHz."""
    path = tmp_path / "in" / "voice.wav"
    path.parent.mkdir()
    write_audio(path, tone(0.5, 16000), 16000)
    return path
