"""What the tree keeps for ports and fuzzers: vectors hold, and both readers judge each file as its name says."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from linnet.ir import read_program, run_codes
from tests.readers.corpus import denoised, input_codes, input_sound
from tests.readers.differential import difference, python_takes
from tests.source_tree import ROOT

CORPUS = ROOT / "engine" / "tests" / "corpus"
LINES = [line.split() for line in (CORPUS / "vectors.txt").read_text("utf-8").splitlines() if line[0] != "#"]


@pytest.mark.parametrize(("model", "kind", "hops", "seed", "crc"), LINES)
def test_the_published_vectors_hold(model: str, kind: str, hops: str, seed: str, crc: str) -> None:
    """The integers by the interpreter; the samples by the engine, which tests/prove_vectors.c runs in all its forms."""
    data = (CORPUS / model).read_bytes()
    program = read_program(data)
    if kind == "codes":
        out = run_codes(program, input_codes(int(seed), program)).astype("<i2").tobytes()
    else:
        out = denoised(data, input_sound(int(seed), program)).astype("<f4").tobytes()
    width = 2 * program.output_width if kind == "codes" else 4 * program.metadata.front_end.hop
    assert len(out) == int(hops) * width
    assert f"{zlib.crc32(out):08x}" == crc


@pytest.mark.parametrize("path", sorted((CORPUS / "model").iterdir()), ids=lambda path: path.stem)
def test_both_readers_judge_a_kept_file_as_its_name_says(path: Path) -> None:
    data = path.read_bytes()
    assert difference(data) is None
    assert (python_takes(data) is None) == path.stem.startswith("refused_")
