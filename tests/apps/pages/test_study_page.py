"""The report of a study: whole, from its command, and refused where there is nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from linnet.study.ledger import FORMAT
from tests.apps.conftest import Command
from tests.study.results import results_by_law


def test_a_report_has_pictures_tables_and_a_page_that_needs_nothing_else(
    tmp_path: Path, linnet: Command
) -> None:
    for result in results_by_law():
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
    for split in ("val", "test"):
        assert {f"{split}_{name}.{kind}" for name in (*drawn, "integers") for kind in ("png", "svg")} <= names
    assert {"trials.csv", "report.md", "report.html"} <= names
    page = (report / "report.html").read_text()
    assert page.count("data:image/png;base64,") == 2 * 9
    assert "http" not in page.replace("http-equiv", "")
    assert "16 trials, 10 updates each" in (report / "report.md").read_text()


def test_a_folder_without_results_is_refused(tmp_path: Path, linnet: Command) -> None:
    outcome = linnet("study", "report", str(tmp_path))
    assert outcome.code == 2
    assert "holds no finished trial" in outcome.err
