"""Keywords in WebAssembly: the codes and the words of this machine, and recipes read as Python reads them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from linnet.runtime import Ear, Recognizer
from linnet.runtime.pretrained import DEFAULT_RECOGNIZER
from tests.end_to_end.test_shipped_models import CLIPS, sound
from tests.runtime.tools import need, run
from tests.source_tree import ROOT

PORT = ROOT / "engine/ports/wasm"
MODELS = ROOT / "src/linnet/models"
MODEL = MODELS / f"{DEFAULT_RECOGNIZER}.gguf"
LOW = 0.01
"""No example holds a keyword; at this threshold of a mean words are told in all of them."""

pytestmark = pytest.mark.long


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: Path(clip).stem)
def test_the_words_are_those_of_python(built_wasm: Path, clip: Path, tmp_path: Path) -> None:
    heard = sound(clip)
    (tmp_path / "sound.f32").write_bytes(heard.tobytes())
    words = ("node", PORT / "listen_raw.mjs", built_wasm, MODEL, tmp_path / "sound.f32", "16000")
    there = run(*words, str(LOW), tmp_path / "codes.i16")
    recognizer = Recognizer.from_pretrained(threshold=LOW)
    here = recognizer(heard, sample_rate_hz=16000)
    assert len(here) >= 3
    assert [json.loads(line) for line in there.splitlines()] == [found._asdict() for found in here]
    codes = np.fromfile(tmp_path / "codes.i16", np.int16).reshape(-1, len(recognizer.words))
    np.testing.assert_array_equal(codes, Ear(recognizer.model).push(heard))
    assert run(*words) == ""  # no keyword is in it


def test_the_recognizer_keeps_its_promises(built_wasm: Path) -> None:
    said = run("node", PORT / "test_recognizer.mjs", built_wasm, MODEL, MODELS / "denoise-sparse-small.gguf")
    assert "all of it holds" in said


def test_recipes_are_read_as_python_reads_them(tmp_path: Path) -> None:
    need("node")
    paths = sorted((ROOT / "recipes").rglob("*.toml"))
    texts = [path.read_text("utf-8") for path in paths]
    (tmp_path / "recipes.json").write_text(json.dumps(texts), "utf-8")
    script = (
        f'import {{ readFileSync }} from "node:fs"; import {{ valuesOf }} from "{PORT / "recipe.mjs"}";'
        f'const texts = JSON.parse(readFileSync("{tmp_path / "recipes.json"}", "utf8"));'
        "console.log(JSON.stringify(texts.map((text) => valuesOf(text))));"
    )
    there = json.loads(run("node", "--input-type=module", "--eval", script))
    here = [tomllib.loads(text) for text in texts]
    assert len(here) > 10
    before_tables = [{k: v for k, v in values.items() if not isinstance(v, dict)} for values in here]
    assert there == before_tables
