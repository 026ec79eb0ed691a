"""Heartbeats all the way: generated hearts, a few updates, integers, and the same decisions from Python and C."""

import numpy as np
import pytest

pytest.importorskip("jax")
pytest.importorskip("matplotlib")

from linnet.bench.beats import by_engine, judged
from linnet.compiler.to_c import program_to_c
from linnet.ir import quantize_features, read_program, run_codes
from linnet.life.floats import float_network
from linnet.life.whole import make_model
from linnet.runtime import Model, Session
from linnet.tasks.ecg.records import CLASSES, read_records
from tests.compiler.exported import Exported, compile_exported, needs_compiler
from tests.end_to_end.emulated import CORES, Emulated, needs_emulator
from tests.tasks.hearts import write_hearts

pytestmark = pytest.mark.long

RECIPE = """
name = "beats"
task = "ecg"
source = "hearts drawn by rule"

[pieces]
batch = 8
beats = 40
scored_beats = 40
warm_up = 4

[model]
width = 0.0625
layers = 1
recurrence = "gated"

[optimizer]
learning_rate = 2e-2
warmup_updates = 5

[training]
updates = 80
validate_every = 40
validation_clips = 4
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("beats")
    (root / "beats.toml").write_text(RECIPE)
    return make_model(
        root / "beats.toml", write_hearts(root / "data", beats=200), root / "out"
    ), root / "data"


def test_it_tells_early_and_wide_beats_apart_in_floats_and_in_integers(made):
    records = read_records(made[1], "val")
    task, floats = float_network(made[0].run)
    assert task.outputs == len(CLASSES)
    for network in (floats, by_engine(Model(made[0].model))):
        assert judged(network, records)["macro_f1"] > 0.9
    (record,) = records
    assert np.abs(floats(record.shown) - by_engine(Model(made[0].model))(record.shown)).max() < 0.05


def test_the_card_says_where_the_beats_are_from_and_how_many_a_second_come(made):
    metadata = read_program(made[0].model).metadata
    assert metadata.training_data.endswith("hearts drawn by rule")
    assert metadata.front_end.frames_per_second == 1.25
    assert set(metadata.card["scores"]["val"]) >= {"float_balanced_accuracy", "integer_balanced_accuracy"}


@needs_compiler
def test_interpreter_engine_and_exported_c_give_the_same_codes(made, tmp_path):
    program, (record,) = read_program(made[0].model), read_records(made[1], "val")
    codes = quantize_features(program, record.shown)
    expected = run_codes(program, codes)
    assert np.array_equal(Session(made[0].model).run(codes), expected)
    files = program_to_c(program, "model")
    exported = Exported(compile_exported(files, tmp_path), files)
    assert np.array_equal(exported.run(codes, len(CLASSES)), expected)


@needs_emulator
@pytest.mark.parametrize("core", CORES)
def test_a_microcontroller_tells_the_same_codes_in_16_kb_of_flash_and_8_of_ram(made, core, tmp_path):
    program, (record,) = read_program(made[0].model), read_records(made[1], "val")
    codes = quantize_features(program, record.shown)
    emulated = Emulated(core, tmp_path / "build")
    report = emulated.run(program, codes=codes, limits="16K 8K")
    assert np.array_equal(emulated.gains(program), run_codes(program, codes))
    assert report["frames"] == len(codes) > 100
    assert report["state_bytes"] <= report["ram_bytes"]
    assert "instructions_per_frame_of_the_network" in report
    assert "instructions_per_frame" not in report  # it takes no sound


@needs_emulator
def test_a_microcontroller_without_codes_says_that_they_are_missing(made, tmp_path):
    with pytest.raises(AssertionError, match=r"codes\.i16 does not open, and this model takes no sound"):
        Emulated(CORES[0], tmp_path / "build").run(read_program(made[0].model))
