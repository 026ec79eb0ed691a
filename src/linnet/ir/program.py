"""The deployed model in memory: wires, nodes in order, and what must be known to use them.

A Program is a value: built by the compiler or read by artifact.py, run by interpreter.py and by the
engine. `validate` proves that it is well formed and that its sums cannot overflow (validation.py).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from linnet.ir.nodes import Node, Recurrence, Wire
from linnet.ir.validation import validate_graph

FORMAT_VERSION = 1
ACTIVITY_LETTERS = "abcdefghijklmnopqrstuvwxyz"
WINDOW_KINDS = ("rectangular", "sqrt_hann", "asymmetric")  # their place is their number in the model file
_FLOAT32_FIELDS = (
    "level_alpha",
    "level_initial",
    "level_floor",
    "level_least",
    "level_most",
    "offset_alpha",
    "frames_per_second",
)
LARGEST_LEVEL_BOUND = 1000.0
MOST_FRAMES_PER_SECOND = 768000.0
_SWITCHED = (
    ("level_alpha", 1.0, "smoothing factor"),
    ("level_least", 1.0, "share of a frame's mean size"),
    ("level_most", LARGEST_LEVEL_BOUND, "multiple of a frame's mean size"),
    ("offset_alpha", 1.0, "smoothing factor"),
    ("frames_per_second", MOST_FRAMES_PER_SECOND, "rate"),
)


@dataclass(frozen=True)
class FrontEndSpec:
    """How sound becomes features and gains become sound: the settings an engine needs, float32 exact.

    `level_alpha` is 1 - exp(-hop / (rate * time constant)) of the level follower, 0 for none.
    `compression_roots` counts square roots taken of the magnitude (2 gives magnitude^(1/4)). Of the lowest
    `phase_bins` the features hold the phase, too, and the gains turn it (audio/phases.py). With `band_ratio` > 0 sizes
    and gains are those of bands, each 1 / band_ratio as wide as its first bin (audio/bands.py). With `offset_alpha` > 0
    the running mean of the samples is removed (audio/offset.py). `level_least` and `level_most` bound the level by the
    mean of each frame's sizes; 0 is no bound.

    With `frames_per_second` > 0 there is no front end: callers give the values of each frame, so many a second, and the
    other settings mean nothing.
    """

    sample_rate_hz: int = 16000
    window: int = 512
    hop: int = 128
    window_kind: str = "sqrt_hann"
    compression_roots: int = 2
    level_alpha: float = 0.0
    level_initial: float = 1.0
    level_floor: float = 1e-3
    phase_bins: int = 0
    band_ratio: int = 0
    offset_alpha: float = 0.0
    frames_per_second: float = 0.0
    level_least: float = 0.0
    level_most: float = 0.0

    def __post_init__(self) -> None:
        with np.errstate(over="ignore"):
            for name in _FLOAT32_FIELDS:
                object.__setattr__(self, name, float(np.float32(getattr(self, name))))
        problem = self._problem()
        if problem:
            raise ValueError(f"front end: {problem}.")

    @property
    def hears(self) -> bool:
        """Whether frames are made of sound."""
        return self.frames_per_second == 0

    @property
    def frame_seconds(self) -> float:
        """The time from one frame to the next."""
        return self.hop / self.sample_rate_hz if self.hears else 1 / self.frames_per_second

    @property
    def latency_seconds(self) -> float:
        """The algorithmic latency: what of a window comes out, or a frame where there is no sound."""
        return self.synthesis_length / self.sample_rate_hz if self.hears else self.frame_seconds

    @property
    def synthesis_length(self) -> int:
        """How many samples at the end of a window come out (audio/stft.py)."""
        return 2 * self.hop if self.window_kind == "asymmetric" else self.window

    @property
    def bins(self) -> int:
        """Bins of the spectrum, window / 2 + 1."""
        return self.window // 2 + 1

    @property
    def feature_count(self) -> int:
        """Inputs of a denoiser: a size per band, and two numbers for the phase of each of the lowest bins."""
        return len(self.band_starts()) + 2 * self.phase_bins

    @property
    def gain_count(self) -> int:
        """Outputs of a denoiser: a gain per band, and a turn for each of the lowest bins."""
        return len(self.band_starts()) + self.phase_bins

    def band_starts(self) -> list[int]:
        """The first bin of every band, max(1, first bin // band_ratio) wide; without bands every bin.

        The rule of audio/bands.py, once more: this room may not import that one.
        """
        if self.band_ratio == 0:
            return list(range(self.bins))
        starts, end = [0], 1
        while end < self.bins:
            starts.append(end)
            end += max(1, end // self.band_ratio)
        return starts

    def _problem(self) -> str | None:
        size = self.window
        levels = [getattr(self, name) for name in _FLOAT32_FIELDS]
        checks = (
            *self._window_checks(),
            (
                0 <= self.compression_roots <= 3,
                f"compression_roots={self.compression_roots} is outside 0..3; 2 is magnitude^(1/4)",
            ),
            (
                all(math.isfinite(level) for level in levels),
                f"level settings {levels} are not all finite float32; give finite numbers",
            ),
            *map(self._switched, _SWITCHED),
            (
                self.level_initial >= 0.0 and self.level_floor > 0.0,
                f"level_initial={self.level_initial}, level_floor={self.level_floor} would divide by zero; "
                "give initial >= 0 and floor > 0",
            ),
            (
                not 0 < self.level_most < 1,
                f"level_most={self.level_most} holds the level below each frame; give 0 (off), or 1 to "
                f"{LARGEST_LEVEL_BOUND:g}",
            ),
            (
                0 <= self.phase_bins <= self.bins,
                f"phase_bins={self.phase_bins} is outside 0..{self.bins}, the bins of window={size}; "
                "give 0 for no phase, or as many of the lowest as shall have it",
            ),
            (
                self.band_ratio == 0 or 2 <= self.band_ratio < self.bins,
                f"band_ratio={self.band_ratio} makes no bands of the {self.bins} bins of window={size}; "
                f"give 0 for none, or 2 to {self.bins - 1}",
            ),
        )
        return next((message for holds, message in checks if not holds), None)

    def _window_checks(self) -> tuple[tuple[bool, str], ...]:
        size, hop = self.window, self.hop
        return (
            (
                1000 <= self.sample_rate_hz <= 768000,
                f"sample_rate_hz={self.sample_rate_hz} is no audio rate; give 1000 to 768000",
            ),
            (
                16 <= size <= 8192 and size & (size - 1) == 0,
                f"window={size} has no fast transform; give a power of two, 16 to 8192",
            ),
            (
                1 <= hop <= size and size % hop == 0,
                f"hop={hop} does not divide window={size}, so overlap-add cannot rebuild the signal; "
                "give a divisor",
            ),
            (
                self.window_kind in WINDOW_KINDS,
                f"window_kind={self.window_kind!r} is unknown; choose one of {WINDOW_KINDS}",
            ),
            (
                self.window_kind != "asymmetric" or 4 * hop <= size,
                f"hop={hop} is more than a quarter of window={size}, so an asymmetric window has no flat part; "
                f"give {size // 4} or less",
            ),
        )

    def _switched(self, setting: tuple[str, float, str]) -> tuple[bool, str]:
        name, most, what = setting
        value = getattr(self, name)
        return 0.0 <= value <= most, f"{name}={value} is no {what}; give 0 (off) to {most:g}"


@dataclass(frozen=True)
class Metadata:
    """What a model says of itself: name, licence, front end, training data, recipe (TOML), card of scores.

    `card` holds JSON values only (finite numbers, strings, lists, dicts with string keys). `activity` is how often
    each wire's codes are not 0, a letter per wire from a (never) to z (always), or empty (activity.py measures it).
    """

    name: str
    licence: str = "Apache-2.0"
    front_end: FrontEndSpec = field(default_factory=FrontEndSpec)
    training_data: str = ""
    recipe: str = ""
    card: dict[str, Any] = field(default_factory=dict)
    activity: str = ""
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        if self.format_version != FORMAT_VERSION:
            raise ValueError(
                f"format version {self.format_version} came, this Linnet knows {FORMAT_VERSION}; "
                "use the Linnet that wrote the model, or write it again."
            )
        texts = [self.name, self.licence, self.training_data, self.recipe]
        try:
            plain = json.dumps([*texts, self.card], allow_nan=False, ensure_ascii=False)
            plain.encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(
                f"the card of {self.name!r} is not plain JSON ({error}); give finite numbers, strings, "
                "lists and dicts (float(x) for NumPy numbers)."
            ) from error
        object.__setattr__(self, "card", json.loads(plain)[-1])


@dataclass(frozen=True)
class Program:
    """Nodes in order over wires; wire 0 is the float32 input, the last node writes the float32 output.

    The first node is the only Quantize and the last the only Dequantize: between them are integers.
    """

    wires: tuple[Wire, ...]
    nodes: tuple[Node, ...]
    metadata: Metadata

    @property
    def input_width(self) -> int:
        """Features per frame."""
        return self.wires[0].width

    @property
    def output_width(self) -> int:
        """Outputs (gains) per frame."""
        return self.wires[self.nodes[-1].writes].width

    @property
    def recurrences(self) -> tuple[Recurrence, ...]:
        """The nodes that keep state, in order."""
        return tuple(node for node in self.nodes if isinstance(node, Recurrence))

    def validate(self) -> None:
        """Raise ValueError unless every wire, shape, exponent and sum is in order."""
        validate_graph(self.wires, self.nodes)
        activity = self.metadata.activity
        if activity and (len(activity) != len(self.wires) or not set(activity) <= set(ACTIVITY_LETTERS)):
            raise ValueError(
                f"activity {activity!r} came for {len(self.wires)} wires; give each a letter from a (always 0) to "
                "z (never 0), or leave it empty."
            )
