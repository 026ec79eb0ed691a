"""The engine's integers are the interpreter's, bit for bit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from linnet.ir import program_to_bytes, quantize_features, run, run_codes
from linnet.runtime import Denoiser, EngineError, Model, ModelError, Session
from linnet.runtime.library import ISA_ENVIRONMENT, instruction_sets
from tests.ir.programs import random_codes, random_program
from tests.runtime.conftest import model_of


@pytest.mark.parametrize("seed", range(24))
def test_engine_and_interpreter_give_the_same_bits(seed: int) -> None:
    program, model = model_of(
        seed, bins=(9, 33, 257)[seed % 3], features=(12, 5, 1, 40)[seed % 4], states=(8, 3, 1)[seed % 3]
    )
    codes = random_codes(seed, program, frames=150)
    assert np.array_equal(Session(model).run(codes), run_codes(program, codes))


@pytest.mark.parametrize("density", [0.02, 0.06, 0.5, 1.0])
def test_every_density_gives_the_same_bits(density: float) -> None:
    program = random_program(5, bins=129, features=64, states=32, density=density)
    codes = random_codes(5, program, frames=60)
    assert np.array_equal(Session(program_to_bytes(program)).run(codes), run_codes(program, codes))


@pytest.mark.parametrize("eight", [0.0, 1.0])
def test_values_become_the_codes_that_the_program_makes_of_them(eight: float) -> None:
    program = random_program(3, bins=9, features=12, states=8, eight=eight)
    session = Session(program_to_bytes(program))
    width = session.input_width
    rng = np.random.default_rng(5)
    values = rng.normal(0, 3, (40, width)).astype(np.float32)
    values[0, :5] = (np.nan, np.inf, -np.inf, 1e30, -1e-30)
    values[1] = (np.arange(width) - 4.5) * 2.0**-session.input_exponent  # halves
    codes = session.quantize(values)
    assert np.array_equal(codes, quantize_features(program, values))
    assert np.abs(codes.astype(int)).max() == (128 if eight else 32768)
    assert np.array_equal(session.values(session.run(codes)), run(program, values))


def test_a_model_without_a_front_end_hears_nothing_and_runs_on_codes() -> None:
    program = random_program(3, bins=9, features=12, states=8)
    front_end = replace(program.metadata.front_end, frames_per_second=125.0)
    values = replace(program, metadata=replace(program.metadata, front_end=front_end))
    heard, bare = (Model(program_to_bytes(each)) for each in (program, values))
    assert (heard.info.is_denoiser, heard.info.is_listener) == (1, 1)
    assert (bare.info.is_denoiser, bare.info.is_listener) == (0, 0)
    assert (heard.info.frames_per_second, bare.info.frames_per_second) == (0, 125)
    assert heard.frames_per_second == pytest.approx(1 / program.metadata.front_end.frame_seconds)
    assert bare.frames_per_second == 125
    codes = random_codes(1, program, frames=30)
    assert np.array_equal(Session(bare).run(codes), Session(heard).run(codes))
    with pytest.raises(ModelError, match="125 frames a second, and no sound"):
        Denoiser(bare)


def on_every_instruction_set(monkeypatch: pytest.MonkeyPatch, data: bytes) -> Iterator[Session]:
    for name in instruction_sets():
        monkeypatch.setenv(ISA_ENVIRONMENT, name)
        session = Session(data)
        assert session.model.kernels == name
        yield session


@pytest.mark.parametrize("seed", range(12))
def test_every_instruction_set_gives_the_same_bits(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bins, features, states = (9, 33, 257)[seed % 3], (64, 65, 7, 192)[seed % 4], (32, 33, 5, 100)[seed // 3]
    density = (None, 0.05, 0.3, 1.0)[seed // 2 % 4]
    program = random_program(seed, bins=bins, features=features, states=states, density=density)
    codes = random_codes(seed, program, frames=100)
    expected = run_codes(program, codes)
    for session in on_every_instruction_set(monkeypatch, program_to_bytes(program)):
        assert np.array_equal(session.run(codes), expected), session.model.kernels


@pytest.mark.parametrize("seed", range(12))
def test_wires_of_eight_bits_give_the_same_bits_on_every_instruction_set(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bins, features, states = (9, 33, 257)[seed % 3], (64, 65, 7, 192)[seed % 4], (32, 33, 5, 100)[seed // 3]
    density, eight = (None, 0.05, 0.3, 1.0)[seed // 2 % 4], (0.25, 0.75, 1.0)[seed // 4]
    program = random_program(seed, bins=bins, features=features, states=states, density=density, eight=eight)
    assert any(wire.bits == 8 for wire in program.wires)
    codes = random_codes(seed, program, frames=100)  # most of them beyond 8 bits: they are saturated first
    codes[50:] >>= 8
    expected = run_codes(program, codes)
    for session in on_every_instruction_set(monkeypatch, program_to_bytes(program)):
        assert np.array_equal(session.run(codes), expected), session.model.kernels


@pytest.mark.parametrize("activity", ["a", "g", "z"])
def test_what_a_file_says_of_activity_changes_no_bit(activity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = random_program(4, bins=129, features=64, states=32, density=0.1)
    marked = replace(program, metadata=replace(program.metadata, activity=activity * len(program.wires)))
    codes = random_codes(4, program, frames=60)
    expected = run_codes(program, codes)
    for session in on_every_instruction_set(monkeypatch, program_to_bytes(marked)):
        assert np.array_equal(session.run(codes), expected), session.model.kernels


@pytest.mark.parametrize("eight", [0.0, 0.7])
def test_every_instruction_set_gives_the_same_samples(eight: float, monkeypatch: pytest.MonkeyPatch) -> None:
    program = random_program(2, bins=257, features=100, states=40, density=0.2, eight=eight)
    sound = np.random.default_rng(2).normal(0, 0.1, 16000).astype(np.float32)
    sessions = on_every_instruction_set(monkeypatch, program_to_bytes(program))
    first, *others = [Denoiser(session.model)(sound, sample_rate_hz=16000) for session in sessions]
    assert all(np.array_equal(first, other) for other in others)


def test_an_instruction_set_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = program_to_bytes(model_of(3)[0])
    monkeypatch.setenv(ISA_ENVIRONMENT, "")
    assert Model(data).kernels == instruction_sets()[0]
    assert instruction_sets()[-1] == "scalar"
    monkeypatch.setenv(ISA_ENVIRONMENT, "mmx")
    with pytest.raises(EngineError, match=r"LINNET_ISA=mmx came, .* choose one of .*scalar"):
        Model(data)


def test_long_inputs_at_the_rails_give_the_same_bits() -> None:
    program, model = model_of(1, bins=17, features=20, states=6)
    rng = np.random.default_rng(1)
    codes = rng.choice(np.array([-32768, 32767], np.int16), (6000, program.input_width))
    codes[2000:2500] = 32767  # a constant drives the slow states into saturation, zeros let them decay
    codes[2500:3000] = -32768
    codes[3000:4000] = 0
    assert np.array_equal(Session(model).run(codes), run_codes(program, codes))


def test_step_is_run_frame_by_frame_and_reset_forgets() -> None:
    program, model = model_of(3)
    codes = random_codes(3, program, frames=130)
    session = Session(model)
    whole = session.run(codes)
    session.reset()
    assert np.array_equal(np.stack([session.step(frame) for frame in codes]), whole)
    assert not np.array_equal(session.run(codes), whole)  # it goes on from where it stands
    session.reset()
    assert np.array_equal(np.concatenate([session.run(codes[:70]), session.run(codes[70:])]), whole)


def test_what_a_step_returned_is_not_changed_by_the_next() -> None:
    program, model = model_of(3)
    session = Session(model)
    codes = random_codes(4, program, frames=2)
    first = session.step(codes[0])
    kept = first.copy()
    session.step(codes[1])
    assert np.array_equal(first, kept)


def test_a_session_describes_its_codes() -> None:
    program, model = model_of(3)
    session = Session(model)
    assert (session.input_width, session.output_width) == (program.input_width, program.output_width)
    assert session.input_exponent == program.wires[program.nodes[0].writes].exponent
    assert session.output_exponent == program.wires[program.nodes[-1].reads[0]].exponent
    assert model.name == program.metadata.name
    assert model.file_bytes == len(program_to_bytes(program))
    assert model.info.weight_count == sum(
        np.count_nonzero(node.weight) for node in program.nodes if hasattr(node, "weight")
    )


def test_a_long_name_is_cut_between_characters() -> None:
    program = random_program(0, bins=9)
    metadata = replace(program.metadata, name="ñandú 紅雀 " * 9)
    name = Session(program_to_bytes(replace(program, metadata=metadata))).model.name
    assert metadata.name.startswith(name)
    assert 60 <= len(name.encode()) <= 63


@pytest.mark.parametrize(
    "codes",
    [np.zeros(257, np.int32), np.zeros(256, np.int16), np.zeros((1, 257), np.int16)],
    ids=["type", "width", "rank"],
)
def test_a_step_of_the_wrong_kind_is_refused(codes: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"takes int16 of shape \(257,\)"):
        Session(model_of(3)[1]).step(codes)


def test_a_run_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="quantize and shape them so"):
        Session(model_of(3)[1]).run(np.zeros((4, 258), np.int16))


def test_sessions_of_one_model_run_side_by_side() -> None:
    program, model = model_of(3)
    inputs = [random_codes(seed, program, frames=200) for seed in range(4)]
    expected = [run_codes(program, codes) for codes in inputs]
    results: list[np.ndarray] = [np.empty(0)] * len(inputs)

    def work(index: int) -> None:
        results[index] = Session(model).run(inputs[index])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(result, want) for result, want in zip(results, expected, strict=True))
