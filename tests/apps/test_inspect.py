"""`linnet inspect`: every figure of the card is counted on the file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from linnet.ir import Linear, read_program
from tests.apps.conftest import Command


def test_the_card_says_what_the_file_holds(linnet: Command, model: Path) -> None:
    outcome = linnet("inspect", model, "--json")
    assert outcome.code == 0, outcome.err
    card = json.loads(outcome.out)
    program = read_program(model)
    assert card["name"] == program.metadata.name
    assert card["licence"] == program.metadata.licence
    assert card["file_bytes"] == model.stat().st_size
    assert card["front_end"]["hop"] == program.metadata.front_end.hop
    assert card["training_data"] == program.metadata.training_data
    assert card["card"] == program.metadata.card
    assert [node["kind"] for node in card["nodes"]] == [type(node).__name__ for node in program.nodes]
    for entry, node in zip(card["nodes"], program.nodes, strict=True):
        assert entry["exponent"] == program.wires[node.writes].exponent
        if isinstance(node, Linear):
            assert entry["nonzeros"] == np.count_nonzero(node.weight)
            assert entry["dense_macs_per_frame"] == node.weight.size
    assert card["total"]["stored_bytes"] <= card["file_bytes"]


def test_people_get_tables(linnet: Command, model: Path) -> None:
    outcome = linnet("inspect", model)
    assert outcome.code == 0, outcome.err
    for words in (
        "CC0-1.0",
        "DiagonalRecurrence",
        "density",
        "MACs per frame",
        "16000 Hz",
        "si_snr_db",
        "ñandú",
    ):
        assert words in outcome.out


def test_what_is_no_model_is_refused(linnet: Command, model: Path, tmp_path: Path) -> None:
    damaged = bytearray(model.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "damaged.gguf").write_bytes(damaged)
    (tmp_path / "cut.gguf").write_bytes(model.read_bytes()[:1000])
    (tmp_path / "text.gguf").write_text("not a model")
    for name in ("damaged.gguf", "cut.gguf", "text.gguf", "gone.gguf"):
        outcome = linnet("inspect", tmp_path / name)
        assert outcome.code == 2, outcome.err
        assert name in outcome.err
