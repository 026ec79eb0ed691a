"""The models that ship, on the clips that ship: the engine's bits are the interpreter's, and the clips get cleaner."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import resample_poly

import linnet
from linnet.audio.files import read_audio
from linnet.audio.metrics import si_snr
from linnet.audio.stft import features, stft
from linnet.compiler.eliminate import eliminate_dead
from linnet.ir import Program, program_to_bytes, read_program, run, run_codes
from linnet.runtime import Denoiser, Model, Session
from linnet.runtime.library import ISA_ENVIRONMENT, instruction_sets
from linnet.train.recipe import parse_recipe
from tests.end_to_end.chosen import only_the_default_quickly
from tests.source_tree import ROOT

CLIPS = sorted(path for path in (ROOT / "examples/noisy").glob("*.wav"))
ALL = [*linnet.pretrained_names(), *linnet.pretrained_names("keywords")]
TEXT = linnet.pretrained_names("text")
LEAST_MEAN_GAIN_DB = (
    6.0  # a floor that a model worth shipping clears; what it really gains is in docs/results.md
)


def shipped(name: str) -> Program:
    return read_program(files("linnet").joinpath("models", f"{name}.gguf").read_bytes())


def sound(path: Path) -> np.ndarray:
    audio, rate_hz = read_audio(path)
    assert rate_hz == 16000
    assert audio.shape[1] == 1
    return audio[:, 0]


def codes_of(program: Program, clip: np.ndarray) -> np.ndarray:
    """The input codes of a clip: its features, rounded by the program's own first node."""
    front_end = parse_recipe(program.metadata.recipe).task.front_end
    assert front_end is not None
    first: dict[int, np.ndarray] = {}
    shown = features(stft(clip, front_end), front_end)

    def note(wire: int, values: np.ndarray) -> None:
        first.setdefault(wire, values)

    run(program, shown, trace=note)
    return first[program.nodes[0].writes]


@pytest.mark.parametrize("name", only_the_default_quickly(ALL))
@pytest.mark.parametrize("clip", CLIPS[::2], ids=lambda path: path.stem)
def test_interpreter_and_engine_agree_bit_for_bit_over_whole_clips(
    name: str, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = shipped(name)
    codes = codes_of(program, sound(clip))
    expected = run_codes(program, codes)
    for isa in instruction_sets():
        monkeypatch.setenv(ISA_ENVIRONMENT, isa)
        assert np.array_equal(Session(Model(program_to_bytes(program))).run(codes), expected), isa


@pytest.mark.parametrize("name", [*ALL, *TEXT])
def test_nothing_in_a_shipped_model_is_dead(name: str) -> None:
    assert eliminate_dead(shipped(name)) == shipped(name), f"linnet shrink {name} makes it smaller"


def test_sparse_models_have_phases_and_the_dense_one_is_older_than_their_key() -> None:
    bins = {name: shipped(name).metadata.front_end.phase_bins for name in linnet.pretrained_names()}
    assert bins == {
        "denoise-bands-large": 64,
        "denoise-bands-medium": 64,
        "denoise-bands-xlarge": 64,
        "denoise-dense-medium": 0,
        "denoise-gated-large": 64,
        "denoise-gated-medium": 64,
        "denoise-low-latency": 64,
        "denoise-sparse-large": 64,
        "denoise-sparse-medium": 64,
        "denoise-sparse-small": 64,
    }


@pytest.mark.parametrize("name", [*ALL, *TEXT])
def test_files_with_and_without_keys_that_came_later_are_read_and_written_again_as_they_are(
    name: str,
) -> None:
    program = shipped(name)
    assert program_to_bytes(program) == files("linnet").joinpath("models", f"{name}.gguf").read_bytes()


def test_the_default_cleans_a_narrow_band_as_well_as_a_wide_one() -> None:
    """Given at 8 kHz, or at 16 kHz and judged below 4 kHz: it loses little in any clip, and nothing on the whole."""
    denoiser, lost = Denoiser.from_pretrained(), []
    for path in CLIPS:
        noisy, clean = sound(path), sound(ROOT / "examples/clean" / path.name)
        below = resample_poly(clean, 1, 2)
        of_wide = resample_poly(denoiser(noisy, sample_rate_hz=16000), 1, 2)
        narrow = resample_poly(noisy, 1, 2).astype(np.float32)
        of_narrow = denoiser(narrow, sample_rate_hz=8000)
        lost.append(si_snr(below, of_wide) - si_snr(below, of_narrow))
    assert np.max(lost) < 1.0
    assert np.mean(lost) < 0.3


@pytest.mark.parametrize("name", TEXT)
def test_a_text_model_reads_english_that_it_has_not_seen(name: str) -> None:
    """The licence of this repository, in fewer bits than the letters alone would need: 26 of them are 4.7 bits."""
    text = (ROOT / "LICENSE").read_bytes()[:2000]
    model = linnet.TextModel.from_pretrained(name)
    assert model.bits(text) / len(text) < 3.7
    codes = model.shown[model.alphabet.places(text)]
    assert np.array_equal(Session(model.model).run(codes), run_codes(shipped(name), codes))


@pytest.mark.parametrize("name", linnet.pretrained_names())
def test_the_examples_get_cleaner(name: str) -> None:
    denoiser = Denoiser.from_pretrained(name)
    gains = []
    for path in CLIPS:
        noisy, clean = sound(path), sound(ROOT / "examples/clean" / path.name)
        cleaned = denoiser(noisy, sample_rate_hz=16000)
        gains.append(si_snr(clean, cleaned) - si_snr(clean, noisy))
    assert np.mean(gains) > LEAST_MEAN_GAIN_DB
