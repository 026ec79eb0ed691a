"""What an estimate asks of sound: the codes that recordings become, and what narrow states cost in decibels.

Estimates themselves are the business of hardware/, which never runs a model; here the engine hears the recordings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linnet.audio.files import read_audio
from linnet.audio.metrics import si_snr
from linnet.hardware.microcode import Target, bind
from linnet.hardware.narrow import narrowed
from linnet.hardware.synapses import Activity
from linnet.hardware.workload import observe
from linnet.ir import (
    Program,
    Recurrence,
    advance_codes,
    initial_state,
    program_to_bytes,
    quantize_features,
)
from linnet.life.following import frames_that_run
from linnet.runtime import Denoiser, Listener, Model

MOST_SECONDS = 60.0  # of sound whose activity is held in memory, frame by frame

Codes = NDArray[np.int16]


def codes_of(program: Program, model: Model, path: Path) -> list[Codes]:
    """The codes behind Quantize of a recording, one array [frames that run, in] per channel; `model` is `program`.

    Raises:
        AudioError: the file cannot be read.
        ModelError: the model is no denoiser.
        ValueError: the recording has another rate than the model, is too long, or has a silent channel.
    """
    samples, rate_hz = read_audio(path)
    wanted_hz = int(model.info.sample_rate_hz)
    if rate_hz != wanted_hz:
        raise ValueError(
            f"{path} has {rate_hz} Hz, but the model works at {wanted_hz} Hz, and what is counted on resampled sound "
            f"would not be this recording's; give a recording at {wanted_hz} Hz."
        )
    if len(samples) > MOST_SECONDS * rate_hz:
        raise ValueError(
            f"{path} is {len(samples) / rate_hz:.0f} s long, more than is counted frame by frame; give at most "
            f"{MOST_SECONDS:.0f} s of sound."
        )
    found = []
    for channel in np.ascontiguousarray(samples.T, np.float32):
        listener = Listener(model)
        features = np.concatenate([listener.push(channel).features, listener.flush().features])
        if model.info.is_denoiser:
            features = features[frames_that_run(features)]
        if not len(features):
            raise ValueError(
                f"a channel of {path} is silent throughout, so the model never runs on it and nothing can be counted; "
                "give a recording with sound in each channel."
            )
        found.append(quantize_features(program, features))
    return found


def activity_of(program: Program, streams: Iterable[Codes]) -> Activity:
    """The activity of some streams, one after the other, each from rest."""
    seen = [observe(program, codes) for codes in streams]
    return {wire: np.concatenate([one[wire] for one in seen]) for wire in seen[0]}


@dataclass(frozen=True)
class Narrowing:
    """What narrow states cost: mean SI-SNR in dB over the clips, at the bits that the program has and at fewer.

    `bits_used` is the most that a narrow state needed; up to `state_bits` nothing saturated.
    """

    state_bits: int
    clips: int
    program_db: float
    narrow_db: float
    bits_used: int

    @property
    def cost_db(self) -> float:
        """Decibels lost; negative where the rounding happens to help."""
        return self.program_db - self.narrow_db


def narrowing(program: Program, pairs: Sequence[tuple[Path, Path]], *, state_bits: int) -> Narrowing:
    """Score a denoiser with states of so many bits on (noisy, clean) recordings at its own rate.

    Raises:
        ValueError: the states cannot be so narrow, they overflow on these clips, or a clip has another rate.
    """
    narrow = narrowed(program, state_bits=state_bits)
    engine = Model(program_to_bytes(program))
    used = max(_state_bits(narrow, codes) for noisy, _ in pairs for codes in codes_of(program, engine, noisy))
    if used > state_bits:
        raise ValueError(
            f"states of {state_bits} bits would have to hold {used} bits on these clips, so they overflow; give at "
            f"least {used} bits."
        )
    scores = [_mean_si_snr(each, pairs) for each in (program, narrow)]
    return Narrowing(state_bits, len(pairs), scores[0], scores[1], used)


def _state_bits(program: Program, codes: Codes) -> int:
    """Bits of the widest state on a clip."""
    seen: dict[int, NDArray[np.int64]] = {}

    def trace(wire: int, values: NDArray[np.signedinteger]) -> None:
        if wire in sources:
            seen[wire] = values.astype(np.int64)

    sources = {wire for node in program.recurrences for wire in node.reads}
    advance_codes(program, initial_state(program), codes, trace=trace)
    return max(
        (_widest(node, [seen[wire] for wire in node.reads]) for node in program.recurrences), default=1
    )


def _widest(node: Recurrence, inputs: Sequence[NDArray[np.int64]]) -> int:
    width = inputs[0].shape[1]
    run = bind(node, np.arange(width), Target(16))
    state, lowest, highest = np.zeros(width, np.int64), 0, 0
    for frame in zip(*inputs, strict=True):
        state, _ = run(frame, state)
        lowest, highest = min(lowest, int(state.min())), max(highest, int(state.max()))
    return 1 + max(highest.bit_length(), (-lowest - 1).bit_length() if lowest else 0)


def _mean_si_snr(program: Program, pairs: Sequence[tuple[Path, Path]]) -> float:
    denoiser = Denoiser(program_to_bytes(program))
    scores = []
    for noisy, clean in pairs:
        sound, rate_hz = read_audio(noisy)
        reference, _ = read_audio(clean)
        cleaned = denoiser(sound, sample_rate_hz=rate_hz)
        scores.append(float(np.mean(si_snr(reference.T, cleaned.T))))
    return float(np.mean(scores))
