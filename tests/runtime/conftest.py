"""Random programs as models: the engine needs numbers, not trained ones. And the engine as WebAssembly, built once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Unpack

import numpy as np
import pytest

from linnet.ir import Program, program_to_bytes
from linnet.runtime import Denoiser, Model
from tests.ir.programs import Shape, random_program
from tests.runtime.tools import need, run
from tests.source_tree import ROOT


@cache
def model_of(seed: int, **shape: Unpack[Shape]) -> tuple[Program, Model]:
    program = random_program(seed, **shape)
    return program, Model(program_to_bytes(program))


@pytest.fixture(scope="session", params=[(0, 0), (64, 16)], ids=["", "phase-bands"])
def denoiser(request: pytest.FixtureRequest) -> Denoiser:
    phase_bins, band_ratio = request.param
    return Denoiser(model_of(2, features=24, phase_bins=phase_bins, band_ratio=band_ratio)[1])


@pytest.fixture(scope="session", params=[0, 64], ids=["", "phase"])
def transparent(request: pytest.FixtureRequest) -> Denoiser:
    """A denoiser that may turn nothing down, nor any phase: its output is its input."""
    return Denoiser(model_of(2, features=24, phase_bins=request.param)[1], max_attenuation_db=0)


@pytest.fixture(scope="session")
def built_wasm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the engine built as WebAssembly."""
    need("make", "clang", "wasm-ld", "node")
    folder = tmp_path_factory.mktemp("wasm")
    run("make", "-C", ROOT / "engine/ports/wasm", f"BUILD={folder}")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)
