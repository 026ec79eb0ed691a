"""`linnet estimate`: every figure is called an estimate, and what cannot be estimated is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from linnet.audio.files import write_audio
from linnet.hardware.parameters import chip_names
from linnet.ir import DiagonalRecurrence, read_program, write_program
from tests.apps.conftest import Command
from tests.conftest import tone
from tests.ir.programs import random_program


def test_people_get_tables_that_say_estimate(linnet: Command, model: Path) -> None:
    outcome = linnet("estimate", model)
    assert outcome.code == 0, outcome.err
    for chip in ("Intel Loihi 2", "Cortex-M4F", "Cortex-M7", "Cortex-M55", "Jetson Orin Nano", "Ideal chip"):
        assert any(chip in line and "estimate" in line for line in outcome.out.splitlines()), chip
    for words in ("token by token", "pipelined", "offline", "rails", "board", "barrier", "layer 1 states"):
        assert words in outcome.out


def test_values_say_estimate_and_carry_ranges(linnet: Command, model: Path) -> None:
    outcome = linnet("estimate", model, "--json")
    assert outcome.code == 0, outcome.err
    values = json.loads(outcome.out)
    assert {row["kind"] for row in values["rows"]} == {"estimate"}
    ours = next(
        row for row in values["rows"] if row["chip"] == "Intel Loihi 2" and row["form"] == "sparse int"
    )
    assert ours["mode"] == "token by token"
    for values_of in (ours["latency_us"], *ours["energy_uj"].values(), *ours["real_time_energy_uj"].values()):
        assert values_of["low"] <= values_of["default"] <= values_of["high"]
    assert ours["latency_us"]["default"] == pytest.approx(8 * 1.4)  # eight steps, all as long as the barrier
    jetson = [row for row in values["rows"] if row["chip"] == "Jetson Orin Nano"]
    assert all(row["latency_us"] is None for row in jetson)


def test_zeros_are_counted_on_recordings_at_the_models_rate(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    outcome = linnet("estimate", model, "--hardware", "loihi2", "--audio", recording, "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["activity"] == "measured on 1 recording: voice.wav"
    other = tmp_path / "other.wav"
    write_audio(other, tone(0.2, 48000), 48000)
    refused = linnet("estimate", model, "--audio", other)
    assert refused.code == 2
    assert "48000 Hz, but the model works at 16000 Hz" in refused.err


def test_only_the_chips_that_are_named(linnet: Command, model: Path) -> None:
    outcome = linnet("estimate", model, "--hardware", "ideal-7nm", "cortex-m7", "--json")
    assert {row["chip"] for row in json.loads(outcome.out)["rows"]} == {
        "Ideal chip, 7 nm",
        "Cortex-M7 (STM32H7)",
    }
    refused = linnet("estimate", model, "--hardware", "loihi9")
    assert refused.code == 2
    assert all(name in refused.err for name in chip_names())


def test_a_chip_of_ones_own(linnet: Command, model: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text('architecture = "operations"\n[e_byte]\nvalue = 1\nkind = "guess"\nsource = "x"\n')
    refused = linnet("estimate", model, "--hardware", own)
    assert refused.code == 2
    assert "e_byte of chip mine has no unit" in refused.err


def test_a_model_that_does_not_fit_says_what_it_breaks(linnet: Command, model: Path) -> None:
    refused = linnet("estimate", model, "--cores", "3")
    assert refused.code == 2
    assert "3 cores were asked for" in refused.err


def test_two_models_are_compared_beside_the_paper(linnet: Command, model: Path) -> None:
    outcome = linnet("estimate", model, "--hardware", "loihi2", "--against", model)
    assert outcome.code == 0, outcome.err
    words = " ".join(outcome.out.split())
    said = "over this model on Intel Loihi 2, token by token, latency a frame and energy a second of sound, estimate: "
    assert said + "latency 1;" in words
    assert "42x latency and 149x energy" in words
    refused = linnet("estimate", model, "--hardware", "ideal-7nm", "--against", model)
    assert refused.code == 2


def test_published_cases_are_shown_with_their_ratio(linnet: Command, model: Path) -> None:
    outcome = linnet("estimate", model, "--hardware", "loihi2", "--published")
    assert "Tabular Q-learning" in outcome.out
    assert "independent" in outcome.out


def test_narrow_states_are_scored(linnet: Command, tmp_path: Path) -> None:
    program = random_program(8, kinds="d")
    path = tmp_path / "model.gguf"
    write_program(program, path)
    for kind in ("noisy", "clean"):
        folder = tmp_path / "pairs" / kind
        folder.mkdir(parents=True)
        write_audio(folder / "a.wav", tone(0.3, 16000, seed=1), 16000)
    recurrences = [node for node in read_program(path).nodes if isinstance(node, DiagonalRecurrence)]
    lowest = min(node.out_shift for node in recurrences)
    words = ("--hardware", "loihi2", "--pairs", str(tmp_path / "pairs"), "--json")
    same = linnet("estimate", path, "--loihi2-state", "32", *words)
    assert same.code == 0, same.err
    found = json.loads(same.out)["narrowing"]
    assert found["kind"] == "measured"
    assert found["program_db"] == found["narrow_db"]
    refused = linnet("estimate", path, "--loihi2-state", str(31 - lowest), *words)
    assert refused.code == 2
    assert "cannot lose" in refused.err


def test_a_model_of_any_task_is_estimated(linnet: Command, tmp_path: Path) -> None:
    path = tmp_path / "plain.gguf"
    write_program(random_program(2, layers=0, bins=9), path)
    outcome = linnet("estimate", path, "--hardware", "loihi2", "--json")
    assert outcome.code == 0, outcome.err
    assert np.isfinite(json.loads(outcome.out)["rows"][0]["latency_us"]["default"])


@pytest.mark.long
def test_the_page_has_pictures_and_says_estimate(
    linnet: Command, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr("linnet.apps.pages.estimate_page.WIDTHS", (0.125, 0.25))
    page = tmp_path / "page.html"
    outcome = linnet("estimate", model, "--hardware", "loihi2", "-o", page)
    assert outcome.code == 0, outcome.err
    text = page.read_text("utf-8")
    assert text.count("data:image/png") == 4
    headings = re.findall(r"<h[12]>(.*?)</h[12]>", text)
    assert all("estimate" in each or each.startswith("Parameters") for each in headings), headings
    refused = linnet("estimate", model, "--hardware", "loihi2", "-o", page)
    assert refused.code == 2
    assert "already exists" in refused.err
    assert linnet("estimate", model, "-o", tmp_path / "page.txt").code == 2


def test_neurobench_counts_on_recordings(linnet: Command, model: Path, recording: Path) -> None:
    words = ("estimate", model, "--hardware", "ideal-7nm", "--neurobench")
    outcome = linnet(*words, "--audio", recording)
    assert outcome.code == 0, outcome.err
    assert "effective ACs" in " ".join(outcome.out.split())
    found = json.loads(linnet(*words, "--audio", recording, "--json").out)["neurobench"]
    assert found["execution_rate_hz"] == 125
    assert linnet(*words).code == 2


def test_a_mapped_network_is_written_for_sanafe(
    linnet: Command, model: Path, recording: Path, tmp_path: Path
) -> None:
    words = ("estimate", model, "--hardware", "loihi2", "--sanafe", tmp_path / "sanafe")
    outcome = linnet(*words, "--audio", recording)
    assert outcome.code == 0, outcome.err
    assert sorted(path.name for path in (tmp_path / "sanafe").iterdir()) == ["chip.yaml", "network.yaml"]
    assert linnet(*words, "--audio", recording).code == 2
    silent = linnet("estimate", model, "--hardware", "loihi2", "--sanafe", tmp_path / "c")
    assert (silent.code, "--sanafe was given without --audio" in " ".join(silent.err.split())) == (2, True)
    assert linnet("estimate", model, "--hardware", "ideal-7nm", "--sanafe", tmp_path / "b").code == 2


def test_what_nir_cannot_say_is_refused(linnet: Command, model: Path, tmp_path: Path) -> None:
    refused = linnet("estimate", model, "--hardware", "loihi2", "--nir", tmp_path / "model.nir")
    assert refused.code == 2
    assert "ComplexRelu" in refused.err
    assert not list(tmp_path.glob("*.nir"))


def test_what_is_measured_here_is_no_estimate(
    linnet: Command, model: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linnet.apps.bench.here.ROUNDS", 1)
    words = ("estimate", model, "--hardware", "ideal-7nm", "--measure")
    found = json.loads(linnet(*words, "--audio", recording, "--json").out)
    assert found["measured"]["kind"] == "measured"
    assert found["measured"]["step_us"] > 0
    assert all(row["kind"] == "estimate" for row in found["rows"])
    assert linnet(*words).code == 2
