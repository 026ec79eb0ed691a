"""`linnet bench quality` and `linnet bench kinds`: every denoiser beside the others, in three forms."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from linnet.apps.bench import quality
from linnet.apps.bench.quality_tables import digits
from linnet.apps.desk.console import finite
from linnet.apps.desk.contenders import names_apart
from linnet.audio.metrics import DnsmosScore
from linnet.bench.kinds import FIGURES
from linnet.bench.quality import _Listener, _ratios, clips_of_folder
from linnet.tasks.denoise.kinds import generated_sources, write_kinds
from tests.apps.conftest import Command

COPY = "same=cp {in} {out}"


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kinds") / "set"
    list(write_kinds(generated_sources(0), folder, clips=1, seconds=2.0, seed=0))
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """SI-SNR alone: the others take seconds for each clip."""
    monkeypatch.setattr(quality, "installed_measures", lambda: ([_ratios], ["PESQ: pip install pesq"]))


@pytest.mark.usefixtures("quick")
def test_models_and_commands_stand_beside_each_other(
    linnet: Command, model: Path, kinds: Path, tmp_path: Path
) -> None:
    words = ("bench", "quality", "--set", kinds, "--clips", 1, "--model", model, "--peer", COPY)
    outcome = linnet(*words, "--out", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert "not here: PESQ" in outcome.err
    found = json.loads((tmp_path / "out" / "quality.json").read_text())
    noisy, own, same = found["denoisers"]
    assert (noisy["name"], same["name"], same["aligned_by_ms"]) == ("noisy", "same", 0.0)
    assert same["mean"]["si_snr_improvement_db"] == pytest.approx(0.0, abs=0.01)  # of 16 bits
    assert own["facts"]["macs_from"] == "counted in the program"
    assert 0 < own["facts"]["effective_macs_per_s"] <= own["facts"]["dense_macs_per_s"]
    assert own["real_time_factor"] is not None
    assert noisy["real_time_factor"] is None
    assert "| same | " in (tmp_path / "out" / "quality.md").read_text()
    assert (tmp_path / "out" / "quality.png").read_bytes().startswith(b"\x89PNG")


def test_the_clean_references_are_judged_by_what_needs_no_reference(
    linnet: Command, model: Path, kinds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever hears the references gives 4.5, and 2 to all else."""
    pairs = clips_of_folder(kinds)[:1]
    references = [pair.sounds().clean for pair in pairs]

    def score(heard: np.ndarray, rate_hz: int) -> DnsmosScore:
        known = any(np.array_equal(heard, clean) for clean in references)
        return DnsmosScore(4.5, 4.0, 5.0) if known else DnsmosScore(2.0, 2.0, 2.0)

    monkeypatch.setattr(quality, "installed_measures", lambda: ([_ratios, _Listener(score)], []))
    words = ("bench", "quality", "--set", kinds, "--clips", 1, "--model", model)
    outcome = linnet(*words, "--out", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    found = json.loads((tmp_path / "out" / "quality.json").read_text())
    assert found["reference"] == {"dnsmos_ovrl": 4.5, "dnsmos_sig": 4.0, "dnsmos_bak": 5.0}
    assert "| clean reference | - | - | 4.50 | 4.00 | 5.00 |" in outcome.out


@pytest.mark.long
def test_kinds_are_judged_for_every_denoiser(linnet: Command, model: Path, kinds: Path) -> None:
    words = ("bench", "kinds", "--set", kinds, "--model", model, "--peer", COPY)
    outcome = linnet(*words, "--json")
    assert outcome.code == 0, outcome.err
    rows = json.loads(outcome.out)["rows"]
    assert {row["figure"] for row in rows} == set(FIGURES)
    same = {row["kind"]: row["mean"] for row in rows if row["denoiser"] == "same"}
    assert same["buzz alone"] == pytest.approx(0, abs=0.01)
    table = linnet(*words).out
    assert "| buzz alone | noise left after 1 s, dB | up to -20 | 0.0 - |" in table


def test_what_cannot_be_compared_is_refused(linnet: Command, model: Path, kinds: Path) -> None:
    assert "either a set" in linnet("bench", "quality", "--model", model).err
    words = ("bench", "quality", "--set", kinds, "--clips", 1, "--model", model, "--peer")
    assert "NAME=COMMAND" in linnet(*words, "nothing").err
    assert "did not clean" in linnet(*words, "broken=false {in} {out}").err


def test_contenders_of_the_same_name_are_told_apart_or_refused(
    linnet: Command, model: Path, kinds: Path
) -> None:
    """Rows are kept by name: of two with the same one, a figure would be lost or mixed."""
    assert names_apart(["a/m.gguf", "b/m.gguf", "c/n.gguf"]) == ["a/m.gguf", "b/m.gguf", "n"]
    words = ("bench", "kinds", "--set", kinds, "--model", model)
    for other in ((model,), ("--peer", f"{model.stem}=cp {{in}} {{out}}"), ("--peer", "noisy=cp {in} {out}")):
        assert "could not be told apart" in linnet(*words, *other).err


@pytest.mark.usefixtures("quick")
def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_measured(
    linnet: Command, model: Path, kinds: Path, tmp_path: Path
) -> None:
    (tmp_path / "out" / "quality.png").mkdir(parents=True)
    (tmp_path / "file").write_text("")
    quality_words = ("bench", "quality", "--set", kinds, "--model", model, "--out")
    assert "is a folder, so it cannot be written" in linnet(*quality_words, tmp_path / "out").err
    assert "is a file, so nothing" in linnet(*quality_words, tmp_path / "file").err
    assert "is a file, so nothing" in linnet("bench", "engine", "--out", tmp_path / "file").err


def test_a_set_of_kinds_has_one_voice(linnet: Command, tmp_path: Path) -> None:
    words = ("data", "kinds", "--out", tmp_path / "set", "--data", tmp_path, "--speech", tmp_path)
    assert "give only one of them" in linnet(*words).err


def test_what_is_not_defined_is_a_dash_and_null() -> None:
    assert (digits(float("nan"), 2), digits(None, 2), digits(1.234, 2)) == ("-", "-", "1.23")
    assert finite({"a": [float("inf"), 1.0]}) == {"a": [None, 1.0]}
