"""The challenge layout: what is written is found again, and batches of it repeat."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.audio.files import AudioError, read_audio, write_audio
from linnet.audio.folders import file_id_of
from linnet.audio.recordings import LoadedRecording
from linnet.audio.sources import Sources
from linnet.audio.synthetic import speech_like
from linnet.tasks.denoise.dns_challenge import DnsDataset, find_pairs, synthesize_set
from linnet.tasks.denoise.mixtures import MixtureDataset, MixtureSettings

RATE = 16000
NOISY_ONLY = MixtureSettings(clean_probability=0.0)


def one_voice() -> Sources:
    voice = speech_like(np.random.default_rng(0), 3 * RATE, RATE)
    return Sources((LoadedRecording("a voice+b", "a", (voice * 32767).astype(np.int16)),), (), (), RATE)


def test_a_set_is_found_again_as_it_was_mixed(tmp_path):
    written = tuple(synthesize_set(one_voice(), NOISY_ONLY, tmp_path / "set", 3, 5, 0.5))
    assert find_pairs(tmp_path / "set") == written
    dataset = MixtureDataset(one_voice(), MixtureSettings(clip_seconds=0.5, clean_probability=0.0), 5)
    for pair in written:
        clip = dataset.clip(pair.file_id)
        for path, signal in ((pair.noisy, clip.noisy), (pair.clean, clip.clean), (pair.noise, clip.noise)):
            assert path is not None
            audio, rate_hz = read_audio(path)
            assert rate_hz == RATE
            np.testing.assert_allclose(audio[:, 0], signal, atol=2**-15)
        assert pair.snr_db == round(clip.snr_db)
    with open(tmp_path / "set" / "mixtures.csv", newline="") as file:
        assert [row["file_id"] for row in csv.DictReader(file)] == ["0", "1", "2"]


def test_the_same_arguments_write_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        list(synthesize_set(one_voice(), NOISY_ONLY, tmp_path / name, 2, 9, 0.25))
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*"))
    assert len(files) == 7
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files)


def test_a_set_is_not_written_into_another(tmp_path):
    (tmp_path / "keep.txt").touch()
    with pytest.raises(AudioError, match="not empty"):
        next(synthesize_set(one_voice(), NOISY_ONLY, tmp_path, 1, 0, 0.5))
    with pytest.raises(ValueError, match="clips=0"):
        next(synthesize_set(one_voice(), NOISY_ONLY, tmp_path / "set", 0, 0, 0.5))


@settings(max_examples=30, deadline=None)
@given(
    number=st.integers(0, 10**9),
    snr_db=st.integers(-30, 30),
    stem=st.from_regex(r"[a-z0-9_]+", fullmatch=True),
)
def test_the_id_is_read_from_any_name_of_the_challenge(number, snr_db, stem):
    folder = Path("noisy")
    assert file_id_of(folder / f"{stem}_snr{snr_db}_tl-21_fileid_{number}.wav") == number
    assert file_id_of(folder / f"{stem}.wav") is None or "fileid_" in stem


def put_pair(root, number, samples=4000, noisy="book_snr5_tl-20"):
    for kind, name in (("noisy", noisy), ("clean", "clean")):
        (root / kind).mkdir(parents=True, exist_ok=True)
        signal = np.linspace(0, 0.5 if kind == "noisy" else 0.25, samples, dtype=np.float32)
        write_audio(root / kind / f"{name}_fileid_{number}.wav", signal, RATE)


def test_pairs_without_a_reference_are_refused_and_noise_may_be_missing(tmp_path):
    put_pair(tmp_path, 1)
    put_pair(tmp_path, 20)
    first, second = find_pairs(tmp_path)
    assert (first.file_id, second.file_id) == (1, 20)
    assert (first.noise, first.snr_db) == (None, 5.0)
    second.clean.unlink()
    with pytest.raises(AudioError, match="fileid_20"):
        find_pairs(tmp_path)


def test_an_id_that_stands_twice_is_refused(tmp_path):
    put_pair(tmp_path, 1)
    put_pair(tmp_path, 1, noisy="other")
    with pytest.raises(AudioError, match="both have file id 1"):
        find_pairs(tmp_path)


def test_a_folder_of_another_layout_is_refused(tmp_path):
    with pytest.raises(AudioError, match="is not a folder"):
        find_pairs(tmp_path)
    (tmp_path / "noisy").mkdir()
    with pytest.raises(AudioError, match="layout of the DNS challenge"):
        find_pairs(tmp_path)


@settings(max_examples=10, deadline=None)
@given(index=st.integers(0, 1000), seed=st.integers(0, 1000), seconds=st.floats(0.01, 0.6))
def test_a_batch_of_cuts_keeps_pairs_together_and_repeats(tmp_path_factory, index, seed, seconds):
    root = tmp_path_factory.getbasetemp() / "cuts"
    if not root.exists():
        for number in range(3):
            put_pair(root, number)
    dataset = DnsDataset(find_pairs(root), seconds, batch_size=2, seed=seed)
    batch = dataset.batch(index)
    assert batch.noisy.shape == (2, round(seconds * RATE))
    np.testing.assert_allclose(batch.noisy, 2 * batch.clean, atol=2**-14)
    assert np.array_equal(batch.noisy, dataset.batch(index).noisy)


def test_an_epoch_takes_every_pair_once(tmp_path):
    for number in range(6):
        put_pair(tmp_path, number, samples=100 * (number + 1))
    batch = DnsDataset(find_pairs(tmp_path), 0.1, batch_size=6, seed=3).batch(4)
    lengths = [int(np.flatnonzero(clip)[-1]) + 1 for clip in batch.noisy]
    assert sorted(lengths) == [100, 200, 300, 400, 500, 600]


def test_another_rate_is_resampled(tmp_path):
    put_pair(tmp_path, 0)
    batch = DnsDataset(find_pairs(tmp_path), 0.25, batch_size=1, sample_rate_hz=8000).batch(0)
    assert batch.noisy.shape == (1, 2000)
    assert batch.noisy.max() > 0.4


def test_a_dataset_of_nothing_is_refused():
    with pytest.raises(ValueError, match="0 pairs"):
        DnsDataset(())
