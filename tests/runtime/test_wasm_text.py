"""Compressed texts in WebAssembly: files of this machine are read there and the other way round, and are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from linnet.runtime import TextModel
from tests.runtime.text_models import any_bytes, text_model
from tests.runtime.tools import run
from tests.source_tree import ROOT

PORT = ROOT / "engine/ports/wasm"
MODELS = ROOT / "src/linnet/models"
ENGLISH = (ROOT / "LICENSE").read_bytes()

CONTENTS = {
    "nothing": b"",
    "text": ENGLISH + "Größe, 25 °C\n".encode(),
    "a block that is stored, then one that is not": any_bytes(1, 1 << 16) + ENGLISH[:3000],
}

pytestmark = pytest.mark.long


@pytest.mark.parametrize("engine", ["linnet.wasm", "linnet_scalar.wasm"])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_files_travel_both_ways(built_wasm: Path, engine: str, content: bytes, tmp_path: Path) -> None:
    def there(way: str, given: bytes) -> bytes:
        (tmp_path / "in").write_bytes(given)
        files = (tmp_path / "model.gguf", way, tmp_path / "in", tmp_path / "out")
        run("node", PORT / "compress_text.mjs", built_wasm, *files, engine)
        return (tmp_path / "out").read_bytes()

    for model in (TextModel.from_pretrained(), text_model()):
        (tmp_path / "model.gguf").write_bytes(model.model.content)
        packed = model.compress(content)
        assert there("compress", content) == packed
        assert there("decompress", packed) == content
        assert model.decompress(packed) == content


def test_the_text_model_keeps_its_promises(built_wasm: Path, tmp_path: Path) -> None:
    (tmp_path / "other.gguf").write_bytes(text_model().model.content)
    models = (MODELS / "text-english.gguf", tmp_path / "other.gguf", MODELS / "denoise-sparse-small.gguf")
    assert "all of it holds" in run("node", PORT / "test_text_model.mjs", built_wasm, *models)
