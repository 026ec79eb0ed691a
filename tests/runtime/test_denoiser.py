"""Sound in, sound out: any rate, any pieces, the same bits, exactly as long, aligned in time."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linnet.runtime import Denoiser
from linnet.runtime.samples import LoudSoundWarning
from tests.runtime.conftest import model_of

RATES_HZ = [16000, 8000, 11025, 22050, 44100, 48000, 96000, 37000]
RESAMPLED_HZ = [37000, 192000]


def tone(rate_hz: int, samples: int) -> np.ndarray:
    time = np.arange(samples) / rate_hz
    return (0.4 * np.sin(2 * np.pi * 440 * time) + 0.2 * np.sin(2 * np.pi * 1230 * time)).astype(np.float32)


def in_pieces(denoiser: Denoiser, sound: np.ndarray, rate_hz: int, sizes: list[int]) -> np.ndarray:
    """What a stream makes of `sound` cut into pieces of these sizes, over and over, its delay taken off."""
    channels = sound.shape[1] if sound.ndim == 2 else 1
    stream = denoiser.stream(sample_rate_hz=rate_hz, channels=channels)
    parts, place, turn = [], 0, 0
    while place < len(sound):
        size = sizes[turn % len(sizes)]
        parts.append(stream.push(sound[place : place + size]))
        place, turn = place + size, turn + 1
    return np.concatenate([*parts, stream.flush()])[stream.delay_samples :]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("sizes", [[128], [1], [97, 0, 1000, 3], [100000]], ids=str)
def test_a_stream_gives_the_bits_of_the_whole(denoiser: Denoiser, rate_hz: int, sizes: list[int]) -> None:
    samples = 900 if sizes == [1] else 5000
    sound = np.random.default_rng(rate_hz).normal(0, 0.1, samples).astype(np.float32)
    whole = denoiser(sound, sample_rate_hz=rate_hz)
    assert whole.dtype == np.float32
    assert np.array_equal(in_pieces(denoiser, sound, rate_hz, sizes), whole)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_without_attenuation_the_sound_comes_back_in_place(transparent: Denoiser, rate_hz: int) -> None:
    sound = tone(rate_hz, rate_hz // 2)
    error = np.abs(transparent(sound, sample_rate_hz=rate_hz) - sound)
    margin = rate_hz // 50  # the tone begins and ends abruptly, which no filter of finite band can follow
    # Only float32 rounding, or twice the 90 dB of the resampler's design.
    limit = 2e-6 if rate_hz not in RESAMPLED_HZ else 2 * 0.6 * 10 ** (-90 / 20)
    assert (error if rate_hz not in RESAMPLED_HZ else error[margin:-margin]).max() < limit


@pytest.mark.parametrize("rate_hz", [16000, 44100])
@pytest.mark.parametrize("samples", [0, 1, 2, 127, 128, 129, 383, 385, 1001])
def test_the_length_is_exactly_kept(denoiser: Denoiser, rate_hz: int, samples: int) -> None:
    sound = np.full(samples, 0.1, np.float32)
    assert denoiser(sound, sample_rate_hz=rate_hz).shape == (samples,)
    assert denoiser(sound[:, None], sample_rate_hz=rate_hz).shape == (samples, 1)


@pytest.mark.parametrize("rate_hz", [16000, 48000])
def test_each_channel_is_cleaned_on_its_own(
    denoiser: Denoiser, rng: np.random.Generator, rate_hz: int
) -> None:
    sound = rng.normal(0, 0.1, (3000, 3)).astype(np.float32)
    together = denoiser(sound, sample_rate_hz=rate_hz)
    for c in range(3):
        assert np.array_equal(together[:, c], denoiser(sound[:, c], sample_rate_hz=rate_hz))
    assert np.array_equal(in_pieces(denoiser, sound, rate_hz, [77]), together)


def test_the_documented_delay_is_the_delay(transparent: Denoiser) -> None:
    for rate_hz in RATES_HZ:
        stream = transparent.stream(sample_rate_hz=rate_hz)
        sound = np.zeros(6000, np.float32)
        sound[1000:1400] = tone(rate_hz, 400) * np.hanning(400)
        out = np.concatenate([stream.push(sound), stream.flush()])
        lag = int(np.argmax(np.correlate(out, sound, "valid")))
        assert lag == stream.delay_samples
    assert transparent.stream().delay_samples == 384
    assert transparent.algorithmic_latency_ms == 32.0


def test_a_push_of_whole_hops_gives_as_many_samples(denoiser: Denoiser) -> None:
    stream = denoiser.stream()
    assert [len(stream.push(np.zeros(size, np.float32))) for size in (128, 256, 128, 640)] == [
        128,
        256,
        128,
        640,
    ]


def test_so_it_does_at_every_rate_of_the_engine(denoiser: Denoiser) -> None:
    for rate_hz, hop in {8000: 64, 11025: 88, 44100: 352, 48000: 384, 96000: 768}.items():
        stream = denoiser.stream(sample_rate_hz=rate_hz)
        assert stream.delay_samples == 3 * hop
        assert [len(stream.push(np.zeros(n * hop, np.float32))) for n in (1, 3, 2)] == [hop, 3 * hop, 2 * hop]


@pytest.mark.parametrize("rate_hz", RESAMPLED_HZ)
def test_at_other_rates_every_push_gives_as_many_samples(denoiser: Denoiser, rate_hz: int) -> None:
    stream = denoiser.stream(sample_rate_hz=rate_hz)
    for size in np.random.default_rng(1).integers(0, 500, 60):
        assert len(stream.push(np.zeros(size, np.float32))) == size


def test_a_flushed_stream_begins_anew(denoiser: Denoiser, rng: np.random.Generator) -> None:
    sound = rng.normal(0, 0.1, 2000).astype(np.float32)
    stream = denoiser.stream(sample_rate_hz=22050)
    first = np.concatenate([stream.push(sound), stream.flush()])
    second = np.concatenate([stream.push(sound), stream.flush()])
    assert np.array_equal(first, second)


def test_attenuation_is_limited(denoiser: Denoiser, rng: np.random.Generator) -> None:
    """A gain floor of -20 dB and unlimited gains bracket every bin, so limited = full + at most 0.1 of the rest."""
    sound = rng.normal(0, 0.1, 16000).astype(np.float32)
    limited = Denoiser(denoiser.model, max_attenuation_db=20)(sound, sample_rate_hz=16000)
    nothing = Denoiser(denoiser.model, max_attenuation_db=400)(sound, sample_rate_hz=16000)
    assert np.array_equal(nothing, denoiser(sound, sample_rate_hz=16000))
    window = np.hanning(512)
    before, after = (
        np.abs(np.fft.rfft(x[4000 : 4000 + 8192].reshape(-1, 512) * window)).mean() for x in (sound, limited)
    )
    assert after >= 0.1 * before


def test_silence_stays_silent(denoiser: Denoiser) -> None:
    assert not denoiser(np.zeros(4000, np.float32), sample_rate_hz=16000).any()
    assert not denoiser(np.zeros((4000, 2)), sample_rate_hz=44100).any()


@pytest.mark.parametrize("rate_hz", [16000, 44100])
def test_bad_samples_count_as_silence_and_loud_ones_are_cut(denoiser: Denoiser, rate_hz: int) -> None:
    sound = tone(rate_hz, 4000).astype(np.float64)
    sound[500:505] = [np.nan, np.inf, -np.inf, 1e300, -1e300]
    harmless = sound.copy()
    harmless[500:505] = [0, 0, 0, 4, -4]
    with pytest.warns(LoudSoundWarning, match=r"a sample of 1e\+300 came, 6000 dB over the full scale of 1"):
        out = denoiser(sound, sample_rate_hz=rate_hz)
    assert np.isfinite(out).all()
    with pytest.warns(LoudSoundWarning, match="12 dB over"):
        assert np.array_equal(out, denoiser(harmless, sample_rate_hz=rate_hz))


def test_clipping_and_dc_are_sane(transparent: Denoiser) -> None:
    square = np.where(tone(16000, 8000) > 0, 1.0, -1.0)
    assert np.abs(transparent(square, sample_rate_hz=16000) - square).max() < 1e-5
    assert np.abs(transparent(np.full(8000, 0.5), sample_rate_hz=16000) - 0.5).max() < 1e-5


@pytest.mark.parametrize("rate_hz", [7999, 0, -16000, 16000.5])
def test_a_rate_without_speech_is_refused(denoiser: Denoiser, rate_hz: float) -> None:
    with pytest.raises(ValueError, match="at least 8000"):
        denoiser.stream(sample_rate_hz=rate_hz)  # type: ignore[arg-type]


def test_what_is_no_sound_is_refused(denoiser: Denoiser) -> None:
    for kind in (np.int32, np.uint8, np.complex64):
        with pytest.raises(ValueError, match="whose full scale is not known"):
            denoiser(np.zeros(100, kind), sample_rate_hz=16000)
    for wrong in ("fan.wav", None):
        with pytest.raises(ValueError, match="which holds no numbers; give samples, as soundfile"):
            denoiser(wrong, sample_rate_hz=16000)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="neither"):
        denoiser(np.zeros((2, 3, 4)), sample_rate_hz=16000)
    with pytest.raises(ValueError, match="2 channel"):
        denoiser.stream(channels=2).push(np.zeros(100, np.float32))
    with pytest.raises(ValueError, match="at least one"):
        denoiser.stream(channels=0)


@pytest.mark.parametrize("rate_hz", [16000, 44100, 12345])
def test_the_limit_of_a_stream_changes_while_sound_comes(denoiser: Denoiser, rate_hz: int) -> None:
    sound = tone(rate_hz, rate_hz)
    free, stream = (denoiser.stream(sample_rate_hz=rate_hz) for _ in range(2))
    half, soon = rate_hz // 2, rate_hz // 10
    before = stream.push(sound[:half])
    assert np.array_equal(before, free.push(sound[:half]))
    stream.set_max_attenuation_db(0)
    heard = np.concatenate((before, stream.push(sound[half:])))[half + soon :]
    assert (
        np.abs(heard - sound[half + soon - stream.delay_samples :][: len(heard)]).max() < 0.01 * sound.max()
    )
    assert (
        np.abs(before[soon:] - sound[soon - stream.delay_samples :][: len(before) - soon]).max()
        > 0.1 * sound.max()
    )
    stream.set_max_attenuation_db(None)
    with pytest.raises(ValueError, match="max_attenuation_db=-1 is no attenuation"):
        stream.set_max_attenuation_db(-1)
    free.flush(), stream.flush()
    assert np.array_equal(stream.push(sound), free.push(sound))


@pytest.mark.parametrize("limit", [-1.0, np.nan, np.inf, "12"])
def test_an_attenuation_that_is_none_is_refused(denoiser: Denoiser, limit: Any) -> None:
    with pytest.raises(ValueError, match="None for no limit"):
        Denoiser(denoiser.model, max_attenuation_db=limit)


def test_a_file_gives_what_its_bytes_give(tmp_path: Path) -> None:
    from linnet.ir import write_program

    path = tmp_path / "model.gguf"
    program, model = model_of(2, features=24)
    write_program(program, path)
    sound = tone(16000, 3000)
    of_bytes = Denoiser(model)(sound, sample_rate_hz=16000)
    assert np.array_equal(Denoiser(path)(sound, sample_rate_hz=16000), of_bytes)


def test_threads_may_share_a_denoiser(denoiser: Denoiser, rng: np.random.Generator) -> None:
    sounds = [rng.normal(0, 0.1, 8000).astype(np.float32) for _ in range(4)]
    alone = [denoiser(sound, sample_rate_hz=16000) for sound in sounds]
    results: list[np.ndarray] = [np.empty(0)] * 4

    def work(index: int) -> None:
        results[index] = denoiser(sounds[index], sample_rate_hz=16000)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(a, b) for a, b in zip(results, alone, strict=True))


@pytest.mark.parametrize(
    ("rate_hz", "reason"),
    [
        (float("nan"), "no whole number of hertz"),
        (None, "a NoneType and no number"),
        ("16000", "'16000' came, a str and no number"),
        (True, "a bool and no number"),
        (44100.5, "44100.5 came, no whole number of hertz"),
        (7999, "lacks what the model hears"),
        (2**32, "which no recording of sound has"),
    ],
)
def test_what_is_no_sample_rate_is_refused_for_its_own_reason(
    denoiser: Denoiser, rate_hz: object, reason: str
) -> None:
    with pytest.raises(ValueError, match=f"{reason}.*give a whole number of at least 8000"):
        denoiser.stream(sample_rate_hz=rate_hz)  # type: ignore[arg-type]
