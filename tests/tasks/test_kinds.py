"""Sets of hard kinds of sound: each clip is what its kind says, and the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from linnet.audio.alignment import lag_of
from linnet.audio.mixing import active_level
from linnet.tasks.denoise.kinds import (
    KINDS,
    OFFSET,
    PLAIN,
    Plain,
    clipped,
    cold_start,
    generated_sources,
    low_rate,
    mp3,
    quiet,
    telephone,
    with_offset,
    write_kinds,
)
from linnet.tasks.denoise.mixtures import MixtureDataset

RATE_HZ = 16000


@pytest.fixture(scope="module")
def plain() -> Plain:
    sources = generated_sources(1)
    clip = MixtureDataset(sources, PLAIN, 1).clip(0)
    return Plain(clip.noisy, clip.clean, np.random.default_rng(2), sources)


def share_above(signal: np.ndarray, hz: float) -> float:
    power = np.abs(np.fft.rfft(signal)) ** 2
    return float(power[np.fft.rfftfreq(signal.size, 1 / RATE_HZ) > hz].sum() / power.sum())


def test_narrow_bands_end_where_they_should_and_stay_in_time(plain: Plain) -> None:
    assert share_above(plain.noisy, 4000) > 1e-3
    for make, edge_hz in ((low_rate(8000), 4100), (low_rate(11025), 5700), (telephone, 3500), (mp3, 6000)):
        noisy, clean = make(plain)
        assert noisy.shape == clean.shape == plain.noisy.shape
        assert share_above(noisy, edge_hz) < 1e-4
        assert lag_of(plain.noisy, noisy, most=2000) == 0


def test_levels_and_offsets_are_those_of_the_kind(plain: Plain) -> None:
    assert 20 * np.log10(active_level(quiet(plain)[0])) == pytest.approx(-85, abs=0.01)
    assert with_offset(plain)[0] - plain.noisy == pytest.approx(OFFSET, abs=1e-6)
    loud, clean = clipped(plain)
    assert np.abs(loud).max() == 1.0
    assert np.mean(np.abs(loud) == 1.0) > 1e-3
    assert np.abs(clean).max() < 1.0


def test_a_cold_start_begins_with_speech(plain: Plain) -> None:
    noisy, clean = cold_start(plain)
    assert noisy.shape == clean.shape
    first = clean[:160]
    assert np.mean(first**2) > np.mean(clean**2) / 100


@pytest.mark.long
def test_every_kind_is_written_and_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        made = list(write_kinds(generated_sources(0), tmp_path / name, clips=1, seconds=2.0, seed=3))
        assert made == [
            kind.name for kind in KINDS if kind.name != "laughter alone"
        ]  # which is not generated
    files = [path for path in (tmp_path / "first").rglob("*") if path.is_file()]
    assert len(files) == 2 * (len(KINDS) - 1) + 1
    for path in files:
        assert path.read_bytes() == (tmp_path / "second" / path.relative_to(tmp_path / "first")).read_bytes()


def test_a_set_of_no_clips_is_refused(tmp_path: Path, plain: Plain) -> None:
    with pytest.raises(ValueError, match="clips=0"):
        next(write_kinds(plain.sources, tmp_path / "set", clips=0, seconds=2.0, seed=0))
    assert not (tmp_path / "set").exists()
