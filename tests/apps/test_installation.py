"""What a user gets: a wheel for every Python of the platform, with engine and models, that works without JAX."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from linnet.apps.web.site import ENGINE_FILES as WEB_ENGINE_FILES
from linnet.compiler.amalgamate import ENGINE_FILES
from tests.source_tree import ROOT


def run(*words: str | Path, cwd: Path) -> str:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "LINNET_LIBRARY")
    }
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(
        *pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT, cwd=folder
    )
    (found,) = folder.glob("*.whl")
    return found


@pytest.mark.long
def test_one_wheel_serves_every_python_and_carries_engine_and_models(wheel: Path) -> None:
    assert "-py3-none-" in wheel.name
    names = zipfile.ZipFile(wheel).namelist()
    models = sorted(path.name for path in (ROOT / "src" / "linnet" / "models").glob("*"))
    assert any(name.startswith("linnet/runtime/liblinnet") for name in names)
    assert models
    assert all(f"linnet/models/{name}" in names for name in models)
    assert "linnet/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {f"linnet/engine/{name}" for name in ENGINE_FILES} <= set(names)  # what `linnet export c` needs
    page = (path.name for path in (ROOT / "src/linnet/apps/web/page").iterdir())
    assert all(f"linnet/apps/web/page/{name}" in names for name in page)
    if shutil.which("clang") and shutil.which("wasm-ld"):
        assert {f"linnet/apps/web/engine/{name}" for name in WEB_ENGINE_FILES} <= set(names)
    tops = {name.split("/")[0].partition("-")[0] for name in names}
    assert tops == {"linnet", "linnet_rnn"}  # the package and its dist-info
    developed = [name for name in names if Path(name).suffix in (".h", ".a", ".cmake", ".pc")]
    assert all(name.startswith("linnet/engine/") for name in developed)


@pytest.mark.long
def test_a_fresh_environment_denoises_without_jax(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "fresh", cwd=tmp_path)
    python = tmp_path / "fresh" / "bin" / "python"
    run(python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", wheel, cwd=tmp_path)
    linnet = tmp_path / "fresh" / "bin" / "linnet"
    out = run(
        linnet,
        "denoise",
        ROOT / "examples" / "noisy",
        "-o",
        "out",
        "--clean",
        ROOT / "examples/clean",
        cwd=tmp_path,
    )
    assert "real-time factor" in out
    assert len(list((tmp_path / "out").iterdir())) == len(list((ROOT / "examples" / "noisy").iterdir()))
    assert "jax" not in run(python, "-m", "pip", "list", cwd=tmp_path)
    done = subprocess.run([linnet, "denoise", ROOT / "examples/noisy/fan.wav", "-o", tmp_path / "x.wav", "--plot"],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 2
    assert "pip install matplotlib" in done.stderr
