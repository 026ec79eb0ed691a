"""`linnet evaluate`: pairs by name, figures that an independent computation confirms."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from linnet import Denoiser
from linnet.apps.commands.evaluate import mean_figures
from linnet.apps.desk.console import finite
from linnet.apps.desk.pairs import pair_folders
from linnet.apps.desk.refusal import Refusal
from linnet.audio.files import read_audio, write_audio
from tests.apps.conftest import Command
from tests.conftest import tone


def plain_si_snr_db(clean: np.ndarray, heard: np.ndarray) -> float:
    """The textbook's formula in float64, on its own: 10 log10 |a s|^2 / |a s - h|^2."""
    s, h = (
        clean.astype(np.float64) - clean.mean(dtype=np.float64),
        heard.astype(np.float64) - heard.mean(dtype=np.float64),
    )
    projected = s * (h @ s) / (s @ s)
    return float(10 * np.log10((projected @ projected) / ((h - projected) @ (h - projected))))


@pytest.fixture
def test_set(tmp_path: Path) -> Path:
    """Three pairs, one in a subfolder, one of two channels."""
    for index, name in enumerate(["a.wav", "deep/b.wav", "c.flac"]):
        clean = tone(0.6, 16000, 2 if name == "c.flac" else 1, seed=index)
        noise = np.random.default_rng(9).normal(0, 0.02, clean.shape).astype(np.float32)
        for folder, sound in (("clean", clean), ("noisy", clean + noise)):
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_audio(path, sound, 16000, encoding="PCM_24")
    return tmp_path


@pytest.mark.usefixtures("quick_dnsmos")
def test_the_figures_are_those_of_the_definition(linnet: Command, model: Path, test_set: Path) -> None:
    scores = test_set / "scores.json"
    outcome = linnet(
        *("evaluate", "--noisy", test_set / "noisy", "--clean", test_set / "clean"),
        *("--model", model, "--json", scores),
    )
    assert outcome.code == 0, outcome.err
    result = json.loads(scores.read_text())
    words = ("evaluate", "--noisy", test_set / "noisy", "--clean", test_set / "clean", "--model", model)
    assert json.loads(linnet(*words, "--json", "-").out) == result
    denoiser = Denoiser(model)
    assert [clip["name"] for clip in result["clips"]] == ["a.wav", "c.flac", "deep/b.wav"]
    for clip in result["clips"]:
        noisy, clean = (
            read_audio(test_set / "noisy" / clip["name"])[0],
            read_audio(test_set / "clean" / clip["name"])[0],
        )
        cleaned = denoiser(noisy, sample_rate_hz=16000)
        before = np.mean([plain_si_snr_db(s, h) for s, h in zip(clean.T, noisy.T, strict=True)])
        after = np.mean([plain_si_snr_db(s, h) for s, h in zip(clean.T, cleaned.T, strict=True)])
        assert clip["si_snr_noisy_db"] == pytest.approx(before, abs=1e-6)
        assert clip["si_snr_db"] == pytest.approx(after, abs=1e-6)
        assert clip["si_snr_improvement_db"] == pytest.approx(after - before, abs=1e-6)
    mean = np.mean([clip["si_snr_db"] for clip in result["clips"]])
    assert result["mean"]["si_snr_db"] == pytest.approx(mean)
    assert "mean of 3" in outcome.out


@pytest.mark.usefixtures("quick_dnsmos")
def test_floats_on_the_scale_of_int16_have_the_figures_of_the_same_sound(
    linnet: Command, model: Path, test_set: Path
) -> None:
    words = (
        "evaluate",
        "--noisy",
        test_set / "noisy",
        "--clean",
        test_set / "clean",
        "--model",
        model,
        "--json",
        "-",
    )
    expected = json.loads(linnet(*words).out)["clips"][0]
    for folder in ("noisy", "clean"):
        path = test_set / folder / "a.wav"
        write_audio(path, read_audio(path)[0] * np.float32(32768), 16000, encoding="FLOAT")
    outcome = linnet(*words)
    assert outcome.err.count("full scale 32768") == 2
    found = json.loads(outcome.out)["clips"][0]
    assert found["name"] == expected["name"] == "a.wav"
    for name, value in expected.items():
        assert name == "name" or found[name] == pytest.approx(value, abs=1e-4), name


def test_challenge_names_pair_by_file_id(tmp_path: Path) -> None:
    for folder, names in (
        ("noisy", ["book_snr5_fileid_2.wav", "book_snr0_fileid_10.wav"]),
        ("clean", ["clean_fileid_10.wav", "clean_fileid_2.wav"]),
    ):
        (tmp_path / folder).mkdir()
        for name in names:
            write_audio(tmp_path / folder / name, tone(0.1, 16000), 16000)
    pairs = pair_folders(tmp_path / "noisy", tmp_path / "clean")
    assert {(pair.noisy.name, pair.clean.name) for pair in pairs} == {
        ("book_snr5_fileid_2.wav", "clean_fileid_2.wav"),
        ("book_snr0_fileid_10.wav", "clean_fileid_10.wav"),
    }


def test_a_recording_without_reference_is_refused(test_set: Path) -> None:
    (test_set / "clean" / "a.wav").unlink()
    with pytest.raises(Refusal, match=r"a\.wav has no reference"):
        pair_folders(test_set / "noisy", test_set / "clean")


def test_bad_test_sets_are_refused(linnet: Command, model: Path, test_set: Path) -> None:
    def run(*more: object) -> str:
        words = ["--noisy", test_set / "noisy", "--clean", test_set / "clean", "--model", model, *more]
        outcome = linnet("evaluate", *words)
        assert outcome.code == 2
        return " ".join(outcome.err.split())

    assert "does not exist" in run("--json", test_set / "missing" / "scores.json")
    (test_set / "mine.json").write_text("mine")
    assert "already exists and would be lost" in run("--json", test_set / "mine.json")
    assert (test_set / "mine.json").read_text() == "mine"
    write_audio(test_set / "clean" / "a.wav", tone(0.5, 16000), 16000)
    assert "give both the same" in run()
    write_audio(test_set / "clean" / "a.wav", np.zeros(9600, np.float32), 16000)
    assert "silent" in run()
    outcome = linnet(
        "evaluate", "--noisy", test_set / "gone", "--clean", test_set / "clean", "--model", model
    )
    assert outcome.code == 2
    assert "gone" in outcome.err


def test_a_figure_that_is_not_defined_is_left_out_of_the_mean_and_null_in_json() -> None:
    rows = [{"name": "a", "seconds": 1.0, "pesq": math.nan}, {"name": "b", "seconds": 1.0, "pesq": 2.0}]
    assert mean_figures(rows) == {"pesq": 2.0}
    assert finite({"clips": rows})["clips"][0]["pesq"] is None
