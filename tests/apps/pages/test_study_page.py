"""The report of a study: whole, from its command, and refused where there is nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from linnet.apps.pages import study_page
from linnet.apps.pages.study_pictures import draw_fronts
from linnet.output.atomic import WriteError
from linnet.study.ledger import FORMAT
from linnet.study.points import points_of
from tests.apps.conftest import Command
from tests.study.results import results_by_law


@pytest.mark.long
def test_a_report_has_pictures_tables_and_a_page_that_needs_nothing_else(
    tmp_path: Path, linnet: Command
) -> None:
    for result in results_by_law():
        for part in ("by_clip", "scores"):
            result[part] = {"val": result[part]["val"]}
        place = tmp_path / "study" / "trials" / result["key"]
        place.mkdir(parents=True)
        (place / "result.json").write_text(json.dumps({"format": FORMAT, **result}))
    outcome = linnet("study", "report", str(tmp_path / "study"))
    assert outcome.code == 0, outcome.err
    report = tmp_path / "study" / "report"
    names = {path.name for path in report.iterdir()}
    drawn = (
        "front_macs_per_second",
        "front_stored_bytes",
        "front_step_us",
        "saving_stored_bytes",
        "activity",
        "bars",
    )
    assert {f"val_{name}.{kind}" for name in (*drawn, "integers") for kind in ("png", "svg")} <= names
    assert not any(name.startswith("test_") for name in names), "no result has that split"
    assert {"trials.csv", "report.md", "report.html"} <= names
    page = (report / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 9
    assert page.count("<table") == 2
    assert "|---" not in page, "tables are Markdown only where Markdown is asked for"
    assert "http" not in page.replace("http-equiv", "")
    assert "16 trials, 10 updates each" in (report / "report.md").read_text()


def test_a_report_that_cannot_be_written_whole_leaves_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_page, "_pictures", lambda *_: {})
    (tmp_path / "trials.csv").write_text("older")
    (tmp_path / "report.html").mkdir()
    with pytest.raises(WriteError):
        study_page.write_study(tmp_path, results_by_law(), "All is done.")
    assert (tmp_path / "trials.csv").read_text() == "older"
    assert {path.name for path in tmp_path.iterdir()} == {"trials.csv", "report.html"}


def test_a_front_is_drawn_as_png_and_svg() -> None:
    drawn = draw_fronts(points_of(results_by_law(), "val"), "stored_bytes", "val")
    assert drawn["png"].startswith(b"\x89PNG")
    assert b"90 % sparse" in drawn["svg"]


def test_a_folder_without_results_is_refused(tmp_path: Path, linnet: Command) -> None:
    outcome = linnet("study", "report", str(tmp_path))
    assert outcome.code == 2
    assert "holds no finished trial" in outcome.err
