"""What `linnet study run` refuses before the first trial."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("jax")
pytest.importorskip("matplotlib")

from linnet.apps.commands import study as command
from tests.apps.conftest import Command, Outcome
from tests.study.test_driver import write_study
from tests.train.small import write_recordings


def run(linnet: Command, folder: Path, *words: str) -> Outcome:
    path = write_study(folder, seeds="[0]")
    outcome = linnet("study", "run", path, "--data", folder / "recordings", "--out", folder / "out", *words)
    assert not list(folder.glob("out/trials/*")), "no trial was begun"
    return outcome


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--jobs", "0"), "--jobs is 0, so no trial would run; give 1 or more"),
        (("--jobs", "2", "--address", "here:1"), "--jobs 2 was given with --address here:1"),
    ],
)
def test_jobs_that_cannot_be_are_refused(
    tmp_path: Path, linnet: Command, words: tuple[str, ...], message: str
) -> None:
    write_recordings(tmp_path / "recordings")
    outcome = run(linnet, tmp_path, *words)
    assert outcome.code == 2
    assert message in outcome.err


def test_side_by_side_without_ray_names_the_extra(
    tmp_path: Path, linnet: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_recordings(tmp_path / "recordings")
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    for words in (("--jobs", "2"), ("--address", "127.0.0.1:6379")):
        outcome = run(linnet, tmp_path, *words)
        assert outcome.code == 2
        assert "parallel trials need Ray, which is not installed here; pip install ray" in outcome.err


def test_recordings_without_a_validation_set_are_refused(tmp_path: Path, linnet: Command) -> None:
    data = write_recordings(tmp_path / "recordings")
    for path in (data / "speech" / "val").iterdir():
        path.unlink()
    outcome = run(linnet, tmp_path)
    assert outcome.code == 2
    assert "has no speech for val, so trials could not be compared; put recordings into" in outcome.err
