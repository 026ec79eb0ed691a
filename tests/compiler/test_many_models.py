"""Exported models beside each other in one program: each form, as C and as C++, at every level of optimization."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from linnet.compiler.amalgamate import ENGINE_FILES, engine_folder, single_file
from linnet.compiler.to_c import program_to_c
from linnet.ir import Program, run_codes
from tests.ir.programs import Shape, random_codes, random_program

FRAMES = 6
LANGUAGES = {"c": ["gcc", "-std=c11"], "c++": ["g++", "-x", "c++", "-std=c++20"]}
EXACT = ["-ffp-contract=off", "-fno-math-errno"]
SINGLE = {
    "gain": False,
    "first": False,
    "second": True,
    "third": True,
}  # by name, whether the engine is in it

MAIN = """
#include <stdio.h>
{includes}
static int16_t codes[1 << 16], out[1 << 16];
{states}
int main(int argc, char **argv) {{
    FILE *in = fopen(argv[1], "rb"), *to = fopen(argv[2], "wb");
    if (argc != 3 || in == NULL || to == NULL) return 1;
{calls}
    return fclose(in) != 0 || fclose(to) != 0;
}}
"""
CALL = """\
    {name}_init(&state_{name});
    for (int t = 0; t < {frames}; t++) {{
        if (fread(codes, 2, {NAME}_INPUTS, in) != {NAME}_INPUTS) return 2;
        {name}_run(&state_{name}, codes, out);
        fwrite(out, 2, {NAME}_OUTPUTS, to);
    }}"""


def programs() -> dict[str, Program]:
    shapes: tuple[Shape, ...] = ({}, {"phase_bins": 5}, {"phase_bins": 5, "band_ratio": 4}, {"density": 0.3})
    drawn = partial(random_program, bins=33, features=9)
    return {name: drawn(seed, **shape) for seed, (name, shape) in enumerate(zip(SINGLE, shapes, strict=True))}


def write_sources(folder: Path) -> list[Path]:
    """The models, a main that runs them one after the other, and the engine: what is to be compiled."""
    for name, program in programs().items():
        files = program_to_c(program, name)
        source = single_file(files.source, f"{name}.h", engine_folder()) if SINGLE[name] else files.source
        (folder / f"{name}.h").write_text(files.header, "utf-8")
        (folder / f"{name}.c").write_text(source, "utf-8")
    parts = {
        "includes": "\n".join(f'#include "{name}.h"' for name in SINGLE),
        "states": "\n".join(f"static {name} state_{name};" for name in SINGLE),
        "calls": "\n".join(CALL.format(name=name, NAME=name.upper(), frames=FRAMES) for name in SINGLE),
    }
    (folder / "main.c").write_text(MAIN.format(**parts), "utf-8")
    models = [folder / f"{name}.c" for name in SINGLE]
    return [folder / "main.c", *models, *(engine_folder() / name for name in ENGINE_FILES)]


def call(*words: str | Path) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_together(folder: Path, language: str, level: str) -> None:
    """Compile everything into one program with every warning an error, and compare its integers."""
    words = [
        *LANGUAGES[language],
        *EXACT,
        level,
        "-Wall",
        "-Wextra",
        "-Wno-missing-field-initializers",
        "-Werror",
    ]
    objects = []
    for source in write_sources(folder):
        objects.append(folder / f"{source.stem}.o")
        call(*words, "-I", engine_folder(), "-c", source, "-o", objects[-1])
    call(LANGUAGES[language][0], *objects, "-o", folder / "all", "-lm")
    codes = {name: random_codes(3, program, FRAMES) for name, program in programs().items()}
    (folder / "codes").write_bytes(b"".join(each.tobytes() for each in codes.values()))
    call(folder / "all", folder / "codes", folder / "out")
    expected = [run_codes(program, codes[name]).reshape(-1) for name, program in programs().items()]
    assert np.array_equal(np.fromfile(folder / "out", np.int16), np.concatenate(expected))


@pytest.mark.long
@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler: apt install gcc")
def test_any_number_of_models_stand_in_one_program(tmp_path: Path) -> None:
    run_together(tmp_path, "c", "-O1")


@pytest.mark.long
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler: apt install g++")
@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-O3"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_they_do_in_every_language_at_every_level(language: str, level: str, tmp_path: Path) -> None:
    run_together(tmp_path, language, level)


@pytest.mark.long
@pytest.mark.skipif(shutil.which("nm") is None, reason="no nm: apt install binutils")
def test_all_that_a_model_defines_for_others_begins_with_its_name(tmp_path: Path) -> None:
    write_sources(tmp_path)
    for name in SINGLE:
        call(
            "gcc",
            "-std=c11",
            *EXACT,
            "-O1",
            "-I",
            engine_folder(),
            "-c",
            tmp_path / f"{name}.c",
            "-o",
            tmp_path / "o",
        )
        defined = {
            line.split()[-1] for line in call("nm", "-g", "--defined-only", tmp_path / "o").splitlines()
        }
        assert f"{name}_run" in defined
        assert all(symbol.startswith(f"{name}_") for symbol in defined)


def test_nothing_at_file_scope_could_be_the_name_of_a_model() -> None:
    source = program_to_c(random_program(2, bins=65, phase_bins=8, band_ratio=16), "model").source
    names = re.findall(r"^static [a-z0-9_ ]*?\**(\w+)(?:\[\d+\])?(?: =|\()", source, flags=re.MULTILINE)
    assert len(names) > 20
    assert all(name.startswith("model_") for name in names)


@pytest.mark.parametrize("form", [False, True])
def test_what_is_needed_to_link_stands_in_the_first_lines(form: bool) -> None:
    source = program_to_c(random_program(2), "model").source
    source = single_file(source, "model.h", engine_folder()) if form else source
    first = "\n".join(source.splitlines()[:8])
    assert "-ffp-contract=off -fno-math-errno" in first
    assert "link" in first.lower()
    assert "-lm (sqrtf)" in first
    assert ("elements_words.c" in first) is not form


@pytest.mark.parametrize(
    "name", ["memcpy", "int16_t", "cosf", "gamma", "ln_stft", "linux", "nullptr", "concept"]
)
def test_what_means_something_else_in_c_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="no name in C"):
        program_to_c(random_program(1, bins=17), name)


@pytest.mark.parametrize("name", ["gain", "take", "normalize", "sum"])
def test_a_single_file_is_not_called_what_the_engine_calls_something(name: str) -> None:
    source = program_to_c(random_program(1, bins=17), name).source
    with pytest.raises(ValueError, match=r"is a word of the engine's code.*leave out --single-file"):
        single_file(source, f"{name}.h", engine_folder())
