"""`linnet inspect`: every figure of the card is counted on the file."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from linnet.ir import Linear, read_program, write_program
from linnet.life.accounts import accounting_entry
from linnet.life.following import account_of_file
from linnet.runtime import Model
from linnet.runtime.pretrained import DEFAULT_RECOGNIZER, DEFAULT_TEXT_MODEL
from tests.apps.conftest import Command
from tests.runtime.text_models import text_model


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
            assert entry["dense_macs_per_frame"] == node.weight.size * node.repeat
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


def test_phase_and_bands_are_named_where_there_is_some(
    linnet: Command, model: Path, phase_model: Path
) -> None:
    outcome = linnet("inspect", phase_model)
    assert outcome.code == 0, outcome.err
    words = " ".join(outcome.out.split())
    assert "70 bands, 40 lowest bins with phase" in words
    assert "150 features -> " in words
    assert " -> 110 outputs" in words
    plain = linnet("inspect", model).out
    assert "with phase" not in plain
    assert "bands" not in plain
    front_end = json.loads(linnet("inspect", phase_model, "--json").out)["front_end"]
    assert (front_end["phase_bins"], front_end["band_ratio"]) == (40, 16)


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


def test_recordings_that_are_named_are_measured(linnet: Command, model: Path, recording: Path) -> None:
    outcome = linnet("inspect", model, "--audio", recording, "--json")
    assert outcome.code == 0, outcome.err
    card, program = json.loads(outcome.out), read_program(model)
    account = account_of_file(program, Model(model), recording)
    found = card["accounting"]
    assert found["measured_on"] == "1 recording: voice.wav"
    assert found["frames"] == account.frames
    assert found["seconds"] == pytest.approx(account.frames * 0.008, abs=1e-3)
    assert found["effective_macs_per_frame"] == round(sum(account.macs) / account.frames, 1)
    assert found["nodes"] == [round(macs, 1) for macs in account.effective_macs]
    assert found["wires"][0] is None
    assert found["wires"][3] == round(account.active[3] / account.frames / program.wires[3].width, 4)
    people = linnet("inspect", model, "--audio", recording)
    for words in (
        "1 recording: voice.wav",
        "effective MACs",
        "power proxy",
        "algorithmic latency",
        "layer 1 B",
    ):
        assert words in people.out


def test_without_measurement_the_card_says_so(linnet: Command, model: Path) -> None:
    assert json.loads(linnet("inspect", model, "--json").out)["accounting"] is None
    assert "--audio" in linnet("inspect", model).out


def test_a_model_that_takes_values_is_not_described_by_sound(linnet: Command, tmp_path: Path) -> None:
    out = " ".join(linnet("inspect", DEFAULT_TEXT_MODEL).out.split())
    assert "on data measured on 8 sequences of val (" in out
    assert "8,192 frames)" in out
    assert "M operations/s at 1 frame a second, no watts" in out
    assert not any(word in out for word in ("on sound", "channel", "latency", "--audio"))
    (tmp_path / "bare.gguf").write_bytes(text_model().model.content)
    bare = " ".join(linnet("inspect", tmp_path / "bare.gguf").out.split())
    assert "on data the card of this model holds no measurement" in bare
    assert "--audio" not in bare
    assert "on sound" in linnet("inspect", DEFAULT_RECOGNIZER).out


def carded(model: Path, path: Path, accounting: object) -> Path:
    """The model with this accounting in its card."""
    program = read_program(model)
    metadata = dataclasses.replace(program.metadata, card=program.metadata.card | {"accounting": accounting})
    write_program(dataclasses.replace(program, metadata=metadata), path)
    return path


def test_what_was_measured_at_deployment_is_shown_until_it_is_measured_anew(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    program = read_program(model)
    account = account_of_file(program, Model(model), recording)
    entry = accounting_entry(program, account, sound="8 mixtures of val")
    deployed = carded(model, tmp_path / "deployed.gguf", entry)
    assert json.loads(linnet("inspect", deployed, "--json").out)["accounting"] == entry
    people = linnet("inspect", deployed).out
    assert "8 mixtures of val" in people
    assert "wires:" not in people
    anew = linnet("inspect", deployed, "--audio", recording).out
    assert "1 recording: voice.wav" in anew
    assert "8 mixtures of val" not in anew


def test_a_card_that_does_not_fit_its_program_is_not_believed(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    program = read_program(model)
    entry = accounting_entry(program, account_of_file(program, Model(model), recording), sound="x")
    wrong = [
        "text",
        {},
        entry | {"nodes": entry["nodes"][:-1]},
        entry | {"wires": ["a"] * len(program.wires)},
        entry | {"nodes": [None] * len(program.nodes)},
        entry | {"ndns": {}},
        entry | {"seconds": None},
        entry | {"measured_on": 3},
    ]
    for index, accounting in enumerate(wrong):
        outcome = linnet("inspect", carded(model, tmp_path / f"{index}.gguf", accounting))
        assert outcome.code == 0, outcome.err
        assert "--audio" in outcome.out


def test_held_bytes_are_the_engines(linnet: Command, model: Path) -> None:
    memory = json.loads(linnet("inspect", model, "--json").out)["memory"]
    info = Model(model).info
    assert memory["held"]["model_bytes"] == info.model_bytes
    assert memory["held"]["session_bytes"] == info.session_bytes
    assert memory["state_bytes"] == 4 * (2 * 8 + 8)  # a complex layer and a gated one


@pytest.mark.long
def test_without_an_engine_the_card_is_still_read_and_measuring_is_refused(
    model: Path, recording: Path
) -> None:
    environment = os.environ | {"LINNET_LIBRARY": str(model)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "linnet.apps.cli", "inspect", str(model), *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    card = run("--json")
    assert card.returncode == 0, card.stderr
    memory = json.loads(card.stdout)["memory"]
    assert memory["held"] is None
    assert "does not load as the engine" in memory["held_not_known"]
    refused = run("--audio", str(recording))
    assert refused.returncode == 2
    assert "does not load as the engine" in refused.stderr


def test_recordings_that_cannot_be_measured_are_refused(linnet: Command, model: Path, tmp_path: Path) -> None:
    outcome = linnet("inspect", model, "--audio", tmp_path / "gone.wav")
    assert outcome.code == 2
    assert "gone.wav" in outcome.err
