"""Folders with and without a manifest become pools; splits never share a speaker."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linnet.audio.files import AudioError, write_audio
from linnet.audio.recordings import FiledRecording, LoadedRecording, leave_on_disk, load
from linnet.audio.sources import SPLITS, Sources, split_of
from linnet.tasks.denoise.mixtures import MixtureDataset, MixtureSettings

TONE = (0.3 * np.sin(np.arange(3200) / 9)).astype(np.float32)


def put(root, *names, rate_hz=16000):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write_audio(root / name, TONE, rate_hz)


def names(pool):
    return [recording.name for recording in pool]


def test_a_manifest_decides_kind_split_and_speaker(tmp_path):
    put(tmp_path, "x/a.wav", "x/b.wav", "y/c.flac", "z/r.flac")
    (tmp_path / "manifest.csv").write_text(
        "path,kind,split,speaker_or_source\nx/a.wav,speech,train,anna\nx/b.wav,speech,val,ben\n"
        "y/c.flac,noise,train,rain\nz/r.flac,rir,train,room\nq/none.wav,picture,train,\n"
    )
    train = Sources.from_folder(tmp_path, "train")
    assert (names(train.speech), names(train.noise), names(train.rooms)) == (["a"], ["c"], ["r"])
    assert train.speech[0].label == "anna"
    assert names(Sources.from_folder(tmp_path, "val").speech) == ["b"]
    assert names(Sources.from_folder(tmp_path).speech) == ["a", "b"]


def test_a_manifest_out_of_a_spreadsheet_is_read(tmp_path):
    put(tmp_path, "x/a.wav")
    (tmp_path / "manifest.csv").write_text("path,kind\nx/a.wav,speech\n", encoding="utf-8-sig")
    assert names(Sources.from_folder(tmp_path).speech) == ["a"]


def test_a_line_of_a_manifest_without_a_path_is_refused_by_its_number(tmp_path):
    put(tmp_path, "x/a.wav")
    (tmp_path / "manifest.csv").write_text("path,kind\nx/a.wav,speech\nx/b.wav\n")
    with pytest.raises(AudioError, match="line 3, has no path or no kind"):
        Sources.from_folder(tmp_path)


def test_split_folders_decide_where_there_is_no_manifest(tmp_path):
    put(tmp_path, "speech/train/a.wav", "speech/val/b.wav", "noise/train/n.wav")
    assert names(Sources.from_folder(tmp_path, "train").speech) == ["a"]
    val = Sources.from_folder(tmp_path, "val")
    assert (names(val.speech), val.noise) == (["b"], ())


def test_without_either_a_hash_of_the_speaker_decides(tmp_path):
    put(tmp_path, *(f"clean/speaker{i}/{j}.wav" for i in range(60) for j in range(2)))
    pools = {split: Sources.from_folder(tmp_path, split).speech for split in SPLITS}
    speakers = {split: {recording.label for recording in pool} for split, pool in pools.items()}
    assert sum(len(pool) for pool in pools.values()) == 120
    assert not speakers["train"] & (speakers["val"] | speakers["test"])
    assert len(speakers["train"]) > 40


@given(st.text())
def test_every_name_has_one_split_and_keeps_it(name):
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    assert split_of(name) == split_of(name)
    assert split_of(name) in SPLITS


def test_prefixes_are_left_out(tmp_path):
    put(tmp_path, "speech/a.wav", "noise/esc10_x.wav", "noise/nc_y.wav", "noise/nc_z.wav")
    sources = Sources.from_folder(tmp_path, exclude_prefixes=("nc_", "other"))
    assert names(sources.noise) == ["esc10_x"]


def test_other_rates_are_resampled_and_samples_kept_as_16_bit(tmp_path):
    put(tmp_path, "speech/a.wav", rate_hz=8000)
    recording = Sources.from_folder(tmp_path).speech[0]
    assert isinstance(recording, LoadedRecording)
    assert recording.codes.dtype == np.int16
    assert recording.codes.size == 6400
    put(tmp_path, "same/a.wav")
    same = Sources.from_folders([tmp_path / "same"]).speech[0]
    np.testing.assert_allclose(same.cut(100, 50), TONE[100:150], atol=2**-16)


@settings(max_examples=25, deadline=None)
@given(
    start=st.integers(0, 3300),
    samples=st.integers(0, 3400),
    rates=st.sampled_from([(16000, 16000), (44100, 16000), (8000, 16000), (22050, 16000)]),
)
def test_a_cut_from_disk_has_the_bits_of_a_cut_from_memory(tmp_path_factory, start, samples, rates):
    from_hz, to_hz = rates
    path = tmp_path_factory.getbasetemp() / f"disk{from_hz}.flac"
    if not path.exists():
        rng = np.random.default_rng(0)
        write_audio(path, rng.uniform(-0.5, 0.5, 3200 * from_hz // 16000).astype(np.float32), from_hz)
    loaded, filed = load(path, "", to_hz), leave_on_disk(path, "", to_hz)
    assert loaded.samples == filed.samples
    start = min(start, loaded.samples)
    assert np.array_equal(loaded.cut(start, samples), filed.cut(start, samples))


def test_a_large_collection_stays_on_disk_and_mixes_the_same(tmp_path):
    put(tmp_path, "speech/a.wav", "speech/b.flac", "noise/c.wav", rate_hz=22050)
    short = MixtureSettings(clip_seconds=0.1, batch=4)
    held, left = (
        MixtureDataset(Sources.from_folder(tmp_path, memory_hours=hours), short, seed=1) for hours in (1, 0)
    )
    assert isinstance(held.sources.speech[0], LoadedRecording)
    assert isinstance(left.sources.speech[0], FiledRecording)
    assert np.array_equal(held.batch(3).noisy, left.batch(3).noisy)


def test_hours_add_up(tmp_path):
    put(tmp_path, "speech/a.wav", "noise/b.wav")
    assert Sources.from_folder(tmp_path).hours() == pytest.approx(
        {"speech": 0.2 / 3600, "noise": 0.2 / 3600, "rooms": 0.0}
    )


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(AudioError, match="is not a folder"):
        Sources.from_folder(tmp_path / "none")
    with pytest.raises(AudioError, match="no speech"):
        Sources.from_folder(tmp_path)
    put(tmp_path.parent / "only-train", "speech/train/a.wav")
    with pytest.raises(AudioError, match=r"no speech for split 'val'.*speech/val"):
        Sources.from_folder(tmp_path.parent / "only-train", "val")
    with pytest.raises(AudioError, match="choose one of"):
        Sources.from_folder(tmp_path, "dev")
    (tmp_path / "manifest.csv").write_text("file,kind\na,b\n")
    with pytest.raises(AudioError, match="path,kind"):
        Sources.from_folder(tmp_path)
    with pytest.raises(AudioError, match="no speech"):
        Sources.from_folders([tmp_path])
