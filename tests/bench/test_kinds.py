"""Kinds of sound are judged by the figure that matters, and the figures are what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from linnet.audio.files import AudioError
from linnet.bench.cleaners import Facts, Untouched
from linnet.bench.kinds import FIGURES, IDEAL, Heard, ideally, judged, judged_ideal, read_kinds, within
from linnet.tasks.denoise.kinds import generated_sources, write_kinds

RATE_HZ = 16000
WHOLE = (0.0, 8000.0)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kinds") / "set"
    list(write_kinds(generated_sources(0), folder, clips=1, seconds=2.0, seed=0))
    return folder


@dataclass(frozen=True)
class Tenth:
    """A denoiser that turns everything down by 20 dB after half a second."""

    name: str = "tenth"
    facts: Facts = field(default_factory=Facts)

    def clean(self, noisy: np.ndarray, rate_hz: int) -> np.ndarray:
        gain = np.where(np.arange(noisy.size) < rate_hz // 2, 1.0, 0.0999)
        return (noisy * gain).astype(np.float32)


def test_what_does_nothing_fails_on_noise_and_loses_nothing(kinds: Path) -> None:
    rows = {(row.kind, row.figure): row for row in judged(read_kinds(kinds), Untouched())}
    assert rows["buzz alone", "left_db"].mean == pytest.approx(0, abs=1e-9)
    assert rows["buzz alone", "left_db"].is_good is False
    assert rows["telephone", "lost_db"].mean == 0.0
    assert rows["telephone", "lost_db"].is_good is True
    assert rows["hum, speech", "kept_db"].mean == 0.0
    assert rows["hum, speech", "kept_db"].is_good is None


def test_noise_is_judged_after_its_first_second(kinds: Path) -> None:
    rows = {(row.kind, row.figure): row for row in judged(read_kinds(kinds), Tenth())}
    assert rows["hum alone", "left_db"].mean == pytest.approx(20 * np.log10(0.0999), abs=1e-3)
    assert rows["hum alone", "left_db"].is_good is True


def test_what_is_lost_is_judged_within_the_band_only() -> None:
    rng = np.random.default_rng(3)
    low, high, noise = (rng.normal(0, 0.1, 16000).astype(np.float32) for _ in range(3))
    low, high = within(low, RATE_HZ, (0, 3600)), within(high, RATE_HZ, (4400, 8000))
    clean = low + high
    twin = Heard(clean + noise, clean, clean + 0.1 * noise, RATE_HZ)
    narrow = Heard(low + noise, clean, low + 0.1 * noise, RATE_HZ)
    (in_band,) = FIGURES["lost_db"](narrow, twin, (0.0, 3600.0))
    (in_all,) = FIGURES["lost_db"](narrow, twin, WHOLE)
    assert abs(in_band) < 0.1
    assert abs(in_all) > 1.0


def test_ideal_gains_leave_clean_sound_and_beat_any_single_gain() -> None:
    rng = np.random.default_rng(4)
    clean, noise = (rng.normal(0, 0.1, 16000).astype(np.float32) for _ in range(2))
    clean = within(clean, RATE_HZ, (0, 4000))
    np.testing.assert_allclose(ideally(clean, clean, RATE_HZ), clean, atol=1e-6)
    quiet = np.float32(1e-5)
    np.testing.assert_allclose(ideally(quiet * clean, quiet * clean, RATE_HZ), quiet * clean, atol=1e-11)
    assert not np.any(ideally(noise, 0 * noise, RATE_HZ))
    left = ideally(clean + noise, clean, RATE_HZ) - clean
    quieter = ideally(clean + noise, np.float32(0.25) * clean, RATE_HZ)
    np.testing.assert_allclose(quieter, ideally(clean + noise, clean, RATE_HZ), rtol=0.02, atol=2e-3)
    single = within(clean + noise, RATE_HZ, (0, 4000)) * np.float32(2 / 3) - clean
    assert np.sum(left**2) < 0.8 * np.sum(single**2)
    with pytest.raises(AudioError, match="leave out --ideal"):
        ideally(clean, clean, 44100)


def test_ideal_gains_have_the_rows_of_a_denoiser_and_lose_nothing_on_a_telephone(kinds: Path) -> None:
    clips = read_kinds(kinds)
    rows = {(row.kind, row.figure): row for row in judged_ideal(clips)}
    assert list(rows) == [(row.kind, row.figure) for row in judged(clips, Untouched())]
    assert {row.cleaner for row in rows.values()} == {IDEAL}
    assert rows["buzz alone", "left_db"].mean < -60
    assert rows["clipped", "kept_db"].mean > -3
    assert abs(rows["telephone", "lost_db"].mean) < 0.5 < rows["clipped", "lost_db"].mean


def test_a_folder_that_is_no_set_of_kinds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"kinds\.csv"):
        read_kinds(tmp_path)
