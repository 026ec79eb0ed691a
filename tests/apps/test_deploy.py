"""What deployment hands from the learning wing to the model file."""

import dataclasses

import pytest

pytest.importorskip("jax")

from linnet.apps.deploy import front_end_spec
from linnet.audio.stft import FrontEnd
from linnet.ir import FrontEndSpec


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
    spec, usual = front_end_spec(front_end), FrontEndSpec()
    for field in dataclasses.fields(spec):
        assert getattr(spec, field.name) == getattr(front_end, field.name), field.name
        assert getattr(spec, field.name) != getattr(usual, field.name), f"{field.name} is as usual: no test"
    assert (
        (spec.feature_count, spec.gain_count) == (front_end.feature_count, front_end.gain_count) == (47, 40)
    )
