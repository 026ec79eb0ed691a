"""Exported models on emulated microcontrollers, Cortex-M4F, M7 and M55: the same bits, and what they take.

The port of engine/ports/cortex_m is built and run by its own Makefile, as its README says. QEMU counts instructions;
it says nothing of how many cycles each takes.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from linnet.compiler.flash import Choice, Layout, choose
from linnet.ir import Linear, Program, packed_sizes, program_to_bytes, read_program, run_codes
from linnet.runtime import Denoiser, Ear, Model
from linnet.runtime.pretrained import DEFAULT_RECOGNIZER
from tests.compiler.exported import always
from tests.end_to_end.emulated import CORES, PORT, Emulated, needs_emulator, sound
from tests.ir.programs import random_codes, random_program
from tests.source_tree import ROOT

SMALL_FLASH, SMALL_RAM = 256 * 1024, 64 * 1024

pytestmark = [pytest.mark.long, needs_emulator]


def small_program() -> Program:
    """k = 0.5 with 90 % zeros. Its weights are drawn: no such model has been trained yet."""
    program = random_program(17, features=96, states=64, layers=3, density=0.1)
    assert packed_sizes(program).total.nonzeros <= 20_000
    return program


def shipped() -> Program:
    return read_program(ROOT / "src" / "linnet" / "models" / "denoise-dense-medium.gguf")


def pruned_program() -> Program:
    """The model that ships without the nine tenths of its weights that are smallest, not trained again: its signals
    are a denoiser's, its sound is not one's."""
    program = shipped()
    nodes = [without_small_weights(node) if isinstance(node, Linear) else node for node in program.nodes]
    return dataclasses.replace(program, nodes=tuple(nodes))


def without_small_weights(node: Linear) -> Linear:
    sizes = np.abs(node.weight.astype(np.int16))
    smallest_kept = np.sort(sizes, axis=None)[-(sizes.size // 10)]
    return dataclasses.replace(node, weight=np.where(sizes >= smallest_kept, node.weight, 0).astype(np.int8))


@pytest.fixture(params=CORES)
def emulated(request: pytest.FixtureRequest, tmp_path: Path) -> Emulated:
    return Emulated(request.param, tmp_path / "build")


def assert_bits(
    emulated: Emulated, program: Program, codes: np.ndarray, clip: np.ndarray | None = None
) -> None:
    """Codes are the interpreter's, samples the engine's on this machine."""
    assert np.array_equal(emulated.gains(program), run_codes(program, codes))
    front_end = program.metadata.front_end
    delay = front_end.window - front_end.hop
    heard = sound() if clip is None else clip
    whole = heard.size // front_end.hop * front_end.hop
    expected = Denoiser(program_to_bytes(program))(heard, sample_rate_hz=16000)
    assert np.array_equal(emulated.samples()[delay:], expected[: whole - delay])


def test_samples_below_the_smallest_normal_float_keep_their_bits(emulated: Emulated) -> None:
    """A vector unit that flushes them to zero, as Helium does, would show here.

    Their squares are 0, so the gains are those of the louder sound before them.
    """
    rng = np.random.default_rng(1)
    powers = np.concatenate([np.full(128 * 10, -1.0), rng.uniform(-44, -30, 128 * 90)])
    clip = (rng.normal(0, 1, 128 * 100) * 10.0**powers).astype(np.float32)
    program = random_program(4)
    codes = random_codes(4, program, 5)
    emulated.run(program, codes=codes, clip=clip)
    assert emulated.samples()[128 * 20 :].any()
    assert_bits(emulated, program, codes, clip)


def test_the_model_that_ships_has_its_bits_on_every_core(emulated: Emulated) -> None:
    program = shipped()
    codes = random_codes(1, program, 30)
    report = emulated.run(program, codes=codes)
    assert_bits(emulated, program, codes)
    assert report["frames"] == sound().size // 128


def packed(weight: np.ndarray, activity: float) -> Layout:
    return Layout.PACKED


@pytest.mark.parametrize(("choice", "flash_kb"), [(choose, 160), (packed, 128)], ids=["auto", "packed"])
def test_the_recognizer_that_ships_hears_the_same_in_160_kb_of_flash_or_in_128_packed(
    emulated: Emulated, choice: Choice, flash_kb: int
) -> None:
    model = ROOT / "src" / "linnet" / "models" / f"{DEFAULT_RECOGNIZER}.gguf"
    program = read_program(model)
    report = emulated.run(program, limits=f"{flash_kb}K 64K", choice=choice)
    heard = np.fromfile(emulated.folder / "out.i16", np.int16).reshape(-1, program.output_width)
    assert np.array_equal(heard, Ear(Model(model)).push(sound()))
    assert report["frames"] == len(heard) > 0
    assert heard.any()


@pytest.mark.parametrize("layout", Layout)
def test_every_layout_has_its_bits_on_every_core(emulated: Emulated, layout: Layout) -> None:
    program = random_program(4, features=31, states=13)
    codes = random_codes(4, program, 30)
    emulated.run(program, codes=codes, choice=lambda weight, activity: layout)
    assert_bits(emulated, program, codes)


@pytest.mark.parametrize("program", [small_program, pruned_program])
def test_sparse_models_fit_256_kb_of_flash_and_64_kb_of_ram(
    program: Callable[[], Program], emulated: Emulated
) -> None:
    """Linked for no more than that, front end and stack included, and run there."""
    sparse = program()
    codes = random_codes(2, sparse, 30)
    report = emulated.run(sparse, codes=codes, limits="256K 64K")
    assert report["flash_bytes"] <= SMALL_FLASH
    assert report["ram_bytes"] + report["stack_bytes"] <= SMALL_RAM
    assert_bits(emulated, sparse, codes)


@pytest.mark.parametrize("program", [small_program, pruned_program])
def test_zeros_save_instructions(program: Callable[[], Program], tmp_path: Path) -> None:
    """Rows skip the zeros of the weights, columns those of the inputs, too. Counted, so the order is certain."""
    counted = {}
    for layout in Layout:
        emulated = Emulated("m4f", tmp_path / layout.value)
        report = emulated.run(program(), choice=always(layout))
        counted[layout] = report["instructions_per_frame"]
    chosen = Emulated("m4f", tmp_path / "chosen").run(program())["instructions_per_frame"]
    assert chosen <= counted[Layout.COLUMNS] < counted[Layout.ROWS] < counted[Layout.DENSE]


def test_a_model_that_is_too_large_does_not_link(tmp_path: Path) -> None:
    emulated = Emulated("m4f", tmp_path / "build")
    with pytest.raises(AssertionError, match="FLASH"):
        emulated.run(random_program(4), limits="16K 64K")


def test_the_port_exports_by_itself(tmp_path: Path) -> None:
    """`make run` as the README says it: from a model's name and a clip to cleaned samples."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    words = [
        "make",
        "-C",
        str(PORT),
        "run",
        "CORE=m4f",
        f"BUILD={tmp_path / 'build'}",
        f"PYTHON={sys.executable}",
    ]
    words += [f"LINNET={sys.executable} -m linnet.apps.cli"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "instructions_per_frame " in done.stdout
    assert (tmp_path / "build" / "out.f32").stat().st_size > 0
