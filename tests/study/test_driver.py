"""Trials run, are done once, survive being killed, and take finished runs as theirs. One training serves most tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

pytest.importorskip("jax")

from linnet.audio.files import AudioError
from linnet.audio.held import holding
from linnet.output.lock import FolderLock
from linnet.study.adoption import adopt
from linnet.study.driver import Event, recordings_of, run_here, wait_until_free
from linnet.study.ledger import Ledger
from linnet.study.settings import Measures, StudyError
from linnet.study.space import Trial, fingerprint_of, read_study, trials_of
from tests.train.small import SMALL, write_recordings

CHANGES = {
    "updates = 14": "updates = 120",
    "validate_every = 4": "validate_every = 120",  # each draws its curves, for a second
    "checkpoint_every = 3": "checkpoint_every = 10",
    "clip_seconds = 0.1": "clip_seconds = 0.5",
}


def recipe_text() -> str:
    text = SMALL
    for before, after in CHANGES.items():
        assert before in text
        text = text.replace(before, after)
    return text


class Studied(NamedTuple):
    """A study of seeds 0 and 1 that was run once: the recipe of seed 0 was broken, that of seed 1 was not."""

    data: Path
    path: Path
    trials: list[Trial]
    ledger: Ledger
    heard: list[Event]


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Studied:
    folder = tmp_path_factory.mktemp("study")
    data = write_recordings(folder / "recordings")
    path = write_study(folder, seeds="[0, 1]")
    wanted, ledger = trials_of(read_study(path), fingerprint_of(data)), Ledger(folder / "out")
    ledger.place(wanted[0].key).mkdir(parents=True)
    (ledger.place(wanted[0].key) / "recipe.toml").write_text("no TOML")
    heard: list[Event] = []
    run_here(wanted, data, ledger, Measures(), heard.append)
    return Studied(data, path, wanted, ledger, heard)


def write_study(folder: Path, *, seeds: str) -> Path:
    (folder / "small.toml").write_text(recipe_text())
    path = folder / "study.toml"
    path.write_text(f'name = "seeds"\nrecipe = "small.toml"\n[[grid]]\nseed = {seeds}\n')
    return path


def test_a_worker_that_is_given_recordings_opens_no_file(tmp_path: Path) -> None:
    data = write_recordings(tmp_path / "recordings")
    trial = trials_of(read_study(write_study(tmp_path, seeds="[0]")), fingerprint_of(data))[0]
    task = trial.recipe.task
    read_here = task.examples(data, "train", seed=0).batch(0)
    shelf = recordings_of([trial], data)
    for path in data.rglob("*.wav"):
        path.write_bytes(b"")
    with holding(dict(shelf)):
        np.testing.assert_array_equal(task.examples(data, "train", seed=0).batch(0).noisy, read_here.noisy)
        assert len(task.examples(data, "val", seed=0).batch(0).noisy) == 2
    with pytest.raises(AudioError):
        task.examples(data, "train", seed=0).batch(0)


def test_a_trial_waits_for_the_worker_of_a_killed_study_to_let_its_run_go(tmp_path: Path) -> None:
    wait_until_free(tmp_path / "none yet")
    lock = FolderLock(tmp_path)
    timer = threading.Timer(0.2, lock.release)
    timer.start()
    wait_until_free(tmp_path)
    timer.join()
    FolderLock(tmp_path).release()


@pytest.mark.long
def test_a_trial_that_fails_does_not_hold_up_the_others(studied: Studied) -> None:
    assert [event.kind for event in studied.heard] == ["begun", "failed", "begun", "done"]
    assert "is not TOML" in studied.heard[1].reason


@pytest.mark.long
def test_what_is_measured_is_whole(studied: Studied) -> None:
    result = studied.ledger.result(studied.trials[1].key)
    assert result is not None
    clips = result["by_clip"]["val"]["si_snr_db"]
    assert len(clips) == result["scores"]["val"]["clips"] == 4
    assert sum(clips) / 4 == pytest.approx(result["scores"]["val"]["integer_db"], abs=5e-4)  # the card rounds
    assert result["nonzeros"] <= result["weights"]
    assert result["step_us"]["minimum"] > 0


@pytest.mark.long
def test_done_trials_stay_done_and_failed_ones_are_tried_again(studied: Studied) -> None:
    heard: list[Event] = []
    run_here(studied.trials, studied.data, studied.ledger, Measures(), heard.append)
    assert [(event.kind, event.trial.key) for event in heard] == [
        ("begun", studied.trials[0].key),
        ("failed", studied.trials[0].key),
    ]


@pytest.mark.long
def test_a_finished_run_is_adopted_once_as_the_training_of_its_trial(
    studied: Studied, tmp_path: Path
) -> None:
    trial, ledger = studied.trials[1], Ledger(tmp_path)
    run, fingerprint = studied.ledger.place(trial.key) / "run", fingerprint_of(studied.data)
    assert adopt(run, fingerprint, ledger) == trial.key
    for name in ("best.safetensors", "checkpoint.safetensors", "log.jsonl"):
        assert (ledger.place(trial.key) / "run" / name).read_bytes() == (run / name).read_bytes()
    assert not ledger.is_done(trial, Measures()), "it is trained, not measured"
    with pytest.raises(StudyError, match="has a run already"):
        adopt(run, fingerprint, ledger)


@pytest.mark.long
def test_a_killed_study_goes_on_from_its_checkpoint_and_ends_the_same(
    studied: Studied, tmp_path: Path
) -> None:
    study, trial, ledger = write_study(tmp_path, seeds="[1]"), studied.trials[1], Ledger(tmp_path / "killed")
    words = [sys.executable, "-m", "linnet", "study", "run", str(study), "--data", str(studied.data)]
    with subprocess.Popen(
        [*words, "--jobs", "1", "--out", ledger.folder], stderr=subprocess.DEVNULL
    ) as process:
        checkpoint = ledger.place(trial.key) / "run" / "checkpoint.safetensors"
        deadline = time.monotonic() + 300
        while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    assert checkpoint.exists()
    assert ledger.result(trial.key) is None
    run_here([trial], studied.data, ledger, Measures(), lambda event: None)
    log = (ledger.place(trial.key) / "run" / "log.jsonl").read_text().splitlines()
    begun_at = [json.loads(line)["update"] for line in log if "device" in line]
    assert len(begun_at) == 2, "it was to go on, not to begin anew"
    assert begun_at[1] > 0
    killed, whole = ledger.result(trial.key), studied.ledger.result(trial.key)
    assert killed is not None
    assert whole is not None
    assert killed["by_clip"] == whole["by_clip"]
