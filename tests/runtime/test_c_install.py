"""The engine as a C or C++ program finds it: installed, asked for by pkg-config or by find_package, the same bits."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from linnet.ir import write_program
from linnet.runtime import Denoiser
from tests.ir.programs import random_program
from tests.source_tree import ENGINE, ROOT

TOOLS = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
COMPILERS = {"C": "cc", "CXX": "c++"}

PROJECT = """
cmake_minimum_required(VERSION 3.18)
project(mine LANGUAGES C CXX)
find_package(linnet {version} REQUIRED)
foreach(kind linnet linnet_static)
  add_executable(with_${{kind}}_c denoise.c)
  add_executable(with_${{kind}}_cxx denoise.cpp)
  target_link_libraries(with_${{kind}}_c PRIVATE linnet::${{kind}})
  target_link_libraries(with_${{kind}}_cxx PRIVATE linnet::${{kind}})
endforeach()
set_target_properties(with_linnet_cxx with_linnet_static_cxx PROPERTIES CXX_STANDARD 17)
"""


def run(*words: str | Path, cwd: Path, fails: bool = False, environment: Mapping[str, str] = {}) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, "PATH": TOOLS, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) == fails, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    missing = [tool for tool in ("cmake", "cc", "c++") if shutil.which(tool, path=TOOLS) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found; pip install cmake, apt install g++")
    folder = tmp_path_factory.mktemp("engine")
    run("cmake", "-S", ROOT, "-B", folder / "build", "-DCMAKE_INSTALL_LIBDIR=lib", cwd=folder)
    run("cmake", "--build", folder / "build", "--parallel", cwd=folder)
    run("cmake", "--install", folder / "build", "--prefix", folder / "installed", cwd=folder)
    shutil.rmtree(folder / "build")  # what is installed stands alone, and wherever it is moved
    return (folder / "installed").rename(folder / "moved")


@pytest.fixture(scope="module")
def clean_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, a sound, and the example in both languages; nothing else."""
    folder = tmp_path_factory.mktemp("mine")
    write_program(random_program(3, features=24), folder / "model.gguf")
    sound = np.random.default_rng(3).normal(0, 0.1, 5001).astype(np.float32)
    sound.tofile(folder / "noisy.f32")
    for name in ("denoise.c", "denoise.cpp"):
        shutil.copy(ENGINE / "examples" / "denoise_raw.c", folder / name)
    return folder


def cleans_as_python_does(program: Path, folder: Path, **environment: str) -> bool:
    run(program, "model.gguf", "noisy.f32", "clean.f32", cwd=folder, environment=environment)
    noisy = np.fromfile(folder / "noisy.f32", np.float32)
    clean = np.fromfile(folder / "clean.f32", np.float32)
    return np.array_equal(clean, Denoiser(folder / "model.gguf")(noisy, sample_rate_hz=16000))


@pytest.mark.long
@pytest.mark.parametrize("language", COMPILERS)
def test_a_program_finds_the_engine_by_pkg_config(prefix: Path, clean_directory: Path, language: str) -> None:
    if shutil.which("pkg-config") is None:
        pytest.skip("pkg-config not found; apt install pkg-config")
    where = {"PKG_CONFIG_PATH": str(prefix / "lib" / "pkgconfig")}
    flags = run("pkg-config", "linnet", "--cflags", "--libs", cwd=clean_directory, environment=where).split()
    source = clean_directory / ("denoise.c" if language == "C" else "denoise.cpp")
    warnings = ("-Wall", "-Wextra", "-Werror", "-Wpedantic")
    run(COMPILERS[language], source, *warnings, *flags, "-o", "by_pkg_config", cwd=clean_directory)
    program = clean_directory / "by_pkg_config"
    assert cleans_as_python_does(program, clean_directory, LD_LIBRARY_PATH=str(prefix / "lib"))


@pytest.mark.long
def test_a_project_finds_the_engine_by_find_package(prefix: Path, clean_directory: Path) -> None:
    (clean_directory / "CMakeLists.txt").write_text(PROJECT.format(version="0.1"))
    run("cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}", cwd=clean_directory)
    run("cmake", "--build", "build", cwd=clean_directory)
    for name in ("linnet_c", "linnet_cxx", "linnet_static_c", "linnet_static_cxx"):
        assert cleans_as_python_does(clean_directory / "build" / f"with_{name}", clean_directory)


@pytest.mark.long
def test_a_project_that_wants_another_version_is_refused(prefix: Path, tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(PROJECT.format(version="7.0"))
    run("cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={prefix}", cwd=tmp_path, fails=True)


@pytest.mark.long
def test_an_installation_holds_what_a_c_program_needs_and_no_more(prefix: Path) -> None:
    found = {path.relative_to(prefix).as_posix() for path in prefix.rglob("*") if path.is_file()}
    library = {name for name in found if name.startswith("lib/liblinnet")}
    package = {name for name in found if name.startswith("lib/cmake/linnet/linnet-config")}
    assert found - library - package == {
        *("include/linnet/linnet.h", "lib/pkgconfig/linnet.pc", "share/man/man1/linnet.1"),
    }
    assert "lib/liblinnet.a" in library
    assert {f"lib/cmake/linnet/linnet-config{end}.cmake" for end in ("", "-version", "-release")} == package
