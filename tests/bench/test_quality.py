"""Figures of a set: kinds and ratios from its list, means over what is defined."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from linnet.bench.cleaners import Untouched
from linnet.bench.quality import (
    Row,
    Sounds,
    _ratios,
    clips_of_folder,
    grouped,
    kind_of,
    means,
    measured,
    ratio_text,
)
from linnet.tasks.denoise.dns_challenge import synthesize_set
from linnet.tasks.denoise.kinds import generated_sources
from linnet.tasks.denoise.mixtures import MixtureSettings


@pytest.mark.parametrize(
    ("contents", "kind"),
    [
        ("ann+esc50_rain_00", "esc50_rain"),
        ("ann+blue+esc10_rain_00", "blue"),
        ("ann+babble_6spk_00", "babble_6spk"),
        ("ann+1234", "1234"),
        ("ann", "not known"),
        ("", "not known"),
    ],
)
def test_a_kind_is_the_first_noise_without_its_number(contents: str, kind: str) -> None:
    assert kind_of(contents) == kind


@pytest.mark.parametrize(
    ("snr_db", "text"),
    [(-3.0, "below 0 dB"), (0.0, "0 to 5 dB"), (14.9, "10 to 15 dB"), (40.0, "from 15 dB")],
)
def test_ratios_fall_in_one_span(snr_db: float, text: str) -> None:
    assert ratio_text(snr_db) == text


def test_a_set_is_measured_with_the_kinds_and_ratios_of_its_list(tmp_path: Path) -> None:
    settings = MixtureSettings(clean_probability=0.0, babble_probability=0.0)
    pairs = list(synthesize_set(generated_sources(0), settings, tmp_path / "set", 3, 1, 1.0))
    clips = clips_of_folder(tmp_path / "set")
    assert [clip.name for clip in clips] == [pair.noisy.stem for pair in pairs]
    rows = list(measured(clips, [Untouched()], [_ratios]))
    assert all(row.figures["si_snr_improvement_db"] == 0.0 for row in rows)
    assert {row.kind for row in rows} <= {
        *("white", "pink", "brown", "blue", "shaped", "modulated", "hum", "clicks", "harmonic", "sweep")
    }
    for clip, row in zip(clips, rows, strict=True):
        assert clip.snr_db is not None
        assert row.ratio == ratio_text(clip.snr_db)


def test_improvement_is_against_the_noisy_recording() -> None:
    rng = np.random.default_rng(1)
    clean, noise = (rng.normal(0, 0.1, 4000).astype(np.float32) for _ in range(2))
    figures = _ratios(Sounds(clean + noise, clean, 16000), clean + 0.1 * noise)
    assert figures["si_snr_improvement_db"] == pytest.approx(20, abs=0.5)


def test_means_leave_out_what_is_not_defined_and_groups_go_from_low_to_high() -> None:
    rows = [
        Row("a", "1", "x", "from 15 dB", {"pesq": math.nan, "stoi": math.nan}),
        Row("a", "2", "x", "0 to 5 dB", {"pesq": 2.0, "stoi": math.nan}),
        Row("a", "3", "x", "below 0 dB", {"pesq": 1.0, "stoi": math.nan}),
    ]
    found = means(rows)
    assert found["pesq"] == 1.5
    assert math.isnan(found["stoi"])
    assert list(grouped(rows, lambda row: row.ratio)) == ["below 0 dB", "0 to 5 dB", "from 15 dB"]
