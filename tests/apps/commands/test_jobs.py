"""`linnet denoise --jobs`: several processes give the files and the report of one; and the report as JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from linnet.audio.files import write_audio
from linnet.output.atomic import SUFFIX
from tests.apps.conftest import Command
from tests.conftest import tone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    place.mkdir()
    for index in range(3):
        write_audio(place / f"{index}.wav", tone(0.3 + 0.2 * index, 16000, seed=index), 16000)
    (place / "1b.wav").write_bytes(b"RIFF, and nothing else")
    return place


def ended(group: int) -> bool:
    """Tell whether all processes of a group end within some seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def without_times(report: dict) -> dict:
    for entry in report["recordings"]:
        for name in ("busy_seconds", "real_time_factor", "target"):
            del entry[name]
    return report


@pytest.mark.long
def test_several_processes_give_the_files_and_the_report_of_one(
    linnet: Command, model: Path, folder: Path, tmp_path: Path
) -> None:
    outcomes, reports = [], []
    for jobs in (1, 2):
        out, report = tmp_path / f"out{jobs}", tmp_path / f"{jobs}.json"
        words = ("--model", model, "--jobs", jobs, "--json", report, "--clean", folder)
        outcomes.append(linnet("denoise", folder, "-o", out, *map(str, words)))
        reports.append(without_times(json.loads(report.read_text())))
    one, several = outcomes
    assert (one.code, several.code) == (2, 2)  # one recording is none
    assert one.err == several.err
    assert "1 of 4 recordings were not cleaned" in one.err
    assert reports[0] == reports[1]
    assert [entry["name"] for entry in reports[0]["recordings"]] == ["0.wav", "1.wav", "2.wav"]
    assert len(reports[0]["failures"]) == 1
    for index in range(3):
        name = f"{index}.wav"
        assert (tmp_path / "out1" / name).read_bytes() == (tmp_path / "out2" / name).read_bytes()


def test_the_report_may_be_printed_in_place_of_the_table(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    outcome = linnet("denoise", recording, "-o", tmp_path / "out.wav", "--model", model, "--json", "-")
    assert outcome.code == 0
    report = json.loads(outcome.out)
    assert report["model_bytes"] == model.stat().st_size
    assert report["recordings"][0]["seconds"] == 0.5


@pytest.mark.parametrize("jobs", [0, -1])
def test_less_than_one_process_is_refused(
    linnet: Command, recording: Path, tmp_path: Path, jobs: int
) -> None:
    outcome = linnet("denoise", recording, "-o", tmp_path / "out", "--jobs", jobs)
    assert outcome.code == 2
    assert "give 1 or more" in outcome.err


@pytest.mark.long
def test_ctrl_c_stops_every_process_and_leaves_no_draft(model: Path, tmp_path: Path) -> None:
    place, out = tmp_path / "in", tmp_path / "out"
    place.mkdir()
    for index in range(4):
        write_audio(place / f"{index}.wav", tone(1.0, 96000).repeat(200, axis=0), 96000)
    words = [
        sys.executable,
        "-m",
        "linnet",
        "denoise",
        str(place),
        "-o",
        str(out),
        "-j",
        "2",
        "--model",
        str(model),
    ]
    with subprocess.Popen(words, stderr=subprocess.PIPE, start_new_session=True) as running:
        assert running.stderr
        limit = time.monotonic() + 60
        while len(list(out.glob(f".linnet*{SUFFIX}"))) < 2 and time.monotonic() < limit:
            time.sleep(0.1)
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(60) == 130
        message = running.stderr.read().decode()
    assert "Traceback" not in message
    assert list(out.iterdir()) == []
    assert ended(running.pid), "a process of the group is left"
