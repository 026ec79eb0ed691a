"""Trials run, are done once, survive being killed, and take finished runs as theirs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("jax")

from linnet.study.adoption import adopt
from linnet.study.driver import Event, run_here
from linnet.study.ledger import Ledger
from linnet.study.space import Measures, StudyError, Trial, fingerprint_of, read_study, trials_of
from linnet.train.loop import train
from tests.train.small import SMALL, write_recordings

LONGER = SMALL.replace("updates = 14", "updates = 60").replace("clip_seconds = 0.1", "clip_seconds = 0.5")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recordings(tmp_path_factory.mktemp("recordings"))


def write_study(folder: Path, *, seeds: str = "[0]", recipe: str = LONGER) -> Path:
    (folder / "small.toml").write_text(recipe)
    path = folder / "study.toml"
    path.write_text(f'name = "seeds"\nrecipe = "small.toml"\n[[grid]]\nseed = {seeds}\n')
    return path


def trials(study: Path, data: Path) -> list[Trial]:
    return trials_of(read_study(study), fingerprint_of(data))


@pytest.mark.long
def test_done_trials_stay_done_and_what_is_measured_is_whole(tmp_path: Path, data: Path) -> None:
    ledger, heard = Ledger(tmp_path / "out"), []
    wanted = trials(write_study(tmp_path, seeds="[0]"), data)
    run_here(wanted, data, ledger, Measures(), heard.append)
    assert [event.kind for event in heard] == ["begun", "done"]
    result = ledger.result(wanted[0].key)
    assert result is not None
    clips = result["by_clip"]["val"]["si_snr_db"]
    assert len(clips) == result["scores"]["val"]["clips"] == 4
    assert sum(clips) / 4 == pytest.approx(result["scores"]["val"]["integer_db"], abs=5e-4)  # the card rounds
    assert result["nonzeros"] <= result["weights"]
    assert result["step_us"]["minimum"] > 0

    heard.clear()
    run_here(wanted, data, ledger, Measures(), heard.append)
    assert heard == []
    more = trials(write_study(tmp_path, seeds="[0, 1]"), data)
    run_here(more, data, ledger, Measures(schemes=()), heard.append)
    assert [(event.kind, event.trial.recipe.training.seed) for event in heard] == [("begun", 1), ("done", 1)]


@pytest.mark.long
def test_a_finished_run_is_adopted_and_not_trained_again(tmp_path: Path, data: Path) -> None:
    study = write_study(tmp_path)
    train(tmp_path / "small.toml", data, tmp_path / "run")
    ledger, fingerprint = Ledger(tmp_path / "out"), fingerprint_of(data)
    key = adopt(tmp_path / "run", fingerprint, ledger)
    trial = trials(study, data)[0]
    assert key == trial.key
    before = (ledger.place(key) / "run" / "best.safetensors").read_bytes()
    heard: list[Event] = []
    run_here([trial], data, ledger, Measures(), heard.append)
    assert [event.kind for event in heard] == ["begun", "done"]
    assert (ledger.place(key) / "run" / "best.safetensors").read_bytes() == before
    with pytest.raises(StudyError, match="has a run already"):
        adopt(tmp_path / "run", fingerprint, ledger)


@pytest.mark.long
def test_a_killed_study_goes_on_from_its_checkpoint_and_ends_the_same(tmp_path: Path, data: Path) -> None:
    long_recipe = LONGER.replace("updates = 60", "updates = 400")
    study = write_study(tmp_path, recipe=long_recipe)
    trial = trials(study, data)[0]
    words = [sys.executable, "-m", "linnet", "study", "run", str(study), "--data", str(data)]
    first = Ledger(tmp_path / "killed")
    with subprocess.Popen([*words, "--out", str(first.folder)], stderr=subprocess.DEVNULL) as process:
        checkpoint = first.place(trial.key) / "run" / "checkpoint.safetensors"
        deadline = time.monotonic() + 300
        while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    assert checkpoint.exists()
    assert first.result(trial.key) is None
    whole = Ledger(tmp_path / "whole")
    for ledger in (first, whole):
        run_here([trial], data, ledger, Measures(), lambda event: None)
    log = (first.place(trial.key) / "run" / "log.jsonl").read_text().splitlines()
    begun_at = [json.loads(line)["update"] for line in log if "device" in line]
    assert len(begun_at) == 2, "it was to go on, not to begin anew"
    assert begun_at[1] > 0
    ends = [(each.place(trial.key) / "run" / "best.safetensors") for each in (first, whole)]
    results = [each.result(trial.key) for each in (first, whole)]
    assert results[0] is not None
    assert results[1] is not None
    assert results[0]["by_clip"] == results[1]["by_clip"]
    assert ends[0].stat().st_size == ends[1].stat().st_size


@pytest.mark.long
def test_a_trial_that_fails_does_not_hold_up_the_others(tmp_path: Path, data: Path) -> None:
    study = write_study(tmp_path, seeds="[0, 1]")
    wanted, ledger = trials(study, data), Ledger(tmp_path / "out")
    ledger.place(wanted[0].key).mkdir(parents=True)
    (ledger.place(wanted[0].key) / "recipe.toml").write_text("no TOML")
    heard: list[Event] = []
    run_here(wanted, data, ledger, Measures(), heard.append)
    assert [event.kind for event in heard] == ["begun", "failed", "begun", "done"]
    assert "is not TOML" in heard[1].reason
