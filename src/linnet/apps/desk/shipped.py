"""The models that ship, as plain values: size, scores from the card, load measured here, when to take which."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from linnet.apps.desk.models import model_path
from linnet.audio.synthetic import speech_like
from linnet.ir import packed_sizes, read_program
from linnet.life.accounts import stored_accounting
from linnet.runtime import Denoiser, Recognizer, TextModel, pretrained_names
from linnet.runtime.pretrained import DEFAULT_NAME, DEFAULT_RECOGNIZER, DEFAULT_TEXT_MODEL, pretrained_notes

ADVICE = "Take it when "
"""What the line of a model's notes begins with that says when to take it."""

ROUNDS, SECONDS = 7, 1.0
"""The load is the least of so many rounds, in which all models take turns, on so much sound."""

READ_BYTES = 500
"""Of a text, in each of ROUNDS rounds, for the speed of a text model."""


@dataclass(frozen=True)
class Shipped:
    """A model that ships. Scores are means of SI-SNR in dB; the load is a share of one core, for one channel."""

    name: str
    is_default: bool
    file_bytes: int
    algorithmic_latency_ms: float
    weights: int
    nonzero_weights: int
    effective_mmacs_per_second: float | None
    noisy_db: float | None
    cleaned_db: float | None
    load: float
    take_when: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"task": "denoise"} | asdict(self)


@dataclass(frozen=True)
class ShippedRecognizer:
    """A model that ships and hears keywords. `accuracy` is that of whole utterances of `test`, 0 to 1."""

    name: str
    is_default: bool
    file_bytes: int
    words: int
    weights: int
    nonzero_weights: int
    accuracy: float | None
    load: float
    take_when: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"task": "keywords"} | asdict(self)


@dataclass(frozen=True)
class ShippedTextModel:
    """A model that ships and reads text. `bits` are those of a byte of `test`; the speed is that of one stream here."""

    name: str
    is_default: bool
    file_bytes: int
    symbols: int
    weights: int
    nonzero_weights: int
    bits: float | None
    bytes_per_second: float
    take_when: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"task": "text"} | asdict(self)


def shipped_text_models() -> list[ShippedTextModel]:
    """Return every model that ships and reads text, the default first, then by size, the largest first."""
    models = []
    for name in pretrained_names("text"):
        model, program = TextModel.from_pretrained(name), read_program(model_path(name))
        total = packed_sizes(program).total
        score = program.metadata.card.get("scores", {}).get("test", {}).get("integer_bits")
        models.append(
            ShippedTextModel(
                name=name,
                is_default=name == DEFAULT_TEXT_MODEL,
                file_bytes=model.model.file_bytes,
                symbols=len(model.alphabet),
                weights=total.weights,
                nonzero_weights=total.nonzeros,
                bits=None if score is None else -score,
                bytes_per_second=READ_BYTES / least_seconds(model),
                take_when=advice(name),
            )
        )
    return sorted(models, key=lambda model: (not model.is_default, -model.file_bytes))


def least_seconds(model: TextModel) -> float:
    """Return the time of the quickest of ROUNDS rounds in which READ_BYTES bytes are read one by one."""
    seconds = float("inf")
    for _ in range(ROUNDS):
        reading, began = model.reading(), time.perf_counter()
        for place in range(READ_BYTES):
            reading.after(place % len(model.alphabet))
        seconds = min(seconds, time.perf_counter() - began)
    return seconds


def shipped_recognizers() -> list[ShippedRecognizer]:
    """Return every model that ships and hears keywords, the default first, then by size, the largest first."""
    recognizers = {name: Recognizer.from_pretrained(name) for name in pretrained_names("keywords")}
    loads = measured_loads(recognizers)
    models = []
    for name, recognizer in recognizers.items():
        program = read_program(model_path(name))
        total = packed_sizes(program).total
        models.append(
            ShippedRecognizer(
                name=name,
                is_default=name == DEFAULT_RECOGNIZER,
                file_bytes=recognizer.model.file_bytes,
                words=len(recognizer.words),
                weights=total.weights,
                nonzero_weights=total.nonzeros,
                accuracy=program.metadata.card.get("scores", {}).get("test", {}).get("integer_accuracy"),
                load=loads[name],
                take_when=advice(name),
            )
        )
    return sorted(models, key=lambda model: (not model.is_default, -model.file_bytes))


def shipped_models() -> list[Shipped]:
    """Return every denoiser that ships, the default first, then by size, the largest first."""
    names = pretrained_names()
    denoisers = {name: Denoiser.from_pretrained(name) for name in names}
    loads = measured_loads(denoisers)
    models = [shipped(name, denoisers[name], loads[name]) for name in names]
    return sorted(models, key=lambda model: (not model.is_default, -model.file_bytes))


def shipped(name: str, denoiser: Denoiser, load: float) -> Shipped:
    """Return one model, with what its card says."""
    program = read_program(model_path(name))
    accounting = stored_accounting(program)
    scores = program.metadata.card.get("scores", {}).get("test", {})
    total = packed_sizes(program).total
    per_second = 1 / program.metadata.front_end.frame_seconds / 1e6
    return Shipped(
        name=name,
        is_default=name == DEFAULT_NAME,
        file_bytes=denoiser.model.file_bytes,
        algorithmic_latency_ms=denoiser.algorithmic_latency_ms,
        weights=total.weights,
        nonzero_weights=total.nonzeros,
        effective_mmacs_per_second=accounting["effective_macs_per_frame"] * per_second
        if accounting
        else None,
        noisy_db=scores.get("noisy_db"),
        cleaned_db=scores.get("integer_db"),
        load=load,
        take_when=advice(name),
    )


def advice(name: str) -> str:
    """Return when to take a model, from its notes; empty where they do not say."""
    lines = pretrained_notes(name).splitlines()
    return next((line.removeprefix(ADVICE) for line in lines if line.startswith(ADVICE)), "")


def measured_loads(denoisers: Mapping[str, Denoiser | Recognizer]) -> dict[str, float]:
    """Return the share of a core that each model takes here for one channel at its own rate."""
    loads = dict.fromkeys(denoisers, float("inf"))
    sounds = {
        name: speech_like(
            np.random.default_rng(0), round(SECONDS * denoiser.sample_rate_hz), denoiser.sample_rate_hz
        )
        for name, denoiser in denoisers.items()
    }
    for _ in range(ROUNDS):
        for name, denoiser in denoisers.items():
            began = time.perf_counter()
            denoiser(sounds[name], sample_rate_hz=denoiser.sample_rate_hz)
            loads[name] = min(loads[name], (time.perf_counter() - began) / SECONDS)
    return loads
