"""What stands beside a release: an SBOM (CycloneDX 1.5) and the SHA-256 of every file, `python .ci/release.py dist`.

The engine has no dependency. The wheel's are named with the ranges of pyproject.toml and, where tested-with.txt has
them, the versions they were tested with. The same files give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def tested_with() -> dict[str, str]:
    """Versions by name."""
    lines = (ROOT / ".ci" / "tested-with.txt").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def component(requirement: str, versions: dict[str, str]) -> dict[str, Any]:
    """One dependency, as CycloneDX has it."""
    match = re.match(r"([A-Za-z0-9._-]+)(.*)", requirement)
    assert match is not None
    name = re.sub(r"[-_.]+", "-", match[1]).lower()
    found: dict[str, Any] = {
        "type": "library",
        "name": name,
        "bom-ref": f"pkg:pypi/{name}",
        "purl": f"pkg:pypi/{name}",
    }
    if name in versions:
        found |= {"version": versions[name], "purl": f"pkg:pypi/{name}@{versions[name]}"}
    return found | {"properties": [{"name": "linnet:range", "value": match[2].strip()}]}


def sbom(files: list[Path]) -> dict[str, Any]:
    """The bill of materials of a release that consists of these files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    source = (ROOT / "src" / "linnet" / "__init__.py").read_text("utf-8")
    match = re.search(r'^__version__ = "([^"]+)"', source, flags=re.MULTILINE)
    assert match is not None
    name = project["name"]
    own = {
        "type": "application",
        "name": name,
        "version": match[1],
        "bom-ref": name,
        "purl": f"pkg:pypi/{name}@{match[1]}",
        "licenses": [{"license": {"id": project["license"]}}],
        "components": [
            {"type": "file", "name": path.name, "hashes": [{"alg": "SHA-256", "content": digest(path)}]}
            for path in files
        ],
    }
    needed = [component(text, tested_with()) for text in sorted(project["dependencies"])]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": own},
        "components": needed,
        "dependencies": [{"ref": name, "dependsOn": [each["bom-ref"] for each in needed]}],
    }


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(folder: Path) -> None:
    """Write sbom.cdx.json and SHA256SUMS into the folder of a release."""
    made = ("sbom.cdx.json", "SHA256SUMS")
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name not in made)
    if not files:
        raise SystemExit(f"{folder} holds no file, so there is nothing to release; run `make wheel` first.")
    bill = folder / made[0]
    bill.write_text(json.dumps(sbom(files), indent=2) + "\n", "utf-8")
    lines = [f"{digest(path)}  {path.name}" for path in (*files, bill)]
    (folder / made[1]).write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
