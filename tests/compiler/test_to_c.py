"""Exported C is the fourth executor: the interpreter's integers, the engine's samples, whatever the layout."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linnet.compiler.amalgamate import engine_folder, single_file
from linnet.compiler.flash import Choice, Layout, choose
from linnet.compiler.rates import SIXTEENTHS
from linnet.compiler.to_c import program_to_c
from linnet.ir import Program, measure_activity, program_to_bytes, run_codes
from linnet.runtime import Denoiser, Ear, Model, native_rates_hz
from linnet.runtime.samples import LoudSoundWarning
from tests.compiler.exported import STRICT, Exported, always, compile_exported, needs_compiler
from tests.ir.programs import random_codes, random_program, with_front_end

CHOICES: dict[str, Choice] = {
    "auto": choose,
    **{layout.value: always(layout) for layout in Layout},
}


def strange_sound(hops: int, hop: int, delay: int) -> np.ndarray:
    """Noise with silence, denormals, infinities and much too loud samples in it; then `delay` of silence."""
    rng = np.random.default_rng(8)
    samples = rng.normal(0, 0.1, hops * hop).astype(np.float32)
    samples[hop : 6 * hop] = 0.0
    samples[6 * hop : 8 * hop] *= np.float32(1e-38)
    wild = rng.random(samples.size) < 0.01
    samples = np.where(wild, rng.choice([np.nan, np.inf, -np.inf, 9.0, 1e30], samples.size), samples)
    samples[20 * hop : 30 * hop] = 0.0  # longer than a window
    return np.concatenate([samples.astype(np.float32), np.zeros(delay, np.float32)])


def engine_samples(
    program: Program, samples: np.ndarray, attenuation_db: float | None, rate_hz: int | None = None
) -> np.ndarray:
    denoiser = Denoiser(program_to_bytes(program), max_attenuation_db=attenuation_db)
    stream = denoiser.stream(sample_rate_hz=rate_hz or denoiser.sample_rate_hz)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LoudSoundWarning)  # strange_sound is
        return np.concatenate([stream.push(samples), stream.flush()])


@needs_compiler
@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize(
    ("seed", "shape"),
    [
        (1, {}),
        (2, {"bins": 65, "features": 7, "states": 3, "layers": 1}),
        (3, {"density": 0.02, "bins": 513}),
        (4, {"eight": 0.5}),
        (5, {"eight": 1.0, "density": 0.3}),
        (6, {"bins": 33, "phase_bins": 33}),
        (7, {"bins": 65, "phase_bins": 20, "band_ratio": 4}),
    ],
)
def test_its_integers_are_the_interpreters(
    seed: int, shape: dict[str, Any], choice: str, tmp_path: Path
) -> None:
    program = random_program(seed, **shape)
    files = program_to_c(program, "model", choice=CHOICES[choice])
    codes = random_codes(seed, program, 40)
    codes[3] = 0
    stream = Exported(compile_exported(files, tmp_path), files)
    assert np.array_equal(stream.run(codes, program.output_width), run_codes(program, codes))


@needs_compiler
@pytest.mark.filterwarnings("ignore::linnet.runtime.LoudSoundWarning")
@pytest.mark.parametrize(
    ("seed", "phase_bins", "band_ratio"),
    [
        *((seed, 0, 0) for seed in range(5)),
        *((0, 33, 0), (1, 13, 0), (2, 64, 0), (4, 1, 0)),
        *((0, 33, 2), (1, 0, 64), (2, 64, 16), (3, 0, 3), (4, 9, 5)),
    ],
)
def test_its_samples_are_the_engines(seed: int, phase_bins: int, band_ratio: int, tmp_path: Path) -> None:
    """Over silence, denormals, NaN, infinities; the seeds differ in window, roots and level."""
    bins = (33, 129, 257, 513, 65)[seed]
    program = random_program(
        seed, bins=bins, eight=0.5 * (seed == 4), phase_bins=phase_bins, band_ratio=band_ratio
    )
    front_end = program.metadata.front_end
    files = program_to_c(program, "model")
    library = compile_exported(files, tmp_path)
    delay = front_end.window - front_end.hop
    samples = strange_sound(60, front_end.hop, delay)
    for attenuation_db in (None, 12.0):
        stream = Exported(library, files)
        if attenuation_db is not None:
            stream.set_min_gain(10.0 ** (-attenuation_db / 20))
        expected = engine_samples(program, samples, attenuation_db)
        same = stream.denoise(samples, front_end.hop)[delay:] == expected[delay : samples.size]
        assert same.all()


@needs_compiler
@pytest.mark.filterwarnings("ignore::linnet.runtime.LoudSoundWarning")
@pytest.mark.parametrize("rate_hz", [8000, 11025, 44100, 48000])
def test_its_samples_are_the_engines_at_other_rates(rate_hz: int, tmp_path: Path) -> None:
    drawn = random_program(2, bins=257, phase_bins=64, band_ratio=16)
    program = with_front_end(drawn, offset_alpha=0.02, level_alpha=0.1, level_least=0.75, level_most=2.0)
    files = program_to_c(program, "model", sample_rate_hz=rate_hz)
    stream = Exported(compile_exported(files, tmp_path), files)
    hop = int(re.search(r"MODEL_HOP (\d+)", files.header)[1])  # type: ignore[index]
    samples = strange_sound(40, hop, 3 * hop)
    expected = engine_samples(program, samples, None, rate_hz)
    assert np.array_equal(stream.denoise(samples, hop)[3 * hop :], expected[3 * hop : samples.size])
    assert ("upper_is_silent;" in files.header) == (rate_hz > 16000)


@needs_compiler
@pytest.mark.parametrize("shape", [{"outputs": 40, "band_ratio": 8}, {"outputs": 3, "phase_bins": 9}, {}])
def test_what_it_makes_of_sound_are_the_engines_codes(shape: dict[str, Any], tmp_path: Path) -> None:
    program = with_front_end(random_program(3, **shape), offset_alpha=0.02)
    files = program_to_c(program, "model")
    stream = Exported(compile_exported(files, tmp_path), files)
    hop = program.metadata.front_end.hop
    samples = strange_sound(40, hop, 0)
    expected = Ear(Model(program_to_bytes(program))).push(samples)
    assert np.array_equal(stream.listen(samples, hop, program.output_width), expected)
    assert ("model_denoise" in files.header) == (not shape)


def test_its_rates_are_the_engines_and_another_is_refused() -> None:
    assert tuple(SIXTEENTHS) == native_rates_hz()
    with pytest.raises(ValueError, match="not whole"):
        program_to_c(random_program(1), "model", sample_rate_hz=37000)
    no_sound = with_front_end(random_program(1), frames_per_second=125.0)
    assert "_listen" not in program_to_c(no_sound, "model").header
    with pytest.raises(ValueError, match="takes no sound"):
        program_to_c(no_sound, "model", sample_rate_hz=48000)


@needs_compiler
def test_its_streams_lose_their_offset_as_the_engines_do(tmp_path: Path) -> None:
    program = with_front_end(random_program(3, bins=65), offset_alpha=0.02)
    front_end, files = program.metadata.front_end, program_to_c(program, "model")
    delay = front_end.window - front_end.hop
    samples = strange_sound(60, front_end.hop, delay) + np.float32(0.25)
    stream = Exported(compile_exported(files, tmp_path), files)
    expected = engine_samples(program, samples, None)
    assert np.array_equal(stream.denoise(samples, front_end.hop)[delay:], expected[delay : samples.size])
    assert "offset" not in program_to_c(random_program(3, bins=65), "model").header


@needs_compiler
def test_streams_do_not_disturb_each_other(tmp_path: Path) -> None:
    program = random_program(5)
    files = program_to_c(program, "model")
    library = compile_exported(files, tmp_path)
    first, second = Exported(library, files), Exported(library, files)
    codes, others = random_codes(1, program, 30), random_codes(2, program, 30)
    pairs = [
        (first.run(mine[None], program.output_width)[0], second.run(theirs[None], program.output_width)[0])
        for mine, theirs in zip(codes, others, strict=True)
    ]
    assert np.array_equal([pair[0] for pair in pairs], run_codes(program, codes))
    assert np.array_equal([pair[1] for pair in pairs], run_codes(program, others))


@pytest.mark.long
@needs_compiler
def test_the_single_file_compiles_alone_and_gives_the_same(tmp_path: Path) -> None:
    program = random_program(6, phase_bins=64, band_ratio=16)
    files = program_to_c(program, "model")
    alone = dataclasses.replace(files, source=single_file(files.source, "model.h", engine_folder()))
    assert '#include "elements/elements.h"' not in alone.source
    codes = random_codes(6, program)
    stream = Exported(compile_exported(alone, tmp_path, engine=False), files)
    assert np.array_equal(stream.run(codes, program.output_width), run_codes(program, codes))


@pytest.mark.skipif(shutil.which("clang") is None, reason="no second compiler: apt install clang")
def test_the_single_file_brings_no_warning_from_clang(tmp_path: Path) -> None:
    files = program_to_c(random_program(6, phase_bins=64, band_ratio=16), "model")
    (tmp_path / "model.h").write_text(files.header, "utf-8")
    (tmp_path / "model.c").write_text(single_file(files.source, "model.h", engine_folder()), "utf-8")
    words = ["clang", *STRICT, "-fsyntax-only", "model.c"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@needs_compiler
def test_a_program_that_is_no_denoiser_has_no_sound_in_its_c(tmp_path: Path) -> None:
    program = random_program(7)
    hop_is_window = dataclasses.replace(program.metadata.front_end, hop=512)
    program = dataclasses.replace(
        program, metadata=dataclasses.replace(program.metadata, front_end=hop_is_window)
    )
    files = program_to_c(program, "model")
    assert "denoise" not in files.header
    assert "listen" not in files.header
    codes = random_codes(7, program)
    stream = Exported(compile_exported(files, tmp_path), files)
    assert np.array_equal(stream.run(codes, program.output_width), run_codes(program, codes))


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler: apt install g++")
def test_the_header_is_cpp_as_well(tmp_path: Path) -> None:
    (tmp_path / "model.h").write_text(program_to_c(random_program(8), "model").header, "utf-8")
    (tmp_path / "uses.cpp").write_text(
        '#include "model.h"\nstatic model m;\nint main() { model_init(&m); }\n'
    )
    words = ["g++", "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "uses.cpp"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["", "1st", "a-b", "naïve", "int", "x y", "stdint", "math"])
def test_what_is_no_name_in_c_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name in C"):
        program_to_c(random_program(1), name)


@pytest.mark.parametrize(
    "text", ["*/ #error\n∞", "*\\\r\n/ #error", "*\\\n/\n#error", "*??/\n/\n#error\n/*", "\x0c//"]
)
def test_a_comment_cannot_be_ended_by_the_name_or_licence_of_a_model(text: str, tmp_path: Path) -> None:
    """Nothing but comments stands before the first directive, whatever phases of translation do to the text."""
    program = random_program(1)
    metadata = dataclasses.replace(program.metadata, name=text, licence=text)
    files = program_to_c(dataclasses.replace(program, metadata=metadata), "model")
    for whole in (files.header, files.source):
        read = re.sub(r"\?\?/|\\[\r\n]+", "", whole.replace("\r", "\n"))  # trigraphs and joined lines
        assert "error" not in re.sub(r"/\*.*?\*/", "", read, flags=re.DOTALL)


def test_busy_wires_are_multiplied_by_rows_and_idle_ones_by_columns() -> None:
    """What the model file says of its activity decides."""
    program = random_program(9, density=0.1, kinds="dg")
    letters = measure_activity(program, random_codes(9, program))

    def layouts(activity: str) -> set[Layout]:
        metadata = dataclasses.replace(program.metadata, activity=activity)
        files = program_to_c(dataclasses.replace(program, metadata=metadata), "model")
        return {matrix.layout for matrix in files.matrices}

    assert layouts("z" * len(letters)) == {Layout.ROWS}
    assert layouts("b" * len(letters)) == {Layout.COLUMNS}


def test_a_program_without_phase_has_no_word_of_it() -> None:
    with_phase, without = (
        program_to_c(random_program(2, phase_bins=count), "model").source for count in (8, 0)
    )
    assert ".phase = {8, model_steady_cosine, model_steady_sine}," in with_phase
    assert "phase" not in without
    assert "steady" not in without


def test_a_program_without_bands_has_no_word_of_them() -> None:
    with_bands, without = (
        program_to_c(random_program(2, band_ratio=ratio), "model").source for ratio in (16, 0)
    )
    assert (
        ".bands = {70, model_band_starts, model_band_part, model_band_from, model_band_share}," in with_bands
    )
    assert "band" not in without


def test_the_same_program_gives_the_same_text() -> None:
    first, second = (program_to_c(random_program(2), "model") for _ in range(2))
    assert (first.header, first.source) == (second.header, second.source)


def test_it_needs_no_jax(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "for name in ('jax', 'jaxlib', 'equinox', 'optax'): sys.modules[name] = None\n"
        "from linnet.apps.cli import main\n"
        "sys.exit(main(['export', 'c', 'denoise-dense-medium', '-o', sys.argv[1]]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "cleaner.c")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "cleaner.c").stat().st_size > 500_000
