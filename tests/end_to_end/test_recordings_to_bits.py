"""The whole way: recordings, a few updates, a model file, and the engine's bits, each step by its command."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

pytest.importorskip("jax")
pytest.importorskip("matplotlib")

from linnet.audio.files import read_audio, write_audio
from linnet.audio.stft import features, stft
from linnet.ir import Linear, Program, Relu, interpreter, read_program, run_codes
from linnet.life.deploy import deploy
from linnet.life.scores import Score
from linnet.numerics import saturate
from linnet.quant.observers import largest
from linnet.quant.scheme import W4A16, W8A8
from linnet.runtime import Denoiser, Session
from linnet.train.loop import train
from linnet.train.recipe import Recipe
from linnet.train.runs import load_best
from tests.train.small import RATE_HZ, SMALL, write_recordings

pytestmark = pytest.mark.long

RECIPE = SMALL.replace("hop = 32\n", "hop = 32\nlevel_time_constant_ms = 100.0\n").replace(
    "layers = 1", "layers = 2"
)


def recipe_text(phase_bins: int, band_ratio: int) -> str:
    return RECIPE.replace("hop = 32\n", f"hop = 32\nphase_bins = {phase_bins}\nband_ratio = {band_ratio}\n")


class Journey(NamedTuple):
    """Where a model came from and what it became."""

    recordings: Path
    run: Path
    model: Path
    scores: list[Score]
    recipe: Recipe
    program: Program


@pytest.fixture(scope="module", params=[(0, 0), (12, 8)], ids=["", "phase-bands"])
def journey(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Journey:
    root = tmp_path_factory.mktemp("journey")
    recordings, recipe = write_recordings(root / "recordings"), root / "recipe.toml"
    recipe.write_text(recipe_text(*request.param))
    run = train(recipe, recordings, root / "run")
    scores = deploy(run, recordings, root / "model.gguf")
    return Journey(
        recordings, run, root / "model.gguf", scores, load_best(run)[0], read_program(root / "model.gguf")
    )


def clip(seed: int, samples: int, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal(samples)).astype(np.float32)


def codes_of(program: Program, values: np.ndarray) -> np.ndarray:
    """Features to the codes that enter the integers, as Quantize says."""
    seen: dict[int, np.ndarray] = {}
    interpreter.run(program, values, trace=seen.__setitem__)
    return seen[program.nodes[0].writes]


@pytest.mark.parametrize("level", [0.0, 1e-4, 0.1, 0.9])
def test_interpreter_and_engine_agree_bit_for_bit_over_whole_clips(journey, level):
    values = features(
        stft(clip(1, 3 * RATE_HZ, level), journey.recipe.task.front_end), journey.recipe.task.front_end
    )
    codes = codes_of(journey.program, values)
    expected = run_codes(journey.program, codes)
    session = Session(journey.model)
    assert np.array_equal(session.run(codes), expected)
    session.reset()
    assert np.array_equal(np.stack([session.step(frame) for frame in codes[:50]]), expected[:50])


def test_interpreter_and_engine_agree_on_codes_that_no_sound_gives(journey):
    rng = np.random.default_rng(2)
    codes = rng.integers(-32768, 32768, (500, journey.program.input_width)).astype(np.int16)
    assert np.array_equal(codes, saturate(codes.astype(np.int64), 16))
    assert np.array_equal(Session(journey.model).run(codes), run_codes(journey.program, codes))


def test_the_integer_model_scores_like_the_float_model(journey):
    (score,) = journey.scores
    assert score.split == "val"
    assert score.examples == journey.recipe.training.validation_clips
    assert abs(score.by_integers - score.by_float) < 0.3


@pytest.mark.parametrize("observer", [largest, None], ids=["min-max", "mse, by default"])
def test_activations_of_eight_bits_give_the_same_bits_everywhere_and_score_alike(journey, tmp_path, observer):
    scores = deploy(journey.run, journey.recordings, tmp_path / "eight.gguf", scheme=W8A8, observer=observer)
    program = read_program(tmp_path / "eight.gguf")
    assert {program.wires[node.source].bits for node in program.nodes if isinstance(node, Linear)} == {8}
    codes = np.random.default_rng(6).integers(-200, 200, (500, program.input_width)).astype(np.int16)
    assert np.array_equal(Session(tmp_path / "eight.gguf").run(codes), run_codes(program, codes))
    assert abs(scores[0].by_integers - scores[0].by_float) < 1.0


def test_weights_of_four_bits_give_the_same_bits_everywhere_and_still_clean(journey, tmp_path):
    (score,) = deploy(journey.run, journey.recordings, tmp_path / "four.gguf", scheme=W4A16)
    program = read_program(tmp_path / "four.gguf")
    codes = np.random.default_rng(7).integers(-32768, 32768, (500, program.input_width)).astype(np.int16)
    assert np.array_equal(Session(tmp_path / "four.gguf").run(codes), run_codes(program, codes))
    assert abs(score.by_integers - score.by_float) < 1.5


def test_the_command_writes_what_the_library_says(journey, tmp_path):
    noisy = clip(3, RATE_HZ + 77)
    write_audio(tmp_path / "in.wav", noisy, RATE_HZ, encoding="FLOAT")
    words = [
        "denoise",
        str(tmp_path / "in.wav"),
        "-o",
        str(tmp_path / "out.wav"),
        "--model",
        str(journey.model),
    ]
    where = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    subprocess.run([sys.executable, "-m", "linnet.apps.cli", *words], env=os.environ | where, check=True)
    written, rate_hz = read_audio(tmp_path / "out.wav")
    assert rate_hz == RATE_HZ
    assert np.array_equal(written[:, 0], Denoiser(journey.model)(noisy, sample_rate_hz=RATE_HZ))


def test_a_stream_of_odd_pieces_gives_the_bits_of_the_whole(journey):
    noisy, denoiser = clip(4, 5000), Denoiser(journey.model)
    stream, rng, parts, at = denoiser.stream(sample_rate_hz=RATE_HZ), np.random.default_rng(5), [], 0
    while at < noisy.size:
        size = int(rng.integers(1, 400))
        parts.append(stream.push(noisy[at : at + size]))
        at += size
    streamed = np.concatenate([*parts, stream.flush()])[stream.delay_samples :]
    assert stream.delay_samples == journey.recipe.task.front_end.delay_samples
    assert np.array_equal(streamed, denoiser(noisy, sample_rate_hz=RATE_HZ))


def test_the_file_carries_its_recipe_its_data_and_its_scores(journey):
    metadata = journey.program.metadata
    assert metadata.recipe == recipe_text(metadata.front_end.phase_bins, metadata.front_end.band_ratio)
    assert "speech" in metadata.training_data
    assert set(metadata.card["scores"]["val"]) >= {"clips", "noisy_db", "float_db", "integer_db"}
    assert metadata.front_end.phase_bins == journey.recipe.task.front_end.phase_bins
    assert metadata.front_end.band_starts() == journey.recipe.task.front_end.band_starts().tolist()
    assert metadata.front_end.level_alpha == float(journey.recipe.task.front_end.level_alpha)
    letters = dict(zip(range(len(journey.program.wires)), metadata.activity, strict=True))
    relus = [node.writes for node in journey.program.nodes if isinstance(node, Relu)]
    assert all("a" <= letters[wire] < "z" for wire in relus), "a ReLU leaves zeros"


def test_deploying_again_gives_the_same_file(journey, tmp_path):
    deploy(journey.run, journey.recordings, tmp_path / "again.gguf")
    assert (tmp_path / "again.gguf").read_bytes() == journey.model.read_bytes()


def test_the_card_holds_the_accounting_of_the_deployed_integers_on_validation_clips(journey):
    from linnet.ir import take_account
    from linnet.life.deploy import ACCOUNTED_CLIPS
    from linnet.train.loop import validation_batches

    batches = validation_batches(journey.recipe, journey.recordings)
    clips = np.concatenate([batch.noisy for batch in batches])[:ACCOUNTED_CLIPS]
    front_end = journey.recipe.task.front_end
    entry = journey.program.metadata.card["accounting"]
    frames = [features(stft(one, front_end), front_end) for one in clips]
    account = take_account(
        journey.program, np.concatenate([codes_of(journey.program, one) for one in frames])
    )
    assert entry["measured_on"] == f"{len(clips)} mixtures of val"
    assert entry["frames"] == account.frames
    assert 0 < entry["effective_macs_per_frame"] <= entry["nonzero_macs_per_frame"]
    assert entry["nonzero_macs_per_frame"] <= entry["dense_macs_per_frame"]
    # NumPy's transform rounds otherwise than the engine's, and here one clip follows the other without a rest between
    assert np.isclose(entry["effective_macs_per_frame"], sum(account.effective_macs), rtol=0.02)
    assert len(entry["wires"]) == len(journey.program.wires)
