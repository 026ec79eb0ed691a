"""What stands beside a release, and what continuous integration is pinned to."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.source_tree import ROOT

CI = ROOT / ".ci"


def release(folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(CI / "release.py"), str(folder)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_a_release_has_hashes_and_a_bill_of_materials(tmp_path: Path) -> None:
    (tmp_path / "linnet.whl").write_bytes(b"wheel")
    for _ in range(2):  # the second finds what the first has written, and writes the same
        assert release(tmp_path).returncode == 0
    bill = json.loads((tmp_path / "sbom.cdx.json").read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    names = {re.split(r"[<>=!~;\[ ]", text)[0].lower() for text in dependencies}
    assert {each["name"] for each in bill["components"]} == names
    assert all(re.fullmatch(r"pkg:pypi/[a-z0-9-]+@[\w.]+", each["purl"]) for each in bill["components"])
    assert set(bill["dependencies"][0]["dependsOn"]) == {each["bom-ref"] for each in bill["components"]}
    expected = hashlib.sha256(b"wheel").hexdigest()
    assert bill["metadata"]["component"]["components"][0]["hashes"][0]["content"] == expected
    sums = (tmp_path / "SHA256SUMS").read_text("utf-8").splitlines()
    assert sums[0] == f"{expected}  linnet.whl"
    assert [line.split()[1] for line in sums] == ["linnet.whl", "sbom.cdx.json"]


def test_an_empty_release_is_refused(tmp_path: Path) -> None:
    done = release(tmp_path)
    assert done.returncode == 1
    assert "run `make wheel` first" in done.stderr


def test_actions_are_pinned_by_commit() -> None:
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        for use in re.findall(r"uses: (.*)", path.read_text("utf-8")):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", use), f"{path.name}: {use}"


def test_what_is_tested_with_covers_what_is_asked_for() -> None:
    lines = (CI / "tested-with.txt").read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", line) for line in lines[1:])
    names = {line.split("==")[0] for line in lines[1:]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for text in asked:
        name = re.split(r"[<>=!~;\[ ]", text)[0].lower()
        assert name in names or name.startswith("linnet"), text
