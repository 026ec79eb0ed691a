"""What deployment hands from the learning wing to the model file."""

import dataclasses

import pytest

pytest.importorskip("jax")

from linnet.audio.stft import FrontEnd
from linnet.ir import FrontEndSpec
from linnet.life.deploy import front_end_spec
from linnet.tasks.denoise.task import Denoise


def test_every_setting_of_the_front_end_reaches_the_model_file() -> None:
    front_end = FrontEnd(
        sample_rate_hz=8000,
        window=64,
        hop=16,
        window_kind="rectangular",
        compression_roots=1,
        level_time_constant_ms=500.0,
        level_initial=0.25,
        level_floor=0.5,
        level_least=0.75,
        level_most=2.0,
        phase_bins=7,
        band_ratio=8,
        offset_time_constant_ms=400.0,
    )
    spec, usual = front_end_spec(Denoise(front_end=front_end)), FrontEndSpec()
    for field in dataclasses.fields(front_end):
        if field.name not in ("level_time_constant_ms", "offset_time_constant_ms"):
            assert hasattr(spec, field.name), field.name
    for field in dataclasses.fields(spec):
        if field.name == "frames_per_second":  # of tasks without a front end
            continue
        assert getattr(spec, field.name) == getattr(front_end, field.name), field.name
        assert getattr(spec, field.name) != getattr(usual, field.name), f"{field.name} is as usual: no test"
    bands = len(front_end.band_starts())
    assert spec.feature_count == front_end.feature_count == bands + 14 < 33 + 14
    assert spec.gain_count == front_end.gain_count == bands + 7


@pytest.mark.parametrize("window", [16, 64, 512, 8192])
def test_bands_of_the_model_file_begin_where_those_of_training_do(window: int) -> None:
    for ratio in (0, *range(2, window // 2 + 1, 1 + window // 64)):
        front_end = FrontEnd(window=window, hop=window // 4, band_ratio=ratio)
        assert front_end_spec(Denoise(front_end=front_end)).band_starts() == front_end.band_starts().tolist()
