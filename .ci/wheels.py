"""Wheels for several platforms from one machine: `python .ci/wheels.py dist linux-aarch64 win-amd64`.

Another platform than this machine's needs its cross compiler. auditwheel looks into every wheel for Linux and names the
oldest system that takes it; a wheel that needs a newer one than manylinux2014 is refused.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = "manylinux2014"

PLATFORMS = {
    "linux-x86_64": ("Linux", "x86_64", "x86_64-linux-gnu-gcc"),
    "linux-aarch64": ("Linux", "aarch64", "aarch64-linux-gnu-gcc"),
    "win-amd64": ("Windows", "AMD64", "x86_64-w64-mingw32-gcc"),
}
"""By the name that Python gives a platform: system, processor and compiler, as CMake calls them."""


def refuse(message: str) -> None:
    """End with a message of three parts."""
    raise SystemExit(message)


def build(platform: str, folder: Path) -> Path:
    """Build the wheel of one platform, and return its path."""
    system, processor, compiler = PLATFORMS[platform]
    if shutil.which(compiler) is None:
        refuse(f"{platform} needs {compiler}, which is not on PATH; install it (.ci/debian-packages.txt).")
    choices = {"CMAKE_SYSTEM_NAME": system, "CMAKE_SYSTEM_PROCESSOR": processor, "CMAKE_C_COMPILER": compiler}
    words = " ".join(f"-D{name}={value}" for name, value in choices.items())
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"]
    if os.environ.get("LINNET_NO_BUILD_ISOLATION"):
        pip.append("--no-build-isolation")
    environment = os.environ | {"_PYTHON_HOST_PLATFORM": platform, "CMAKE_ARGS": words}
    subprocess.run([*pip, "--wheel-dir", str(folder), str(ROOT)], env=environment, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def approved(wheel: Path, folder: Path) -> Path:
    """A wheel for Linux under the names of the systems that take it.

    `auto`, because by name auditwheel offers the platforms of this machine's processor only.
    """
    words = [
        sys.executable,
        "-m",
        "auditwheel",
        "repair",
        "--plat",
        "auto",
        "--wheel-dir",
        str(folder),
        str(wheel),
    ]
    subprocess.run(words, check=True)
    (renamed,) = folder.glob("*.whl")
    if OLDEST not in renamed.name:
        refuse(f"{renamed.name} needs a newer system than {OLDEST}; see auditwheel show {wheel}.")
    return renamed


def main(words: list[str]) -> None:
    """Build what is named into the folder that is named first."""
    unknown = [name for name in words[1:] if name not in PLATFORMS]
    if len(words) < 2 or unknown:
        named = ", ".join(unknown) or "No platform"
        refuse(f"{named} cannot be built here; give a folder and some of {', '.join(PLATFORMS)}.")
    target = Path(words[0])
    target.mkdir(parents=True, exist_ok=True)
    for platform in words[1:]:
        with tempfile.TemporaryDirectory() as room:
            raw, fine = Path(room, "raw"), Path(room, "fine")
            wheel = build(platform, raw)
            if PLATFORMS[platform][0] == "Linux":
                wheel = approved(wheel, fine)
            print(shutil.copy(wheel, target))


if __name__ == "__main__":
    main(sys.argv[1:])
