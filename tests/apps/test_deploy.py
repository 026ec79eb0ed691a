"""What deployment hands from the learning wing to the model file."""

import dataclasses

import pytest

pytest.importorskip("jax")

from linnet.apps.deploy import front_end_spec
from linnet.audio.stft import FrontEnd


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
        phase_bins=7,
    )
    usual = FrontEnd()
    assert all(
        getattr(front_end, field.name) != getattr(usual, field.name) for field in dataclasses.fields(usual)
    )
    spec = front_end_spec(front_end)
    for field in dataclasses.fields(spec):
        assert getattr(spec, field.name) == getattr(front_end, field.name), field.name
    assert (
        (spec.feature_count, spec.gain_count) == (front_end.feature_count, front_end.gain_count) == (47, 40)
    )
