"""At least 98 % of the branches of the engine's reader and session are taken by its tests and by hostile files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.readers.coverage import LEAST_PERCENT, build, counted, exercise, told


@pytest.mark.long
def test_nearly_every_branch_of_reader_and_session_is_taken(tmp_path: Path) -> None:
    compiler, gcov = shutil.which("cc"), shutil.which("gcov")
    if compiler is None or gcov is None:
        pytest.skip("cc or gcov not found; apt install gcc")
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    if "Free Software Foundation" not in version:
        pytest.skip("cc is not gcc, whose counters gcov reads")
    build(tmp_path)
    exercise(tmp_path)
    coverage = counted(tmp_path)
    assert coverage.percent() >= LEAST_PERCENT, told(coverage)
